import type { Priority, TaskState } from '../wire/task-record.ts'
import type { Plan, PlanTask } from './file.ts'

/** What of a task a plan and a town both tell. Other tasks are named as the plan names them, agents by name. */
export interface PlanFields {
  description: string
  tags: readonly string[]
  parent: string | undefined
  priority: Priority
  dependsOn: readonly string[]
  /** undefined: nobody; it is in the backlog. */
  agent: string | undefined
  status: TaskState
  result: string | undefined
}

export type FieldName = keyof PlanFields
const FIELD_NAMES = [
  'description',
  'tags',
  'parent',
  'priority',
  'dependsOn',
  'agent',
  'status',
  'result',
] as const satisfies readonly FieldName[]

/** One field that the file and the town tell differently. */
export interface Difference {
  field: FieldName
  file: string
  town: string
  /** `push`: only the file changed since both agreed; `pull`: only the town; `conflict`: both, or nobody knows. */
  way: 'push' | 'pull' | 'conflict'
}

/**
 * Of the file; the agent is the default one where the task names none. Where it says no agent, status or result, what was
 * agreed on last stays: an older copy of the file takes nothing from anybody.
 */
export function fileFields(
  task: PlanTask,
  plan: Pick<Plan, 'defaultAgent'>,
  base: Partial<PlanFields> | undefined,
): PlanFields {
  const { description, parent, priority, dependsOn } = task
  return {
    description,
    // Which one of the plan it is says the town by such a tag; a copied one would make it another.
    tags: task.tags.filter((tag) => !tag.startsWith(PLAN_TAG)),
    parent,
    priority,
    dependsOn,
    agent: (task.agent ?? plan.defaultAgent ?? base?.agent) || undefined,
    status: task.status ?? base?.status ?? 'pending',
    result: task.result ?? base?.result,
  }
}

/** Begins the tag of a task by which it is known which one of a plan it is. */
export const PLAN_TAG = 'plan:'

/** What a field is as long as nobody has said anything; a description has no such value. */
const UNSAID: Omit<PlanFields, 'description'> = {
  tags: [],
  parent: undefined,
  priority: 'normal',
  dependsOn: [],
  agent: undefined,
  status: 'pending',
  result: undefined,
}

/**
 * Where file and town differ, and who changed it.
 * @param base what both agreed on last; undefined: they never did, and the side that says anything is right
 */
export function compare(
  file: PlanFields,
  base: Partial<PlanFields> | undefined,
  town: PlanFields,
): Difference[] {
  const agreed: Partial<PlanFields> = { ...UNSAID, ...base }
  return FIELD_NAMES.flatMap((field): Difference[] => {
    const [here, there] = [word(file[field]), word(town[field])]
    if (here === there) return []
    const before = field in agreed ? word(agreed[field]) : undefined
    const way = before === here ? 'pull' : before === there ? 'push' : 'conflict'
    return [{ field, file: here, town: there, way }]
  })
}

/** What both agree on now: what is the same, and the fields of `settled` as that side has them. */
export function agreement(
  file: PlanFields,
  base: Partial<PlanFields> | undefined,
  town: PlanFields,
  settled: ReadonlyMap<FieldName, 'file' | 'town'>,
): Partial<PlanFields> {
  const entries = FIELD_NAMES.flatMap((field): [FieldName, unknown][] => {
    const side = settled.get(field)
    if (side !== undefined) return [[field, (side === 'file' ? file : town)[field]]]
    if (word(file[field]) === word(town[field])) return [[field, file[field]]]
    return base !== undefined && field in base ? [[field, base[field]]] : []
  })
  return Object.fromEntries(entries) as Partial<PlanFields>
}

/** For comparing and for showing. */
const word = (value: PlanFields[FieldName]): string =>
  value === undefined ? '' : typeof value === 'string' ? value : value.join(', ')

/** In an order in which a task comes after those that it is a part of or waits for; circles are cut. */
export function inOrder(tasks: readonly PlanTask[]): PlanTask[] {
  const byId = new Map(tasks.flatMap((task) => (task.id === undefined ? [] : [[task.id, task] as const])))
  const done = new Set<PlanTask>()
  const order: PlanTask[] = []
  for (const first of tasks) {
    const stack: { task: PlanTask; ready: boolean }[] = [{ task: first, ready: false }]
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      if (top.ready) order.push(top.task)
      if (top.ready || done.has(top.task)) continue
      done.add(top.task)
      stack.push({ task: top.task, ready: true })
      for (const id of [...top.task.dependsOn, ...(top.task.parent === undefined ? [] : [top.task.parent])]) {
        const next = byId.get(id)
        if (next !== undefined && !done.has(next)) stack.push({ task: next, ready: false })
      }
    }
  }
  return order
}
