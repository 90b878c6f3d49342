import type { EpochMs } from '../core/index.ts'
import { readAgent } from '../town/agents/agents.ts'
import { emitEvent } from '../town/events/events.ts'
import { sendMessage } from '../town/inbox/send.ts'
import { workerTell } from '../town/lua/worker-tell.ts'
import { type Town, textsOf } from '../town/town.ts'
import { AGENT_STATES } from '../town/wire/agent-record.ts'
import { SUPERVISOR } from '../town/wire/ids.ts'
import type { Content } from '../town/wire/message.ts'
import { messageIdOf } from '../town/wire/message-id.ts'
import { hashTime } from '../town/wire/stamp.ts'
import type { TownEvent } from '../town/wire/town-event.ts'
import type { Letter, Me, WorkerTown } from './types.ts'
import { unlessRefused } from './unless-refused.ts'

/** As tinytown keeps activity. */
const LINES = 10
const LINES_SECONDS = 3600

/** What a worker tells of itself. */
type Told = Parameters<WorkerTown['tell']>[0]

/** The state goes into its record, and into the streams where it is another one. */
export async function tellState(town: Town, me: Me, state: Told): Promise<void> {
  const args = [me.id, state, hashTime(town.now())]
  const [word, before] = textsOf(await town.redis.script(workerTell, [town.keys.root], args))
  if (word === 'told' && before !== state) await emitEvent(town, changeOf(me, before, state, town.now()))
}

/** As the watchdog tells of its agents. */
function changeOf(me: Me, before: string | undefined, state: Told, at: EpochMs): TownEvent {
  const agent = me.id
  if (state === 'starting')
    return { type: 'agent_spawned', agent, message: `${me.name} was started`, at, spawnMode: 'fresh' }
  if (state === 'stopped') return { type: 'agent_stopped', agent, message: `${me.name} was stopped`, at }
  const oldState = AGENT_STATES.find((one) => one === before)
  const message = `${me.name} is ${state}`
  return { type: 'agent_state_changed', agent, oldState, newState: state, message, at }
}

/** To a `ping` and a `status_request`, in their thread; the same message gets the same answer. */
export async function answer(
  town: Town,
  me: Me,
  { message }: Letter,
  currentTask: string | undefined,
): Promise<void> {
  const content: Content =
    message.content.type === 'ping'
      ? { type: 'pong' }
      : { type: 'status_response', state: 'idle', current_task: currentTask ?? null }
  const thread = message.correlation ?? message.id
  const id = messageIdOf(`answer:${me.id}:${message.id}`)
  await unlessRefused(sendMessage(town, { id, from: me.id, to: message.from, content, thread }))
}

/** Of agents, by id; who is not there any more has none. */
export async function names(town: Town, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const id of ids) {
    const name = id === SUPERVISOR ? 'supervisor' : (await readAgent(town, id))?.name
    if (name !== undefined && name !== '') found.set(id, name)
  }
  return found
}

/** A line of its activity, as long as tinytown keeps them. */
export async function activity(town: Town, me: Me, line: string): Promise<void> {
  const key = town.keys.activity(me.id)
  await town.redis.multi([
    ['LPUSH', key, line],
    ['LTRIM', key, 0, LINES - 1],
    ['EXPIRE', key, LINES_SECONDS],
  ])
}
