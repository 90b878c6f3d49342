import { shortId } from '../wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import type { Difference, PlanFields } from './compare.ts'

/** What both directions of a sync are told. */
export interface SyncContext {
  /** By id in the plan: what file and town agreed on last. */
  base: ReadonlyMap<string, Partial<PlanFields>>
  /** The town is another one than at the last sync, or was emptied: what is missing was not removed by anybody. */
  emptied: boolean
  dryRun: boolean
  /** Push: the file is right; pull: the town is. */
  force: boolean
  /** There was no file: nothing was taken out of it. */
  fresh?: boolean
}

export interface SyncLine {
  /** In the plan. */
  id: string
  task: string | undefined
  action: /** push: made in the town; added: pull: written into the file as a new one */
    | 'created'
    | 'added'
    /** push: in the town; pull: in the file */
    | 'changed'
    | 'same'
    /** It waits for others before its agent gets it. */
    | 'waits'
    | 'conflict'
    /** It was there at the last sync and is not in the town any more. */
    | 'gone'
    /** It was taken out of the file; the task goes on in the town. */
    | 'removed'
    /** It was never pushed. */
    | 'unpushed'
    /** Cannot be brought over. */
    | 'left'
    | 'failed'
  detail: string
}

export interface Conflict extends Difference {
  id: string
}

export interface Synced {
  lines: SyncLine[]
  conflicts: Conflict[]
  /** What a person should know besides. */
  notes: string[]
  /** By id in the plan: what both agree on now. */
  agreed: Map<string, Partial<PlanFields>>
}

/**
 * An entry that file and town agreed on, and that the file has no more: a person took it out. It stays agreed on as long as
 * the town has it, so that no pull brings it back. Nobody loses a task by it: the file may be an older copy.
 */
export function leaveRemoved(
  id: string,
  task: TaskRecord,
  { base }: SyncContext,
  { agreed, lines }: Synced,
  all = false,
): void {
  agreed.set(id, base.get(id)!)
  if (isTaskOver(task.state) && !all) return
  lines.push({
    id,
    task: task.id,
    action: 'removed',
    detail: `no more in the file; the town has it, ${task.state}: agents task cancel ${shortId(task.id)} ends it, agents sync pull --force writes it again`,
  })
}
