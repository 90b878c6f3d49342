import type { EpochMs } from '../../core/index.ts'
import { parseId } from './ids.ts'
import { parsedJson, wireJson } from './json.ts'
import { hashTime, parseTime } from './stamp.ts'

export const TASK_STATES = ['pending', 'assigned', 'running', 'completed', 'failed', 'cancelled'] as const
export type TaskState = (typeof TASK_STATES)[number]
export const PRIORITIES = ['low', 'normal', 'high', 'urgent'] as const
export type Priority = (typeof PRIORITIES)[number]

/** `tt:{town}:task:T` of tinytown 0.10. */
export interface TaskRecord {
  id: string
  description: string
  state: TaskState
  createdAt: EpochMs
  updatedAt: EpochMs
  tags: string[]
  assignedTo: string | undefined
  startedAt: EpochMs | undefined
  completedAt: EpochMs | undefined
  result: string | undefined
  parent: string | undefined
  /** Ours: `fleet_priority`. */
  priority: Priority
  /** Ours: `fleet_depends_on`, ids of tasks that must be completed before this one is given to anybody. */
  dependsOn: string[]
  /** Other fields `fleet_*`, and what a later version of tinytown writes. */
  extra: Record<string, string>
}

export const isTaskOver = (state: TaskState): boolean =>
  state === 'completed' || state === 'failed' || state === 'cancelled'

const FIELDS = new Set([
  'id',
  'description',
  'state',
  'created_at',
  'updated_at',
  'tags',
  'assigned_to',
  'started_at',
  'completed_at',
  'result',
  'parent_id',
  'fleet_priority',
  'fleet_depends_on',
])

/** The fields that are set, in the order of the protocol, ours last. */
export function encodeTask(task: TaskRecord): [string, string][] {
  const time = (at: EpochMs | undefined) => (at === undefined ? undefined : hashTime(at))
  const optional: [string, string | undefined][] = [
    ['assigned_to', task.assignedTo],
    ['started_at', time(task.startedAt)],
    ['completed_at', time(task.completedAt)],
    ['result', task.result],
    ['parent_id', task.parent],
    ['fleet_priority', task.priority === 'normal' ? undefined : task.priority],
    ['fleet_depends_on', task.dependsOn.length === 0 ? undefined : JSON.stringify(task.dependsOn)],
  ]
  return [
    ['id', task.id],
    ['description', task.description],
    ['state', task.state],
    ['created_at', hashTime(task.createdAt)],
    ['updated_at', hashTime(task.updatedAt)],
    ['tags', wireJson(task.tags)],
    ...optional.filter((field): field is [string, string] => field[1] !== undefined),
    ...Object.entries(task.extra),
  ]
}

/** @returns undefined without an id */
export function decodeTask(hash: Readonly<Record<string, string>>, now: EpochMs): TaskRecord | undefined {
  const id = parseId(hash.id ?? '')
  if (id === undefined) return undefined
  const time = (text: string | undefined) => (text === undefined ? undefined : parseTime(text))
  return {
    id,
    description: hash.description ?? '',
    state: stateOf(hash.state),
    createdAt: parseTime(hash.created_at ?? '') ?? now,
    updatedAt: parseTime(hash.updated_at ?? '') ?? now,
    tags: texts(hash.tags),
    assignedTo: parseId(hash.assigned_to ?? ''),
    startedAt: time(hash.started_at),
    completedAt: time(hash.completed_at),
    result: hash.result,
    parent: parseId(hash.parent_id ?? ''),
    priority: PRIORITIES.find((one) => one === hash.fleet_priority) ?? 'normal',
    dependsOn: texts(hash.fleet_depends_on).flatMap((text) => parseId(text) ?? []),
    extra: Object.fromEntries(Object.entries(hash).filter(([name]) => !FIELDS.has(name))),
  }
}

/** `tt` also reads `in_flight`. */
const stateOf = (text: string | undefined): TaskState =>
  text === 'in_flight' ? 'running' : (TASK_STATES.find((one) => one === text) ?? 'pending')

function texts(json: string | undefined): string[] {
  const read = parsedJson(json ?? '')
  return Array.isArray(read) ? read.filter((one) => typeof one === 'string') : []
}
