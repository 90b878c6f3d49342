import type { Whom } from '../agents/meant.ts'
import { eventArgs } from '../events/events.ts'
import { taskDelete } from '../lua/task-delete.ts'
import { taskGive } from '../lua/task-give.ts'
import { taskTake } from '../lua/task-take.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import { type Town, textsOf } from '../town.ts'
import { agentLabel } from '../wire/agent-record.ts'
import { newId, parseId, SUPERVISOR } from '../wire/ids.ts'
import { encodeMessage } from '../wire/message.ts'
import { hashTime } from '../wire/stamp.ts'
import type { TaskRecord } from '../wire/task-record.ts'
import { encodeEvent, STREAM_LENGTHS } from '../wire/town-event.ts'
import { assignedEvent } from './create.ts'
import { readAs, TRIES } from './finish.ts'
import { assignmentsOf, mootArgs, noteArgs, noteTo } from './note.ts'
import { readTask, readTasks } from './tasks.ts'

/** A line of the backlog. */
export interface BacklogEntry {
  id: string
  /** undefined: an id without a record. */
  task: TaskRecord | undefined
  /** Ids of tasks that it waits for. */
  waitsFor: string[]
}

/** In the order of the list. What is no id is passed over, as by `tt`. */
export async function listBacklog(town: Town): Promise<BacklogEntry[]> {
  const ids = textsOf(await town.redis.call('LRANGE', town.keys.backlog, 0, -1)).flatMap(
    (text) => parseId(text) ?? [],
  )
  const tasks = await readTasks(town, ids)
  const needed = [...new Set(tasks.flatMap((task) => task?.dependsOn ?? []))]
  const done = new Set(
    (await readTasks(town, needed)).flatMap((task) => (task?.state === 'completed' ? task.id : [])),
  )
  return ids.map((id, index) => {
    const task = tasks[index]
    return { id, task, waitsFor: (task?.dependsOn ?? []).filter((need) => !done.has(need)) }
  })
}

export interface Giving {
  /** Who assigns it. @default the mailbox of people */
  by?: string | undefined
  /** Although it waits for others. @default false */
  force?: boolean | undefined
  /** Not out of the backlog but from this agent, which is gone or terminal. */
  from?: string | undefined
}

/**
 * Gives a task of the backlog to an agent: list, record, message and event, all or nothing (R7).
 * @throws {UserError} TASK_UNKNOWN, TOWN_AGENT_GONE (exit 2); TASK_NOT_IN_BACKLOG, TASK_OVER, TASK_WAITS, and with `from`
 * TASK_NOT_YOURS, TOWN_AGENT_ALIVE (exit 1)
 */
export async function claimFromBacklog(
  town: Town,
  id: string,
  agent: Whom,
  giving: Giving = {},
): Promise<TaskRecord> {
  for (let i = 0; i < TRIES; i++) {
    const reply = await give(town, id, agent, giving)
    if (reply[0] === 'changed' && reply[2] === giving.from) continue
    if (reply[0] === 'changed') throw refusal(['not-yours', id, reply[2] ?? ''])
    if (reply[0] !== 'given' && reply[0] !== 'same') throw refusal(reply)
    const task = await readTask(town, id)
    if (task === undefined) throw refusal(['task-unknown', id])
    return task
  }
  throw refusal(['task-moves', id])
}

async function give(town: Town, id: string, agent: Whom, giving: Giving): Promise<string[]> {
  const task = await readTask(town, id)
  if (task === undefined) return ['task-unknown', id]
  const by = giving.by ?? SUPERVISOR
  const note = noteTo(
    town,
    { from: by, to: agent.id, priority: task.priority },
    { type: 'task_assign', task_id: id },
  )
  const moot = task.assignedTo === undefined ? [] : await assignmentsOf(town, task.assignedTo, id)
  return runScript(town, taskGive, [
    id,
    agent.id,
    giving.from === undefined ? 'backlog' : readAs({ ...task, assignedTo: giving.from }),
    giving.force === true ? 'force' : '',
    hashTime(town.now()),
    note.id,
    by === agent.id ? '' : by,
    ...noteArgs([note]),
    ...mootArgs(moot),
    ...eventArgs(town.keys, [assignedEvent(town, task, agent)]),
  ])
}

export interface AssignedAll {
  given: TaskRecord[]
  /** Left where they are, with the word of the refusal. */
  left: { id: string; word: string }[]
}

/** Gives an agent everything in the backlog that waits for nothing, in its order, one step each (R8). */
export async function assignAll(town: Town, agent: Whom, giving: Giving = {}): Promise<AssignedAll> {
  const all: AssignedAll = { given: [], left: [] }
  for (const entry of await listBacklog(town)) {
    if (entry.task === undefined) {
      all.left.push({ id: entry.id, word: 'task-unknown' })
      continue
    }
    const reply = await give(town, entry.id, agent, giving)
    if (reply[0] === 'agent-gone') throw refusal(reply)
    if (reply[0] === 'given') all.given.push(entry.task)
    // Somebody else was quicker: nothing is left of it here.
    else if (reply[0] !== 'not-in-backlog') all.left.push({ id: entry.id, word: reply[0] ?? '' })
  }
  return all
}

/**
 * Takes a task out of the backlog and deletes it.
 * @throws {UserError} TASK_UNKNOWN (exit 2), TASK_NOT_IN_BACKLOG
 */
export async function removeFromBacklog(town: Town, id: string): Promise<void> {
  const reply = await dropTask(town, id, 'backlog')
  if (reply[0] !== 'done') throw refusal(reply)
}

/**
 * @param from `backlog`, or the agent that has it and is gone or terminal
 * @returns what the script says
 */
export async function dropTask(town: Town, id: string, from: string): Promise<string[]> {
  for (let i = 0; i < TRIES; i++) {
    const task = await readTask(town, id)
    const owner = task?.assignedTo
    const moot = owner === undefined ? [] : await assignmentsOf(town, owner, id)
    const read = task === undefined || from === 'backlog' ? from : readAs({ ...task, assignedTo: from })
    // Not repeated: a second time would not find what the first one took.
    const reply = textsOf(
      await town.redis.script(taskDelete, [town.keys.root], [id, read, ...mootArgs(moot)]),
    )
    if (reply[0] !== 'changed') return reply
    if (reply[2] !== from) return ['not-yours', id, reply[2] ?? '']
  }
  return ['task-moves', id]
}

/** Places of the backlog that one script looks at: a few milliseconds of the server's time. */
const PART = 500

/** Stands in a message and an event where the script puts the id of the task that it finds. */
const HOLE = '00000000-0000-0000-0000-00000000f1ee'

/**
 * The best task of the backlog for an agent becomes its own, with a message in its inbox: one that waits for nothing and
 * that one of `words` is for (`roleWords`; none: any), highest priority first, else the first in line. Of a backlog
 * longer than 500, the first part that has one counts.
 * @returns undefined when there is none
 * @throws {UserError} TOWN_AGENT_GONE (exit 2)
 */
export async function takeFromBacklog(
  town: Town,
  agent: Whom,
  words: readonly string[] = [],
): Promise<TaskRecord | undefined> {
  for (let place = '0'; ; ) {
    const reply = textsOf(
      await town.redis.script(taskTake, [town.keys.root], takeArgs(town, agent, place, words)),
    )
    if (reply[0] === 'taken') return readTask(town, reply[1] ?? '')
    if (reply[0] === 'nothing') return undefined
    if (reply[0] !== 'more') throw refusal(reply)
    place = reply[1] ?? '0'
  }
}

function takeArgs(town: Town, agent: Whom, place: string, words: readonly string[]): (string | number)[] {
  const id = newId()
  const message = encodeMessage({
    id,
    from: SUPERVISOR,
    to: agent.id,
    content: { type: 'task_assign', task_id: HOLE },
    priority: 'normal',
    createdAt: town.now(),
    correlation: undefined,
  })
  const event = encodeEvent({
    type: 'task_assigned',
    agent: agent.id,
    task: HOLE,
    message: `Taken from the backlog by ${agent.record === undefined ? agent.name : agentLabel(agent.record)}`,
    at: town.now(),
  })
  return [
    agent.id,
    place,
    PART,
    hashTime(town.now()),
    id,
    ...halves(message),
    ...halves(event),
    STREAM_LENGTHS.town,
    STREAM_LENGTHS.agent,
    ...words.map((word) => word.toLowerCase()),
  ]
}

/** Before and after the hole; a name that holds one, too, is behind it. */
function halves(text: string): [string, string] {
  const at = text.indexOf(HOLE)
  return [text.slice(0, at), text.slice(at + HOLE.length)]
}
