import { Exit, UserError } from '../../core/index.ts'
import { refusal } from '../refusals.ts'
import { type Finished, finishTask, TRIES } from '../tasks/finish.ts'
import { readTask } from '../tasks/tasks.ts'
import type { Town } from '../town.ts'
import { newId, shortId } from '../wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import { readItem, writeStep } from './item.ts'
import { type NextTask, nextTask } from './next-task.ts'
import { bindingOf, type MissionBinding } from './record.ts'
import { type MissionOutcome, missionStep } from './step.ts'

/** What became of the work item that a completed task was for. */
export interface MissionAdvance {
  mission: string
  item: string
  outcome: MissionOutcome
  /** The task that was made for it, and whose it is; undefined: it waits in the backlog. */
  next: { kind: 'review' | 'fix'; task: string; agent: string | undefined } | undefined
}

/**
 * Completes a task; and where it is one of a mission of `tt mission`, takes its work item as far as it goes now. A
 * dispatcher elsewhere goes on from there. Told again it does what a crash left out.
 * @throws {UserError} MISSION_REVIEW (exit 2): a review that says nothing (W11); else as `finishTask`
 */
export async function completeMissionTask(
  town: Town,
  id: string,
  result: string | undefined,
  by: string,
): Promise<Finished & { advance?: MissionAdvance | undefined }> {
  const before = await readTask(town, id)
  const binding = before === undefined ? undefined : bindingOf(before)
  if (binding?.kind === 'review' && result === undefined && !isTaskOver(before!.state)) throw silentReview(id)
  const finished = await finishTask(town, id, { end: 'completed', result, by })
  const advance =
    binding === undefined
      ? undefined
      : await advanceMission(town, finished.task, binding, finished.kind === 'same')
  return { ...finished, advance }
}

/**
 * @param again the task was over before: a review of which the item heard is not heard twice
 * @returns undefined when there is nothing to do: the item is done, went on since, or is not there
 */
async function advanceMission(
  town: Town,
  task: TaskRecord,
  binding: MissionBinding,
  again = false,
): Promise<MissionAdvance | undefined> {
  for (let i = 0; i < TRIES; i++) {
    const read = await readItem(town, binding)
    if (read === undefined) return undefined
    if (again && binding.kind === 'review' && isLater(read.item.updated_at, task)) return undefined
    const step = missionStep({
      binding,
      run: read.run,
      item: read.item,
      watches: read.watches.map(({ watch }) => watch),
      task: { id: task.id, result: task.result ?? '' },
      at: town.now(),
      id: newId,
    })
    if (step === undefined) return undefined
    const next = step.wants === undefined ? undefined : await nextTask(town, step, step.wants, binding, task)
    const reply = await writeStep(town, binding, read, step, next)
    if (reply[0] === 'done')
      return { mission: binding.mission, item: binding.item, outcome: step.outcome, next: told(next) }
    if (reply[0] !== 'changed' && reply[0] !== 'agent-gone') throw refusal(reply)
  }
  throw refusal(['mission-moves', binding.mission])
}

/** Somebody went on with the item after this task was over: it was heard. */
const isLater = (updatedAt: string, task: TaskRecord): boolean =>
  Date.parse(updatedAt) > (task.completedAt ?? Number.POSITIVE_INFINITY)

const told = (next: NextTask | undefined): MissionAdvance['next'] =>
  next === undefined ? undefined : { kind: next.kind, task: next.task.id, agent: next.agent?.id }

const silentReview = (id: string): UserError =>
  new UserError({
    code: 'MISSION_REVIEW',
    what: `Task ${shortId(id)} is a review, and its result decides: nothing was said, and nothing was done.`,
    fix: 'Write --result "approved: ..." or --result "rejected: what must change".',
    exit: Exit.usage,
  })
