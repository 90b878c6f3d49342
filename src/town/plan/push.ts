import { UserError } from '../../core/index.ts'
import type { Town } from '../town.ts'
import { inOrder } from './compare.ts'
import type { Plan } from './file.ts'
import { pushChange } from './push-change.ts'
import { pushNew } from './push-new.ts'
import { type Push, tell } from './push-one.ts'
import { leaveRemoved, type SyncContext, type Synced } from './sync.ts'
import { type PlanTown, twiceNotes } from './town-side.ts'

/** Brings a plan into the town: makes what is new, changes what was changed in the file, names what both changed. */
export async function pushPlan(
  town: Town,
  plan: Plan,
  there: PlanTown,
  context: SyncContext,
): Promise<Synced> {
  const synced: Synced = { lines: [], conflicts: [], notes: twiceNotes(there), agreed: new Map() }
  const ids = new Map([...there.tasks].map(([id, task]) => [id, task.id]))
  for (const task of inOrder(plan.tasks)) {
    if (task.id === undefined) continue
    const push: Push = { town, plan, there, context, synced, ids, task, id: task.id }
    const known = there.tasks.get(task.id)
    const [done] = await Promise.allSettled([known === undefined ? pushNew(push) : pushChange(push, known)])
    if (done.status === 'fulfilled') continue
    if (!(done.reason instanceof UserError)) throw done.reason
    const before = context.base.get(task.id)
    // Who changed what is known at the next try, too.
    if (before !== undefined && !context.emptied) synced.agreed.set(task.id, before)
    const fix = done.reason.fix === undefined ? '' : ` ${done.reason.fix}`
    tell(push, ids.get(task.id), 'failed', `${done.reason.message}${fix}`)
  }
  const kept = new Set(plan.tasks.map(({ id }) => id))
  for (const [id, task] of there.tasks)
    if (!kept.has(id) && context.base.has(id)) leaveRemoved(id, task, context, synced)
  return synced
}
