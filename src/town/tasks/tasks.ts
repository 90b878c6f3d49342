import { Exit, UserError } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { readHashes, scanIds } from '../scan.ts'
import { hashOf, type Town } from '../town.ts'
import { decodeAgent, isTerminal } from '../wire/agent-record.ts'
import { apart, isIdBeginning, parseId, SUPERVISOR, shortId } from '../wire/ids.ts'
import { decodeTask, isTaskOver, PRIORITIES, type TaskRecord, type TaskState } from '../wire/task-record.ts'

export interface TaskFilter {
  states?: readonly TaskState[] | undefined
  /** Id of an agent. */
  assignee?: string | undefined
  tag?: string | undefined
  /** Id of the task that they are parts of. */
  parent?: string | undefined
}

export async function readTask(town: Town, id: string): Promise<TaskRecord | undefined> {
  const hash = hashOf(await town.redis.call('HGETALL', town.keys.task(id)))
  return hash === undefined ? undefined : decodeTask(hash, town.now())
}

/** The tasks of these ids, in their order; undefined for one that is gone or no record. */
export async function readTasks(town: Town, ids: readonly string[]): Promise<(TaskRecord | undefined)[]> {
  const now = town.now()
  const hashes = await readHashes(town, 'task', ids)
  return hashes.map((hash) => (hash === undefined ? undefined : decodeTask(hash, now)))
}

/** All that a filter lets through: the urgent first, then by age. */
export async function listTasks(town: Town, filter: TaskFilter = {}): Promise<TaskRecord[]> {
  const tasks = await readTasks(town, await scanIds(town, 'task'))
  return tasks
    .filter((task) => task !== undefined)
    .filter((task) => passes(task, filter))
    .sort(byUrgency)
}

export function passes(task: TaskRecord, { states, assignee, tag, parent }: TaskFilter): boolean {
  if (states !== undefined && !states.includes(task.state)) return false
  if (assignee !== undefined && task.assignedTo !== assignee) return false
  if (parent !== undefined && task.parent !== parent) return false
  return tag === undefined || task.tags.includes(tag)
}

const rank = (task: TaskRecord): number => PRIORITIES.indexOf(task.priority)

/** Highest priority first, else oldest first. */
const byUrgency = (one: TaskRecord, other: TaskRecord): number =>
  rank(other) - rank(one) || one.createdAt - other.createdAt || (one.id < other.id ? -1 : 1)

/**
 * The task that is meant: by its id in any form, or by the beginning of it.
 * @throws {UserError} TASK_UNKNOWN, TASK_AMBIGUOUS, TASK_ID (exit 2)
 */
export async function findTask(town: Town, given: string): Promise<TaskRecord> {
  const ref = given.trim()
  const id = parseId(ref)
  if (id === undefined && !isIdBeginning(ref)) throw noId(ref)
  const ids = id === undefined ? await scanIds(town, 'task', ref.toLowerCase()) : [id]
  const found = (await readTasks(town, ids)).filter((task) => task !== undefined)
  if (found.length > 1) throw ambiguous(ref, found)
  const [task] = found
  if (task === undefined) throw unknown(ref)
  return task
}

export async function findTasks(town: Town, given: readonly string[]): Promise<TaskRecord[]> {
  const found: TaskRecord[] = []
  for (const ref of given) found.push(await findTask(town, ref))
  return found
}

/**
 * What an agent is at: the task that its record points to while that is open; else the only one that it has; else, when
 * it has several, the only one that runs.
 */
export async function currentTask(town: Town, agent: string): Promise<TaskRecord | undefined> {
  const pointed = parseId(
    String((await town.redis.call('HGET', town.keys.agent(agent), 'current_task')) ?? ''),
  )
  const task = pointed === undefined ? undefined : await readTask(town, pointed)
  if (task !== undefined && !isTaskOver(task.state)) return task
  const open = await listTasks(town, { states: ['assigned', 'running'], assignee: agent })
  if (open.length === 1) return open[0]
  const running = open.filter(({ state }) => state === 'running')
  return running.length === 1 ? running[0] : undefined
}

/**
 * A `task_assign` in this agent's inbox asks for nothing any more: its task is gone, over, or with another agent that is
 * still there. (`tt reclaim --to` moves the message and leaves the dead agent in the record.)
 */
export async function isMoot(town: Town, task: string, agent: string): Promise<boolean> {
  const record = await readTask(town, task)
  if (record === undefined || isTaskOver(record.state)) return true
  const owner = record.assignedTo
  if (owner === undefined || owner === agent) return owner === undefined && record.state !== 'assigned'
  const other = hashOf(await town.redis.call('HGETALL', town.keys.agent(owner)))
  const state = other === undefined ? undefined : decodeAgent(other, town.now())?.state
  return owner === SUPERVISOR || (state !== undefined && !isTerminal(state))
}

/** Who gave it to its agent, as far as we know; the mailbox of people where `tt` did. */
export const assignerOf = (task: TaskRecord): string =>
  parseId(task.extra.fleet_assigned_by ?? '') ?? SUPERVISOR

/** The mission of `tt mission` that a task belongs to. */
export const missionOf = ({ tags }: Pick<TaskRecord, 'tags'>): string | undefined => {
  const tag = tags.find((one) => one.startsWith('mission:'))
  return tag === undefined ? undefined : parseId(tag.slice('mission:'.length))
}

/** `0d5b1c9e "Add rate limiting"`: how a sentence names a task. */
export function taskLabel(
  { id, description }: Pick<TaskRecord, 'id' | 'description'>,
  shown = shortId(id),
): string {
  const line = visible(description.split('\n', 1)[0] ?? '')
  return `${shown} "${line.length > 60 ? `${line.slice(0, 59)}…` : line}"`
}

function noId(ref: string): UserError {
  return new UserError({
    code: 'TASK_ID',
    what: `"${visible(ref)}" is no task id.`,
    fix: 'Write an id of `agents task list`, or at least its first four characters.',
    exit: Exit.usage,
  })
}

function unknown(ref: string): UserError {
  return new UserError({
    code: 'TASK_UNKNOWN',
    what: `There is no task ${visible(ref)} in this town.`,
    fix: 'Type `agents task list`.',
    exit: Exit.usage,
  })
}

function ambiguous(ref: string, found: readonly TaskRecord[]): UserError {
  const ids = apart(found.map(({ id }) => id))
  const some = found.slice(0, 5).map((task, at) => taskLabel(task, ids[at]))
  return new UserError({
    code: 'TASK_AMBIGUOUS',
    what: `${visible(ref)} may be ${found.length} tasks: ${some.join('; ')}${found.length > 5 ? '; …' : ''}.`,
    fix: 'Write more of the id.',
    exit: Exit.usage,
  })
}
