import { taskRequeue } from '../lua/task-requeue.ts'
import { taskTurn } from '../lua/task-turn.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import type { Town } from '../town.ts'
import { SUPERVISOR } from '../wire/ids.ts'
import { hashTime } from '../wire/stamp.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import { readAs, TRIES } from './finish.ts'
import { assignmentsOf, mootArgs, noteArgs, noteTo } from './note.ts'
import { readTask } from './tasks.ts'

/**
 * An agent begins to work at a task that it has: running, and the current one of its record.
 * @throws {UserError} TASK_UNKNOWN (exit 2), TASK_OVER, TASK_NOT_YOURS
 */
export const startTask = (town: Town, id: string, agent: string): Promise<void> =>
  turn(town, id, agent, 'running')

/** Its round failed: assigned again, and not its current one. @throws as `startTask` */
export const pauseTask = (town: Town, id: string, agent: string): Promise<void> =>
  turn(town, id, agent, 'assigned')

async function turn(town: Town, id: string, agent: string, state: 'running' | 'assigned'): Promise<void> {
  const reply = await runScript(town, taskTurn, [id, agent, state, hashTime(town.now())])
  if (reply[0] !== 'done' && reply[0] !== 'same') throw refusal(reply)
}

export interface Requeue {
  /** Who says so. @default the mailbox of people */
  by?: string | undefined
  /** Why, told to who had it. */
  why?: string | undefined
  /** Only while the agent that has it is gone or terminal. @default false */
  onlyOrphan?: boolean | undefined
}

/**
 * Back into the backlog, whoever has it; also one that failed or was cancelled. Who had it is told.
 * @returns false when it is there already
 * @throws {UserError} TASK_UNKNOWN (exit 2), TASK_OVER for a completed one, TOWN_AGENT_ALIVE
 */
export async function requeueTask(town: Town, id: string, requeue: Requeue = {}): Promise<boolean> {
  for (let i = 0; i < TRIES; i++) {
    const task = await readTask(town, id)
    if (task === undefined) throw refusal(['task-unknown', id])
    const reply = await tryRequeue(town, task, requeue)
    if (reply[0] === 'changed') continue
    if (reply[0] !== 'queued' && reply[0] !== 'same') throw refusal(reply)
    return reply[0] === 'queued'
  }
  throw refusal(['task-moves', id])
}

async function tryRequeue(town: Town, task: TaskRecord, requeue: Requeue): Promise<string[]> {
  const owner = task.assignedTo
  const by = requeue.by ?? SUPERVISOR
  const holds = requeue.onlyOrphan !== true && !isTaskOver(task.state)
  const told = holds && owner !== undefined && owner !== by && owner !== SUPERVISOR
  const why = requeue.why === undefined ? '' : `: ${requeue.why}`
  const summary = `Task ${task.id} is taken from you and is in the backlog again${why}`
  const notes = told ? [noteTo(town, { from: by, to: owner }, { type: 'informational', summary })] : []
  const moot = owner === undefined ? [] : await assignmentsOf(town, owner, task.id)
  return runScript(town, taskRequeue, [
    task.id,
    hashTime(town.now()),
    readAs(task),
    requeue.onlyOrphan === true ? 'over' : '',
    ...noteArgs(notes),
    ...mootArgs(moot),
  ])
}
