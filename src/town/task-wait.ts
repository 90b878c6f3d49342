import { refusal } from './refusals.ts'
import { isTaskOver, type TaskRecord } from './task-record.ts'
import { readTasks } from './tasks.ts'
import type { Town } from './town.ts'

export interface Waiting {
  /** undefined: as long as it takes. */
  timeoutMs?: number | undefined
  wait(ms: number): Promise<void>
  stop: AbortSignal
  /** How often it is looked, milliseconds. @default 250 */
  everyMs?: number
}

/**
 * Waits until all these tasks are over, the time is, or it is stopped.
 * @returns the tasks as they are then
 * @throws {UserError} TASK_UNKNOWN (exit 2) for one that is deleted meanwhile
 */
export async function waitForTasks(
  town: Town,
  ids: readonly string[],
  { timeoutMs, wait, stop, everyMs = 250 }: Waiting,
): Promise<TaskRecord[]> {
  const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : town.now() + timeoutMs
  while (true) {
    const tasks = (await readTasks(town, ids)).map((task, at) => {
      if (task === undefined) throw refusal(['task-unknown', ids[at] ?? ''])
      return task
    })
    const left = until - town.now()
    if (tasks.every((task) => isTaskOver(task.state)) || left <= 0 || stop.aborted) return tasks
    await wait(Math.min(everyMs, left))
  }
}
