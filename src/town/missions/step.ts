import type { EpochMs } from '../../core/index.ts'
import { jsonTime } from '../wire/stamp.ts'
import {
  armed,
  isGated,
  isRejection,
  type MissionBinding,
  type MissionRun,
  pullRefs,
  type WatchItem,
  type WorkItem,
} from './record.ts'

/** How far a work item came with a task that was completed. */
export type MissionOutcome =
  | 'completed'
  | 'waits for review'
  | 'waits for pull requests'
  | 'changes are asked for'

export interface MissionStep {
  item: WorkItem
  /** New or due again. */
  watches: WatchItem[]
  /** A task that must be open for the item afterwards. */
  wants: 'review' | 'fix' | undefined
  outcome: MissionOutcome
  /** For the log of the mission. */
  line: string
}

export interface StepInput {
  binding: MissionBinding
  run: MissionRun
  item: WorkItem
  /** All of the mission. */
  watches: readonly WatchItem[]
  task: { id: string; result: string }
  at: EpochMs
  id: () => string
}

/**
 * What a completed task does to the work item that it is for, as tinytown 0.10 has it: the submission of work or of a
 * fix, or the word of a reviewer. Otherwise than `tt`, work without a new pull request is not done while one of the item
 * is still watched.
 * @returns undefined when it was done before, or the item is done
 */
export function missionStep(input: StepInput): MissionStep | undefined {
  const { item, task, binding } = input
  if (item.status === 'done' || item.artifact_refs.includes(`task:${task.id}`)) return undefined
  return binding.kind === 'review' ? reviewed(input) : submitted(input)
}

function submitted(input: StepInput): MissionStep {
  const { binding, run, watches, at, id } = input
  const added = artifacts(input)
  const refs = pullRefs(added)
  const fresh = armed(binding, refs, watches, { intervalSecs: run.policy.watch_interval_secs, at, id })
  const open = fresh.length > 0 || isWatched(input)
  const gated = isGated(input.item, run)
  const item = changed(input, { reviewer_approved: false, status: gated || open ? 'blocked' : 'done' }, added)
  if (gated)
    return {
      item,
      watches: fresh,
      wants: 'review',
      outcome: 'waits for review',
      line: `Work item '${item.title}' is waiting for a review${open ? ' and its pull requests' : ''}`,
    }
  return { item, watches: fresh, wants: undefined, ...ended(item, open) }
}

function reviewed(input: StepInput): MissionStep {
  const { task } = input
  if (isRejection(task.result))
    return {
      item: changed(input, { reviewer_approved: false, status: 'blocked' }, []),
      watches: [],
      wants: 'fix',
      outcome: 'changes are asked for',
      line: `The reviewer asks for changes of '${input.item.title}': ${task.result}`,
    }
  const open = isWatched(input)
  const item = changed(
    input,
    { reviewer_approved: true, status: open ? 'blocked' : 'done' },
    artifacts(input),
  )
  return { item, watches: [], wants: undefined, ...ended(item, open) }
}

function ended(item: WorkItem, open: boolean): Pick<MissionStep, 'outcome' | 'line'> {
  return open
    ? {
        outcome: 'waits for pull requests',
        line: `Work item '${item.title}' is waiting for its pull requests`,
      }
    : { outcome: 'completed', line: `Work item '${item.title}' completed` }
}

const artifacts = ({ task }: StepInput): string[] => [
  `task:${task.id}`,
  ...(task.result.trim() === '' ? [] : [task.result]),
]

const isWatched = ({ watches, binding }: StepInput): boolean =>
  watches.some((one) => one.work_item_id === binding.item && one.status !== 'done')

function changed(
  { item, at }: StepInput,
  to: Pick<WorkItem, 'reviewer_approved' | 'status'>,
  added: readonly string[],
): WorkItem {
  return { ...item, ...to, artifact_refs: [...item.artifact_refs, ...added], updated_at: jsonTime(at) }
}
