import { UserError } from '../../core/index.ts'
import { agentsMeant, pickAgent, type Whom } from '../agents/meant.ts'
import { claimFromBacklog } from '../tasks/backlog.ts'
import { addToBacklog, assignTask, type NewTask } from '../tasks/create.ts'
import { finishTask } from '../tasks/finish.ts'
import { requeueTask } from '../tasks/turn.ts'
import type { Town } from '../town.ts'
import { newId, parseId } from '../wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import {
  agreement,
  compare,
  type Difference,
  type FieldName,
  fileFields,
  inOrder,
  type PlanFields,
} from './compare.ts'
import type { Plan, PlanTask } from './file.ts'
import type { SyncContext, Synced, SyncLine } from './sync.ts'
import {
  editTask,
  fileWords,
  type PlanTown,
  planTag,
  reserveTask,
  townFields,
  twiceNotes,
} from './town-side.ts'

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
    const [done] = await Promise.allSettled([known === undefined ? create(push) : update(push, known)])
    if (done.status === 'fulfilled') continue
    if (!(done.reason instanceof UserError)) throw done.reason
    const fix = done.reason.fix === undefined ? '' : ` ${done.reason.fix}`
    tell(push, ids.get(task.id), 'failed', `${done.reason.message}${fix}`)
  }
  return synced
}

interface Push {
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

function tell(
  { synced, id }: Push,
  task: string | undefined,
  action: SyncLine['action'],
  detail: string,
): void {
  synced.lines.push({ id, task, action, detail })
}

async function create(push: Push): Promise<void> {
  const { context, id, town, ids, synced } = push
  const base = context.base.get(id)
  if (base !== undefined && !context.emptied && !context.force) {
    synced.agreed.set(id, base)
    return tell(
      push,
      undefined,
      'gone',
      'it was pushed before and is not in the town any more; --force makes it again',
    )
  }
  const file = fileWords(fileFields(push.task, push.plan, undefined), undefined, push.there)
  const over = isTaskOver(file.status)
  const whom = addresseeOf(file, over, push.there)
  const where = whom === undefined ? 'for the backlog' : `for ${whom.name}`
  if (context.dryRun) {
    ids.set(id, newId())
    return tell(push, undefined, 'created', where)
  }
  const task = await reserveTask(town, id, newId(), false)
  ids.set(id, task)
  const wanted = { ...wantedOf(push, file), id: task }
  const waits = !over && whom !== undefined && (await given(() => assignTask(town, whom, wanted))) === 'waits'
  if (over || whom === undefined || waits) await addToBacklog(town, wanted)
  if (over) {
    const { task: ended } = await finishTask(town, task, {
      end: file.status as 'completed',
      result: file.result,
    })
    // It is told who had it; nobody is given it, and nobody's count grows.
    if (whom !== undefined) await editTask(town, ended, { ...ended, assignedTo: whom.id })
  }
  const { agent: _nobodyYet, ...without } = file
  synced.agreed.set(id, waits || (over && whom === undefined) ? without : file)
  if (waits)
    return tell(
      push,
      task,
      'waits',
      `in the backlog: what it depends on is not done; a later push gives it to ${whom?.name}`,
    )
  tell(push, task, 'created', over ? file.status : where)
}

/** Who gets a new task. One that is over may have been done by somebody who left. @throws {UserError} TOWN_AGENT_… */
function addresseeOf({ agent }: PlanFields, over: boolean, { agents, own }: PlanTown): Whom | undefined {
  if (agent === undefined) return undefined
  return over && agentsMeant(agents, agent, own).length !== 1 ? undefined : pickAgent(agents, agent, own)
}

/** A task that waits for others is given to nobody. */
async function given(give: () => Promise<unknown>): Promise<'given' | 'waits'> {
  const [done] = await Promise.allSettled([give()])
  if (done.status === 'fulfilled') return 'given'
  if (done.reason instanceof UserError && done.reason.code === 'TASK_WAITS') return 'waits'
  throw done.reason
}

function wantedOf(push: Push, file: PlanFields): NewTask {
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

async function update(push: Push, known: TaskRecord): Promise<void> {
  const { context, id, there, synced, task } = push
  const base = context.base.get(id)
  const file = fileWords(fileFields(task, push.plan, base), known, there)
  const town = townFields(known, there)
  const differences = compare(file, base, town)
  const mine = differences.filter(({ way }) => way === 'push' || (way === 'conflict' && context.force))
  for (const one of differences)
    if (one.way === 'conflict' && !context.force) synced.conflicts.push({ id, ...one })
  const settled = context.dryRun
    ? new Set(mine.map(({ field }) => field))
    : await carryOut(push, known, file, mine)
  synced.agreed.set(id, agreement(file, base, town, new Map([...settled].map((field) => [field, 'file']))))
  const queued = await queue(push, known, settled)
  conclude(push, known, differences, settled, queued)
}

function conclude(
  push: Push,
  known: TaskRecord,
  differences: readonly Difference[],
  settled: ReadonlySet<FieldName>,
  queued: boolean,
): void {
  const { context } = push
  const changed = [...settled, ...(queued ? ['queued'] : [])].join(', ')
  const tried = (way: Difference['way']) => way === 'push' || (way === 'conflict' && context.force)
  const left = differences.filter(({ field, way }) => tried(way) && !settled.has(field))
  if (changed !== '') tell(push, known.id, 'changed', changed)
  for (const { field, file } of left) tell(push, known.id, 'left', whyLeft(field, file, known))
  if (differences.some(({ way }) => way === 'conflict') && !context.force) {
    const fields = differences.flatMap(({ field, way }) => (way === 'conflict' ? [field] : []))
    tell(push, known.id, 'conflict', `file and town both changed ${fields.join(', ')}`)
    return
  }
  if (changed !== '' || left.length > 0) return
  const newer = differences.some(({ way }) => way === 'pull')
  tell(push, known.id, 'same', newer ? 'the town is ahead; agents sync pull brings it' : '')
}

function whyLeft(field: FieldName, file: string, { state }: TaskRecord): string {
  if (field === 'status')
    return file === 'pending' ? `status pending: it is ${state}` : `status ${file}: only its agent says that`
  if (field === 'agent')
    return state === 'pending'
      ? `waits for what it depends on before ${file} gets it`
      : `${field} ${file}: it is ${state}`
  return `${field}: it is ${state}`
}

/** A pending task of nobody belongs into the backlog; the real `tt` leaves it nowhere (W15). */
async function queue(
  { town, there, context }: Push,
  known: TaskRecord,
  settled: ReadonlySet<FieldName>,
): Promise<boolean> {
  const lost = known.state === 'pending' && known.assignedTo === undefined && !there.backlog.has(known.id)
  if (!lost || settled.has('agent') || settled.has('status')) return false
  return context.dryRun || requeueTask(town, known.id)
}

/** @returns the fields that are in the town now as the file has them */
async function carryOut(
  push: Push,
  known: TaskRecord,
  file: PlanFields,
  mine: readonly Difference[],
): Promise<Set<FieldName>> {
  const { town, id } = push
  const fields = new Set(mine.map(({ field }) => field))
  const settled = new Set<FieldName>()
  await reserveTask(town, id, known.id, true)
  if ([...fields].some((field) => field !== 'agent' && field !== 'status')) {
    await editTask(town, known, edited(push, known, file, fields))
    for (const field of fields) if (field !== 'agent' && field !== 'status') settled.add(field)
  }
  if (fields.has('status') && (await changeStatus(push, known, file))) settled.add('status')
  const free = file.status === 'pending' || file.status === 'assigned'
  if (fields.has('agent') && free && (await changeAgent(push, known, file))) settled.add('agent')
  return settled
}

function edited(push: Push, known: TaskRecord, file: PlanFields, fields: ReadonlySet<FieldName>): TaskRecord {
  const wanted = wantedOf(push, file)
  const kept = known.tags.filter((tag) => tag.startsWith(planTag('')))
  return {
    ...known,
    ...(fields.has('description') ? { description: file.description } : {}),
    ...(fields.has('tags') ? { tags: [...new Set([...file.tags, ...kept, planTag(push.id)])] } : {}),
    ...(fields.has('parent') ? { parent: wanted.parent } : {}),
    ...(fields.has('priority') ? { priority: file.priority } : {}),
    ...(fields.has('dependsOn') ? { dependsOn: [...(wanted.dependsOn ?? [])] } : {}),
    ...(fields.has('result') ? { result: file.result } : {}),
  }
}

async function changeStatus({ town, there }: Push, known: TaskRecord, file: PlanFields): Promise<boolean> {
  const { status, result } = file
  if (status === 'completed' || status === 'failed' || status === 'cancelled') {
    await finishTask(town, known.id, { end: status, result })
    return true
  }
  // A running task is its agent's; a person takes it away with `agents task requeue`.
  if (status !== 'pending' || known.state === 'running') return false
  await requeueTask(town, known.id, { why: 'the plan says so' })
  if (file.agent !== undefined)
    await given(() => claimFromBacklog(town, known.id, pickAgent(there.agents, file.agent!, there.own)))
  return true
}

async function changeAgent({ town, there }: Push, known: TaskRecord, file: PlanFields): Promise<boolean> {
  if (known.state === 'running' || isTaskOver(known.state)) return false
  const whom = file.agent === undefined ? undefined : pickAgent(there.agents, file.agent, there.own)
  if (known.assignedTo !== undefined || !there.backlog.has(known.id) || whom === undefined)
    await requeueTask(town, known.id, { why: 'the plan says so' })
  return whom === undefined || (await given(() => claimFromBacklog(town, known.id, whom))) === 'given'
}
