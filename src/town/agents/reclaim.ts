import { giveBack } from '../inbox/claim.ts'
import { reclaimMessage } from '../lua/reclaim.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import { scanIds } from '../scan.ts'
import { newTask } from '../tasks/create.ts'
import { placeFor } from '../tasks/note.ts'
import { type Town, textsOf } from '../town.ts'
import { type AgentRecord, isTerminal } from '../wire/agent-record.ts'
import { SUPERVISOR, shortId } from '../wire/ids.ts'
import { parsedJson } from '../wire/json.ts'
import { decodeMessage, type TownMessage, textOf } from '../wire/message.ts'
import { hashTime } from '../wire/stamp.ts'
import { encodeTask } from '../wire/task-record.ts'
import { listAgents } from './agents.ts'
import type { Whom } from './meant.ts'

/** An agent that is over: terminal, or without a record; and whether anything of it is left. */
export interface Departed {
  id: string
  name: string
  /** undefined: it has no record any more. */
  record: AgentRecord | undefined
}

/**
 * Agents that are over, by name, and then mailboxes of which nobody has the record any more.
 * @param only one of them
 * @throws {UserError} TOWN_AGENT_ALIVE for one that is not over (INV-21)
 */
export async function departedAgents(town: Town, only?: Whom): Promise<Departed[]> {
  if (only !== undefined) {
    if (only.id === SUPERVISOR || (only.record !== undefined && !isTerminal(only.record.state)))
      throw refusal(['agent-alive', only.id, only.record?.state ?? 'the mailbox of people'])
    return [{ id: only.id, name: only.name, record: only.record }]
  }
  const agents = await listAgents(town)
  const known = new Set([SUPERVISOR, ...agents.map(({ id }) => id)])
  const boxes = new Set<string>()
  for (const kind of ['inbox', 'urgent', 'raw'] as const)
    for (const id of await scanIds(town, kind)) if (!known.has(id)) boxes.add(id)
  return [
    ...agents
      .filter(({ state }) => isTerminal(state))
      .map((record) => ({ id: record.id, name: record.name, record })),
    ...[...boxes].sort().map((id) => ({ id, name: shortId(id), record: undefined })),
  ]
}

/** One message that is left of an agent. */
export interface LeftMessage {
  list: 'inbox' | 'urgent'
  raw: string
  /** undefined: nobody can read it. */
  message: TownMessage | undefined
  /** It is claimed and not acknowledged. */
  claimed: boolean
}

/** What is left of an agent, urgent ones first, oldest first. Changes nothing (INV-19, R26). */
export async function leftOf(town: Town, agent: string): Promise<LeftMessage[]> {
  const { keys, redis } = town
  const [urgent, inbox, ids] = await redis.multi([
    ['LRANGE', keys.urgent(agent), 0, -1],
    ['LRANGE', keys.inbox(agent), 0, -1],
    ['ZRANGE', keys.claimed(agent), 0, -1],
  ])
  const claimed = textsOf(ids)
  const raws = claimed.length === 0 ? [] : textsOf(await redis.call('HMGET', keys.raw(agent), ...claimed))
  const left = (list: LeftMessage['list'], isClaimed: boolean) => (raw: string) => ({
    list,
    raw,
    message: decodeMessage(raw),
    claimed: isClaimed,
  })
  return [
    ...raws.filter((raw) => raw !== 'null' && raw !== '').map(left('inbox', true)),
    ...textsOf(urgent).reverse().map(left('urgent', false)),
    ...textsOf(inbox).map(left('inbox', false)),
  ]
}

/** Where it goes: an agent, or the backlog and, what is no task, an agent or the mailbox of people. */
export type Destination =
  | { kind: 'agent'; agent: Whom }
  | { kind: 'backlog'; others: Pick<Whom, 'id'> | undefined }

export type Moved = 'moved' | 'known' | 'moot' | 'aside'

export interface Reclaimed {
  id: string | undefined
  /** Type of the message. */
  type: string
  text: string
  /** Id of the task that it assigns. */
  task?: string | undefined
  result: Moved
}

/**
 * Moves everything that is left of an agent that is over: claimed messages, urgent ones, all kinds, each in one step
 * with the record of its task, in their order.
 * @throws {UserError} TOWN_AGENT_ALIVE, TOWN_AGENT_GONE
 */
export async function reclaimFrom(town: Town, from: string, to: Destination): Promise<Reclaimed[]> {
  await free(town, from)
  const done: Reclaimed[] = []
  for (const left of inOrder(await leftOf(town, from))) {
    const reply = await runScript(town, reclaimMessage, argsFor(town, from, left, to))
    const word = reply[0]
    if (word === 'changed') continue
    if (word !== 'moved' && word !== 'known' && word !== 'moot' && word !== 'aside') throw refusal(reply)
    done.push({ ...described(left), result: word })
  }
  return done
}

/** Claims of an agent that is over hold nothing: its messages stand where they stood, or are dead letters. */
async function free(town: Town, from: string): Promise<void> {
  const ids = textsOf(await town.redis.call('ZRANGE', town.keys.claimed(from), 0, -1))
  for (let at = 0; at < ids.length; at += 64)
    await giveBack(town, from, ids.slice(at, at + 64), 'its agent is over')
}

/** What goes to the head of the other inbox goes in turned order, so that it stands there as it stood. */
function inOrder(left: readonly LeftMessage[]): LeftMessage[] {
  const heads = left.filter((one) => placeOf(one) === 'head')
  return [...left.filter((one) => placeOf(one) !== 'head'), ...heads.reverse()]
}

function placeOf({ list, message }: LeftMessage): 'tail' | 'head' | 'urgent' {
  return list === 'urgent' ? 'urgent' : placeFor(message?.priority ?? 'normal')
}

export function described({ message, raw }: LeftMessage): Omit<Reclaimed, 'result'> {
  if (message === undefined) return { id: undefined, type: 'unreadable', text: raw }
  const { content } = message
  const task = content.type === 'task_assign' ? content.task_id : undefined
  return { id: message.id, type: content.type, text: textOf(content), task }
}

function argsFor(town: Town, from: string, left: LeftMessage, to: Destination): (string | number)[] {
  const { message, raw, list } = left
  const head = [from, list, message?.id ?? '', raw, hashTime(town.now())]
  if (message === undefined) return [...head, 'aside']
  const { content } = message
  const task = content.type === 'task_assign' ? content.task_id : ''
  if (to.kind === 'backlog' && task !== '') return [...head, 'backlog', task]
  if (to.kind === 'backlog' && content.type === 'task') {
    // The id of the message becomes that of the task: moved twice, it is one.
    const fields = encodeTask(
      newTask(town, {
        id: message.id,
        description: content.description,
        priority: message.priority,
        by: message.from,
      }),
    )
    return [...head, 'task', message.id, fields.length, ...fields.flat()]
  }
  const whom = to.kind === 'agent' ? to.agent.id : (to.others?.id ?? SUPERVISOR)
  const whole = JSON.stringify({ ...(parsedJson(raw) as Record<string, unknown>), to: whom })
  return [...head, 'send', whom, whole, placeOf(left), task]
}
