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
