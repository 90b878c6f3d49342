import { shortId } from '../wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import { agreement, compare, type FieldName, fileFields, type PlanFields } from './compare.ts'
import type { Plan, PlanTask } from './file.ts'
import { leaveRemoved, type SyncContext, type Synced } from './sync.ts'
import { fileWords, type PlanTown, townFields, twiceNotes } from './town-side.ts'

/** A key of a `[[tasks]]` table, as `editToml` takes it. */
export interface PlanEdit {
  /** Place in the file; beyond its end for a new one. */
  at: number
  key: string
  value: string | readonly string[] | undefined
}

export interface Pulled extends Synced {
  edits: PlanEdit[]
  /** Tasks that get an id in the plan. */
  named: { task: TaskRecord; id: string }[]
}

/**
 * What the file has to say after what became of its tasks, and of those that came into the town since. Changes nothing.
 * @param all also tasks of no plan that are over already
 */
export function pullPlan(plan: Plan, there: PlanTown, context: SyncContext, all: boolean): Pulled {
  const pulled: Pulled = {
    lines: [],
    conflicts: [],
    notes: twiceNotes(there),
    agreed: new Map(),
    edits: [],
    named: [],
  }
  const ids = new Set<string>()
  for (const task of plan.tasks) {
    if (task.id === undefined) continue
    ids.add(task.id)
    const known = there.tasks.get(task.id)
    if (known === undefined) missing(task.id, context, pulled)
    else take({ ...task, id: task.id }, known, plan, there, context, pulled)
  }
  const isRemoved = (id: string) => context.base.has(id) && !context.force && context.fresh !== true
  for (const [id, task] of there.tasks)
    if (!ids.has(id) && isRemoved(id)) leaveRemoved(id, task, context, pulled, all)
  const news = newcomers(there, ids, all).filter(({ id }) => !isRemoved(id))
  // Named first: one may be part of another, or wait for it.
  const named: PlanTown = {
    ...there,
    planIds: new Map([...there.planIds, ...news.map(({ task, id }) => [task.id, id] as const)]),
  }
  for (const [n, { task, id }] of news.entries()) add(task, id, plan.tasks.length + n, plan, named, pulled)
  return pulled
}

function missing(id: string, { base, emptied }: SyncContext, pulled: Pulled): void {
  const before = base.get(id)
  if (before !== undefined && !emptied) pulled.agreed.set(id, before)
  const gone = before !== undefined
  pulled.lines.push({
    id,
    task: undefined,
    action: gone ? 'gone' : 'unpushed',
    detail: gone ? 'not in the town any more' : 'agents sync push brings it into the town',
  })
}

function take(
  task: PlanTask & { id: string },
  known: TaskRecord,
  plan: Plan,
  there: PlanTown,
  context: SyncContext,
  pulled: Pulled,
): void {
  const { id } = task
  const base = context.base.get(id)
  const file = fileWords(fileFields(task, plan, base), known, there)
  const town = townFields(known, there)
  const differences = compare(file, base, town)
  const theirs = differences.filter(({ way }) => way === 'pull' || (way === 'conflict' && context.force))
  const clashes = differences.filter(({ way }) => way === 'conflict' && !context.force)
  for (const { field } of theirs)
    pulled.edits.push({ at: task.at, key: keyOf(field), value: plainValue(field, town, plan) })
  pulled.conflicts.push(...clashes.map((one) => ({ id, ...one })))
  pulled.agreed.set(id, agreement(file, base, town, new Map(theirs.map(({ field }) => [field, 'town']))))
  if (theirs.length > 0)
    pulled.lines.push({
      id,
      task: known.id,
      action: 'changed',
      detail: theirs.map(({ field, town: to }) => wordsOf(field, to)).join(', '),
    })
  if (clashes.length > 0)
    pulled.lines.push({
      id,
      task: known.id,
      action: 'conflict',
      detail: `file and town both changed ${clashes.map(({ field }) => field).join(', ')}`,
    })
  if (theirs.length + clashes.length > 0) return
  const mine = differences.length > 0
  pulled.lines.push({
    id,
    task: known.id,
    action: 'same',
    detail: mine ? 'the file is ahead; agents sync push brings it' : '',
  })
}

const wordsOf = (field: FieldName, to: string): string =>
  field === 'status' || field === 'agent' ? `${field} ${to || 'nobody'}` : field

const keyOf = (field: FieldName): string => (field === 'dependsOn' ? 'depends_on' : field)

/** What is unsaid is no key; an agent of nobody must be said where the plan has one for all. */
function plainValue(field: FieldName, town: PlanFields, plan: Plan): PlanEdit['value'] {
  const value = town[field]
  if (field === 'agent' && value === undefined) return plan.defaultAgent === undefined ? undefined : ''
  if (field === 'priority' && value === 'normal') return undefined
  return typeof value === 'object' && value.length === 0 && field === 'dependsOn' ? undefined : value
}

/** Tasks that the file does not have: of the plan of somebody else, or of none. */
function newcomers(
  there: PlanTown,
  ids: ReadonlySet<string>,
  all: boolean,
): { task: TaskRecord; id: string }[] {
  const used = new Set([...ids, ...there.tasks.keys()])
  const planned = [...there.tasks].flatMap(([id, task]) => (ids.has(id) ? [] : [{ task, id }]))
  const free = there.others.map((task) => {
    let id = `task-${shortId(task.id)}`
    if (used.has(id)) id = task.id
    used.add(id)
    return { task, id }
  })
  return [...planned, ...free]
    .filter(({ task }) => all || !isTaskOver(task.state))
    .sort((a, b) => a.task.createdAt - b.task.createdAt || (a.task.id < b.task.id ? -1 : 1))
}

function add(task: TaskRecord, id: string, at: number, plan: Plan, there: PlanTown, pulled: Pulled): void {
  const fields = townFields(task, there)
  const edits: [string, PlanEdit['value']][] = [
    ['id', id],
    ['description', fields.description],
    ['status', fields.status],
    ['tags', fields.tags],
    ['agent', plainValue('agent', fields, plan)],
    ['parent', fields.parent],
    ['priority', fields.priority === 'normal' ? undefined : fields.priority],
    ['depends_on', fields.dependsOn.length === 0 ? undefined : fields.dependsOn],
    ['result', fields.result],
  ]
  for (const [key, value] of edits) if (value !== undefined) pulled.edits.push({ at, key, value })
  pulled.named.push({ task, id })
  pulled.agreed.set(id, fields)
  pulled.lines.push({
    id,
    task: task.id,
    action: 'added',
    detail: `${fields.status}${fields.agent === undefined ? '' : `, ${fields.agent}`}`,
  })
}
