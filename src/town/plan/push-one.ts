import { UserError } from '../../core/index.ts'
import type { NewTask } from '../tasks/create.ts'
import type { Town } from '../town.ts'
import { parseId } from '../wire/ids.ts'
import type { PlanFields } from './compare.ts'
import type { Plan, PlanTask } from './file.ts'
import type { SyncContext, Synced, SyncLine } from './sync.ts'
import { type PlanTown, planTag } from './town-side.ts'

/** One task of the file on its way into the town. */
export interface Push {
  town: Town
  plan: Plan
  there: PlanTown
  context: SyncContext
  synced: Synced
  /** Id in the plan → task id, of those that are in the town by now. */
  ids: Map<string, string>
  task: PlanTask
  id: string
}

/** A line of the answer. */
export function tell(
  { synced, id }: Push,
  task: string | undefined,
  action: SyncLine['action'],
  detail: string,
): void {
  synced.lines.push({ id, task, action, detail })
}

/** A task that waits for others is given to nobody. */
export async function given(give: () => Promise<unknown>): Promise<'given' | 'waits'> {
  const [done] = await Promise.allSettled([give()])
  if (done.status === 'fulfilled') return 'given'
  if (done.reason instanceof UserError && done.reason.code === 'TASK_WAITS') return 'waits'
  throw done.reason
}

/** What the file wants, in the town's ids. @throws {UserError} SYNC_REFERENCE */
export function wantedOf(push: Push, file: PlanFields): NewTask {
  return {
    description: file.description,
    priority: file.priority,
    tags: [...file.tags, planTag(push.id)],
    dependsOn: file.dependsOn.map((one) => taskIdOf(push, one)),
    parent: file.parent === undefined ? undefined : taskIdOf(push, file.parent),
  }
}

/** @throws {UserError} SYNC_REFERENCE */
function taskIdOf({ ids }: Push, given: string): string {
  const id = ids.get(given) ?? parseId(given)
  if (id !== undefined) return id
  throw new UserError({
    code: 'SYNC_REFERENCE',
    what: `The task "${given}", which it names, is not in the town.`,
    fix: 'See what became of that one.',
  })
}
