import { readAgent } from '../agents/agents.ts'
import { eventArgs } from '../events/events.ts'
import { taskFinish } from '../lua/task-finish.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import type { Town } from '../town.ts'
import { agentLabel } from '../wire/agent-record.ts'
import { SUPERVISOR } from '../wire/ids.ts'
import type { Content } from '../wire/message.ts'
import { hashTime } from '../wire/stamp.ts'
import type { TaskRecord, TaskState } from '../wire/task-record.ts'
import type { TownEvent } from '../wire/town-event.ts'
import { firstLine } from './create.ts'
import { assignmentsOf, mootArgs, type Note, noteArgs, noteTo } from './note.ts'
import { assignerOf, missionOf, readTask } from './tasks.ts'

export type End = Extract<TaskState, 'completed' | 'failed' | 'cancelled'>

export interface Finish {
  end: End
  /** What came out, or why not. @default Completed, Failed, Cancelled */
  result?: string | undefined
  /** Who says so: an agent's id. @default the mailbox of people */
  by?: string | undefined
  /** Only while the agent that has it is gone or terminal. @default false */
  onlyOrphan?: boolean | undefined
}

const WORDS: Record<End, string> = { completed: 'Completed', failed: 'Failed', cancelled: 'Cancelled' }

export type Finished =
  | { kind: 'done'; task: TaskRecord }
  /** It was over before, in the same way: the first result counts (INV-15). */
  | { kind: 'same'; task: TaskRecord }

/** Times that a task which is given away meanwhile is read again. */
export const TRIES = 20

/**
 * Ends a task in one step: its record, the pointer and the counter of its agent, the backlog, the message that assigned
 * it, the event. Who assigned it is told, and who had it when somebody else ends it.
 * @throws {UserError} TASK_UNKNOWN (exit 2); TASK_OVER: it ended otherwise before (exit 1); TOWN_AGENT_ALIVE
 */
export async function finishTask(town: Town, id: string, finish: Finish): Promise<Finished> {
  for (let i = 0; i < TRIES; i++) {
    const task = await readTask(town, id)
    if (task === undefined) throw refusal(['task-unknown', id])
    const reply = await tryFinish(town, task, finish)
    if (reply[0] === 'changed') continue
    if (reply[0] !== 'done' && reply[0] !== 'same') throw refusal(reply)
    return { kind: reply[0], task: (await readTask(town, id)) ?? task }
  }
  throw refusal(['task-moves', id])
}

export const completeTask = (town: Town, id: string, result?: string, by?: string): Promise<Finished> =>
  finishTask(town, id, { end: 'completed', result, by })
export const failTask = (town: Town, id: string, error?: string, by?: string): Promise<Finished> =>
  finishTask(town, id, { end: 'failed', result: error, by })
export const cancelTask = (town: Town, id: string, why?: string, by?: string): Promise<Finished> =>
  finishTask(town, id, { end: 'cancelled', result: why, by })

async function tryFinish(town: Town, task: TaskRecord, finish: Finish): Promise<string[]> {
  const owner = task.assignedTo
  const result = finish.result ?? WORDS[finish.end]
  const moot = owner === undefined ? [] : await assignmentsOf(town, owner, task.id)
  const notes = notesOf(town, task, { ...finish, result })
  const events = [await eventOf(town, task, finish.end, result)]
  return runScript(town, taskFinish, [
    task.id,
    finish.end,
    result,
    finish.result === undefined ? '' : 'given',
    hashTime(town.now()),
    readAs(task),
    finish.onlyOrphan === true ? 'over' : '',
    ...noteArgs(notes),
    ...mootArgs(moot),
    ...eventArgs(town.keys, events),
  ])
}

/** Whose it is and by which message, for a script to compare: given to the same agent again is another time. */
export const readAs = (task: TaskRecord): string =>
  `${task.assignedTo ?? ''} ${task.extra.fleet_message ?? ''}`

/** Who assigned it hears how it ended, unless that is who ended it; so does who had it, where another ended it. */
function notesOf(town: Town, task: TaskRecord, finish: Finish & { result: string }): Note[] {
  const by = finish.by ?? SUPERVISOR
  const assigner = assignerOf(task)
  const owner = task.assignedTo
  const notes: Note[] = []
  // A task of `tt` names no assigner; its people read records and not a mailbox.
  if (assigner !== by && assigner !== owner && task.extra.fleet_assigned_by !== undefined)
    notes.push(noteTo(town, { from: by, to: assigner }, outcome(task, finish)))
  const loses = finish.end === 'cancelled' && finish.onlyOrphan !== true
  if (loses && owner !== undefined && owner !== by && owner !== SUPERVISOR)
    notes.push(
      noteTo(
        town,
        { from: by, to: owner },
        { type: 'informational', summary: `Task ${task.id} is cancelled: ${finish.result}` },
      ),
    )
  return notes
}

function outcome({ id }: TaskRecord, { end, result }: { end: End; result: string }): Content {
  if (end === 'completed') return { type: 'task_done', task_id: id, result }
  const error = end === 'cancelled' && result !== WORDS.cancelled ? `Cancelled: ${result}` : result
  return { type: 'task_failed', task_id: id, error }
}

async function eventOf(town: Town, task: TaskRecord, end: End, result: string): Promise<TownEvent> {
  const owner = task.assignedTo === undefined ? undefined : await readAgent(town, task.assignedTo)
  const whose = owner === undefined ? '' : ` by ${agentLabel(owner)}`
  const said = result === WORDS[end] ? firstLine(task.description) : firstLine(result)
  return {
    type: end === 'completed' ? 'task_completed' : 'task_failed',
    agent: task.assignedTo,
    task: task.id,
    mission: missionOf(task),
    message: end === 'cancelled' ? `Cancelled: ${said}` : `${WORDS[end]}${whose}: ${said}`,
    at: town.now(),
  }
}
