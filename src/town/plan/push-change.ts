import { pickAgent } from '../agents/meant.ts'
import { claimFromBacklog } from '../tasks/backlog.ts'
import { finishTask } from '../tasks/finish.ts'
import { requeueTask } from '../tasks/turn.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import {
  agreement,
  compare,
  type Difference,
  type FieldName,
  fileFields,
  type PlanFields,
} from './compare.ts'
import { given, type Push, tell, wantedOf } from './push-one.ts'
import { editTask, fileWords, planTag, reserveTask, townFields } from './town-side.ts'

/** Changes a task of the town where the file was changed, and names what both changed. */
export async function pushChange(push: Push, known: TaskRecord): Promise<void> {
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
