import { refusal } from '../refusals.ts'
import type { Town } from '../town.ts'
import { unlessAway } from '../unless-away.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import { readTasks } from './tasks.ts'

export interface Waiting {
  /** undefined: as long as it takes. */
  timeoutMs?: number | undefined
  wait(ms: number): Promise<void>
  stop: AbortSignal
  /** How often it is looked, milliseconds. @default 250 */
  everyMs?: number
}

/**
 * Waits until all these tasks are over, the time is, or it is stopped; also over a restart of Redis.
 * @returns the tasks as they are then
 * @throws {UserError} TASK_UNKNOWN (exit 2) for one that is deleted meanwhile
 * @throws {OutsideError} when Redis is still away in the end
 */
export async function waitForTasks(
  town: Town,
  ids: readonly string[],
  { timeoutMs, wait, stop, everyMs = 250 }: Waiting,
): Promise<TaskRecord[]> {
  const until = timeoutMs === undefined ? Number.POSITIVE_INFINITY : town.now() + timeoutMs
  while (true) {
    const look = await unlessAway(readTasks(town, ids))
    const tasks = 'away' in look ? undefined : look.value.map((task, at) => known(task, ids[at] ?? ''))
    if (tasks?.every((task) => isTaskOver(task.state))) return tasks
    const left = until - town.now()
    if (left <= 0 || stop.aborted) {
      if ('away' in look) throw look.away
      return tasks ?? []
    }
    await wait(Math.min(everyMs, left))
  }
}

function known(task: TaskRecord | undefined, id: string): TaskRecord {
  if (task === undefined) throw refusal(['task-unknown', id])
  return task
}
