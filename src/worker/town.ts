import { type EpochMs, UserError } from '../core/index.ts'
import { readAgent } from '../town/agents/agents.ts'
import { emitEvent } from '../town/events/events.ts'
import { claim, giveBack, heldBy, note, renew } from '../town/inbox/claim.ts'
import { sendMessage } from '../town/inbox/send.ts'
import { acknowledge } from '../town/inbox/settle.ts'
import { workerLook } from '../town/lua/worker-look.ts'
import { workerRound } from '../town/lua/worker-round.ts'
import { workerTell } from '../town/lua/worker-tell.ts'
import { takeFromBacklog } from '../town/tasks/backlog.ts'
import { failTask } from '../town/tasks/finish.ts'
import { isMoot, readTask, readTasks } from '../town/tasks/tasks.ts'
import { pauseTask, startTask } from '../town/tasks/turn.ts'
import { hashOf, type Town, textsOf } from '../town/town.ts'
import { AGENT_STATES } from '../town/wire/agent-record.ts'
import { parseId, SUPERVISOR } from '../town/wire/ids.ts'
import type { Content } from '../town/wire/message.ts'
import { messageIdOf } from '../town/wire/message-id.ts'
import { hashTime } from '../town/wire/stamp.ts'
import { isTaskOver, type TaskRecord } from '../town/wire/task-record.ts'
import type { TownEvent } from '../town/wire/town-event.ts'
import { type Marks, orderOf } from './order.ts'
import type { Letter, Look, Me, OpenTask, WorkerTown } from './types.ts'

/** Who has claimed: kept beside the message. */
const BY = 'worker'
/** Tasks of the backlog that are looked at for a prompt, and shown in it. */
const LOOKED = 100
const SHOWN = 8
/** As tinytown keeps activity. */
const LINES = 10
const LINES_SECONDS = 3600

export interface WorkerTownOptions {
  town: Town
  me: Me
  leaseMs: number
  /** By which the backlog is searched; see `roleWords`. */
  words: readonly string[]
  /** A watchdog runs: it tells the town the state of its agents. */
  watched(): Promise<boolean>
  /** Its record is gone, and no watchdog makes it anew: does so. */
  reenrol(): Promise<void>
  /** Where no watchdog tells the town: an operator said `pause`. */
  paused(): Promise<boolean>
}

/** The town as one worker sees it. */
export function createWorkerTown(options: WorkerTownOptions): WorkerTown {
  const { town, me, leaseMs, words } = options
  const { keys, redis } = town

  async function openTasks(): Promise<OpenTask[]> {
    const counts = Object.entries(hashOf(await redis.call('HGETALL', keys.work(me.id))) ?? {})
    const tasks = await readTasks(
      town,
      counts.map(([id]) => id),
    )
    const open = counts.flatMap(([, rounds], at) => {
      const task = tasks[at]
      return task === undefined || !isMine(task, me) ? [] : [{ task, rounds: Number(rounds) || 0 }]
    })
    const kept = new Set(open.map(({ task }) => task.id))
    const moot = counts.map(([id]) => id).filter((id) => !kept.has(id))
    if (moot.length > 0) await redis.call('HDEL', keys.work(me.id), ...moot)
    return open.sort((a, b) => a.task.createdAt - b.task.createdAt)
  }

  return {
    look: async () => {
      const { marks, ...seen } = await look(town, me)
      const order = orderOf(marks)
      if (await options.watched()) return { ...seen, order }
      if (marks.state === '') {
        await options.reenrol()
        await tellState(town, me, 'idle')
      }
      const paused = order === 'none' && (await options.paused())
      return { ...seen, order: paused ? 'pause' : order }
    },
    claim: async (count) => {
      const { held } = await claim(town, me.id, { count, leaseMs, by: BY })
      return held.map(({ message, envelope }) => ({
        message,
        urgent: envelope.urgent === true,
        presented: envelope.presented,
      }))
    },
    present: (letters) => note(town, me.id, { state: 'seen', seenBy: BY }, letters.map(progressOf)),
    renew: async (ids) => void (await renew(town, me.id, ids, leaseMs)),
    acknowledge: async (ids) => void (await acknowledge(town, me.id, ids, { unread: true })),
    giveBack: async (ids, why, blameless) => void (await giveBack(town, me.id, ids, why, { blameless })),
    recover: async () => {
      const held = await heldBy(town, me.id, BY)
      await giveBack(
        town,
        me.id,
        held.map(({ message }) => message.id),
        'the worker was killed',
      )
      return held.length
    },
    answer: (letter, currentTask) => answer(town, me, letter, currentTask),
    names: (ids) => names(town, ids),
    task: async (id) => {
      const parsed = parseId(id)
      if (parsed === undefined || (await isMoot(town, parsed, me.id))) return undefined
      return readTask(town, parsed)
    },
    openTasks,
    begin: async (tasks) => {
      const noted = tasks.map(({ id }) => ['HSETNX', keys.work(me.id), id, 0] as const)
      if (noted.length > 0) await redis.multi(noted)
      const [only, ...others] = tasks
      if (only !== undefined && others.length === 0) await unlessRefused(startTask(town, only.id, me.id))
    },
    unbegin: async (tasks) => {
      for (const { id } of tasks) await unlessRefused(pauseTask(town, id, me.id))
    },
    count: async (tasks, most) => {
      const records = await readTasks(
        town,
        tasks.map(({ task }) => task.id),
      )
      const open = tasks.flatMap(({ rounds }, at) => {
        const task = records[at]
        return task === undefined || !isMine(task, me) ? [] : [{ task, rounds: rounds + 1 }]
      })
      const noted = open.map(({ task, rounds }) => ['HSET', keys.work(me.id), task.id, rounds] as const)
      if (noted.length > 0) await redis.multi(noted)
      return open.filter(({ rounds }) => rounds >= most)
    },
    fail: async (task, why) => {
      await unlessRefused(failTask(town, task.id, why, me.id))
      await redis.call('HDEL', keys.work(me.id), task.id)
    },
    backlog: () => backlog(town, words),
    pull: () => unlessRefused(takeFromBacklog(town, { id: me.id, name: me.name, record: undefined }, words)),
    roundOver: async (line, mark) => void (await redis.script(workerRound, [keys.root], [me.id, line, mark])),
    activity: (line) => activity(town, me, line),
    tell: async (state) => {
      if (!(await options.watched())) await tellState(town, me, state)
    },
  }
}

/** Open, and given to nobody else; what `tt reclaim --to` moved still names the dead agent, and counts as new work alone. */
const isMine = (task: TaskRecord, me: Me): boolean => !isTaskOver(task.state) && task.assignedTo === me.id

/** What a worker tells of itself. */
type Told = Parameters<WorkerTown['tell']>[0]

const progressOf = ({ message, presented }: Letter) => ({ id: message.id, presented: presented + 1 })

async function look(town: Town, me: Me): Promise<Omit<Look, 'order'> & { marks: Marks }> {
  const reply = textsOf(await town.redis.script(workerLook, [town.keys.root], [me.id]))
  const [, state = '', stop = '', line = '', waiting, backlogged, open] = reply
  return {
    marks: { state, stop, line },
    waiting: Number(waiting) || 0,
    backlog: Number(backlogged) || 0,
    open: Number(open) || 0,
  }
}

async function tellState(town: Town, me: Me, state: Told): Promise<void> {
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

/** undefined where the state of a task or an agent does not allow it any more: somebody else has settled that. */
function unlessRefused<T>(asked: Promise<T>): Promise<T | undefined> {
  return asked.then(
    (value) => value,
    (error: unknown) => {
      if (!(error instanceof UserError)) throw error
      return undefined
    },
  )
}

async function answer(
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

async function names(town: Town, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const id of ids) {
    const name = id === SUPERVISOR ? 'supervisor' : (await readAgent(town, id))?.name
    if (name !== undefined && name !== '') found.set(id, name)
  }
  return found
}

async function backlog(town: Town, words: readonly string[]): ReturnType<WorkerTown['backlog']> {
  const { keys, redis } = town
  const length = Number(await redis.call('LLEN', keys.backlog)) || 0
  if (length === 0) return { length, own: [] }
  const listed = textsOf(await redis.call('LRANGE', keys.backlog, 0, LOOKED - 1))
  const tasks = await readTasks(
    town,
    listed.flatMap((text) => parseId(text) ?? []),
  )
  const own = tasks.filter((task) => task !== undefined && fits(task, words)) as TaskRecord[]
  return { length, own: own.slice(0, SHOWN) }
}

/** A tag counts as a whole, the description by what it contains. */
export function fits(task: Pick<TaskRecord, 'tags' | 'description'>, words: readonly string[]): boolean {
  const tags = task.tags.map((tag) => tag.toLowerCase())
  const text = task.description.toLowerCase()
  return words.length === 0 || words.some((word) => tags.includes(word) || text.includes(word))
}

async function activity(town: Town, me: Me, line: string): Promise<void> {
  const key = town.keys.activity(me.id)
  await town.redis.multi([
    ['LPUSH', key, line],
    ['LTRIM', key, 0, LINES - 1],
    ['EXPIRE', key, LINES_SECONDS],
  ])
}
