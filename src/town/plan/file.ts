import * as v from 'valibot'
import { PRIORITIES, type Priority, TASK_STATES, type TaskState } from '../wire/task-record.ts'

/** One `[[tasks]]` of a tasks.toml, as tinytown 0.10 has it. `priority`, `depends_on` and `result` are ours. */
export interface PlanTask {
  /** Place in the file, from 0. */
  at: number
  /** undefined: `sync push` gives it one. */
  id: string | undefined
  description: string
  /** Name of the agent; empty: nobody, the backlog; undefined: `defaultAgent`, else the backlog. */
  agent: string | undefined
  /** undefined: the file does not say; pending, or what it became. */
  status: TaskState | undefined
  tags: string[]
  /** Id of another one of the plan, or of a task. */
  parent: string | undefined
  priority: Priority
  dependsOn: string[]
  result: string | undefined
}

export interface Plan {
  description: string | undefined
  defaultAgent: string | undefined
  tasks: PlanTask[]
}

/** What is wrong with it, and where: the path of a key. */
export interface PlanFault {
  path: (string | number)[]
  severity: 'error' | 'warning'
  what: string
  fix: string
}

const text = v.string()
const texts = v.array(v.string())

/** Reads what can be read and tells all that is wrong. @param table of the TOML file */
export function readPlan(table: Readonly<Record<string, unknown>>): { plan: Plan; faults: PlanFault[] } {
  const faults: PlanFault[] = []
  const meta = isTable(table.meta) ? table.meta : {}
  if (table.meta !== undefined && !isTable(table.meta)) faults.push(mistyped(['meta'], 'a table', '[meta]'))
  const asked = table.tasks ?? []
  if (!Array.isArray(asked)) faults.push(mistyped(['tasks'], 'a list of tables', '[[tasks]]'))
  const tasks = (Array.isArray(asked) ? asked : []).flatMap((one, at) => {
    if (isTable(one)) return [taskOf(one, at, faults)]
    faults.push(mistyped(['tasks', at], 'a table', '[[tasks]]'))
    return []
  })
  const plan = {
    description: take(meta, 'description', text, ['meta'], faults),
    defaultAgent: take(meta, 'default_agent', text, ['meta'], faults) || undefined,
    tasks,
  }
  return { plan, faults: [...faults, ...references(plan)] }
}

type Table = Readonly<Record<string, unknown>>
const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function taskOf(table: Table, at: number, faults: PlanFault[]): PlanTask {
  const path = ['tasks', at]
  const get = <T>(key: string, schema: v.GenericSchema<unknown, T>) => take(table, key, schema, path, faults)
  const description = get('description', text) ?? ''
  if (description.trim() === '')
    faults.push({
      path: [...path, 'description'],
      severity: 'error',
      what: 'A task needs a description.',
      fix: 'Write description = "what is to be done".',
    })
  return {
    at,
    id: get('id', text) || undefined,
    description,
    agent: get('agent', text),
    status: word(get('status', text), TASK_STATES, undefined, [...path, 'status'], faults),
    tags: get('tags', texts) ?? [],
    parent: get('parent', text) || undefined,
    priority: word(get('priority', text), PRIORITIES, 'normal', [...path, 'priority'], faults) ?? 'normal',
    dependsOn: get('depends_on', texts) ?? [],
    result: get('result', text),
  }
}

function take<T>(
  table: Table,
  key: string,
  schema: v.GenericSchema<unknown, T>,
  path: readonly (string | number)[],
  faults: PlanFault[],
): T | undefined {
  if (table[key] === undefined) return undefined
  const read = v.safeParse(schema, table[key])
  if (read.success) return read.output
  const many = schema === (texts as unknown)
  faults.push(
    mistyped([...path, key], many ? 'a list of texts' : 'a text', `${key} = ${many ? '["…"]' : '"…"'}`),
  )
  return undefined
}

const mistyped = (path: (string | number)[], what: string, write: string): PlanFault => ({
  path,
  severity: 'error',
  what: `${path.at(-1)} is not ${what}.`,
  fix: `Write ${write}.`,
})

/** tinytown takes every word that it does not know for the first one. */
function word<const T extends string>(
  given: string | undefined,
  words: readonly T[],
  usual: T | undefined,
  path: (string | number)[],
  faults: PlanFault[],
): T | undefined {
  const found = words.find((one) => one === given)
  if (found !== undefined || given === undefined) return found ?? usual
  faults.push({
    path,
    severity: 'warning',
    what: `${path.at(-1)} "${given}" is none; it is taken for "${usual ?? words[0]}".`,
    fix: `Write one of ${words.join(', ')}.`,
  })
  return usual
}

const isTaskId = (text: string): boolean => /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(text)

/** Ids that stand twice, and names that mean nothing; a chain of tasks that waits for itself. */
function references({ tasks }: Plan): PlanFault[] {
  const faults: PlanFault[] = []
  const ids = new Set<string>()
  for (const { id, at } of tasks) {
    if (id !== undefined && ids.has(id))
      faults.push({
        path: ['tasks', at, 'id'],
        severity: 'error',
        what: `The id "${id}" stands twice.`,
        fix: 'Give each task an id of its own.',
      })
    if (id !== undefined) ids.add(id)
  }
  const unknown = (given: string, path: (string | number)[]) => {
    if (!ids.has(given) && !isTaskId(given))
      faults.push({
        path,
        severity: 'error',
        what: `There is no task "${given}" in this file.`,
        fix: 'Write the id of one of its tasks, or the whole id of a task of the town.',
      })
  }
  for (const { parent, dependsOn, at } of tasks) {
    if (parent !== undefined) unknown(parent, ['tasks', at, 'parent'])
    for (const one of dependsOn) unknown(one, ['tasks', at, 'depends_on'])
  }
  return [
    ...faults,
    ...circles(tasks, 'parent', (task) => (task.parent === undefined ? [] : [task.parent])),
    ...circles(tasks, 'depends_on', (task) => task.dependsOn),
  ]
}

function circles(
  tasks: readonly PlanTask[],
  key: string,
  next: (task: PlanTask) => readonly string[],
): PlanFault[] {
  const byId = new Map(tasks.flatMap((task) => (task.id === undefined ? [] : [[task.id, task] as const])))
  const over = new Set<string>()
  const faults: PlanFault[] = []
  function follow(id: string, way: readonly string[]): void {
    const task = byId.get(id)
    if (task === undefined || over.has(id)) return
    if (way.includes(id)) {
      over.add(id)
      faults.push({
        path: ['tasks', task.at, key],
        severity: 'error',
        what: `${[...way.slice(way.indexOf(id)), id].join(' → ')} is a circle.`,
        fix: `Take one ${key} out.`,
      })
      return
    }
    for (const one of next(task)) follow(one, [...way, id])
    over.add(id)
  }
  for (const id of byId.keys()) follow(id, [])
  return faults
}

/** What `agents sync pull` begins a new file with. */
export const planHead = `# The plan of this project: tasks for its agents. agents plan --tasks shows and checks it, agents sync push brings it into the
# town, agents sync pull brings back what became of it.
`

/** What `agents plan --init` writes. */
export const planTemplate = `${planHead}
[meta]
description = "What this plan is for"
# default_agent = "builder"     # who gets the tasks without an agent; without it they go to the backlog

[[tasks]]
id = "first"                    # unique in this file; the task of the town carries the tag plan:first
description = "What is to be done, as the agent shall read it"
status = "pending"              # pending, assigned, running, completed, failed, cancelled
tags = []
# agent = "builder"
# parent = "other"              # the task that this one is a part of
# priority = "high"             # low, normal, high, urgent
# depends_on = ["other"]        # it is given to nobody before these are completed
`
