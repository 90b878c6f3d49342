import { visible } from '../../core/text.ts'
import type { AgentRecord } from '../../town/wire/agent-record.ts'
import { agentLabel } from '../../town/wire/agent-record.ts'
import { SUPERVISOR, shortId } from '../../town/wire/ids.ts'
import type { TaskRecord, TaskState } from '../../town/wire/task-record.ts'
import { clockTime } from '../durations.ts'
import type { Style } from '../text.ts'
import { type Cell, cell, columnsOf } from './columns.ts'

export interface TownView {
  style: Style
  columns: number | undefined
  now: number
}

/** How a town's agents are called, by id. */
export type Names = ReadonlyMap<string, string>

export function namesOf(agents: readonly AgentRecord[]): Names {
  return new Map([
    [SUPERVISOR, 'supervisor'],
    ...agents.map((agent): [string, string] => [agent.id, visible(agentLabel(agent))]),
  ])
}

/** One whose record is gone keeps the beginning of its id. */
export const nameIn = (names: Names, id: string): string => names.get(id) ?? `${shortId(id)} (gone)`

/** A task as `--json` prints it: ids whole, instants in milliseconds, what is not set absent. */
export function taskJson(task: TaskRecord, names: Names = new Map()): Record<string, unknown> {
  const { extra, assignedTo, ...rest } = task
  return {
    ...rest,
    assignedTo,
    assignee: assignedTo === undefined ? undefined : names.get(assignedTo),
    assignedBy: extra.fleet_assigned_by,
    message: extra.fleet_message,
  }
}

const PAINT: Record<TaskState, keyof Style> = {
  pending: 'dim',
  assigned: 'cyan',
  running: 'yellow',
  completed: 'green',
  failed: 'red',
  cancelled: 'dim',
}

/** One line a task: id, state, who has it, priority and tags, its first line. */
export function tasksText(tasks: readonly TaskRecord[], names: Names, view: TownView): string {
  if (tasks.length === 0) return 'no tasks\n'
  const rows = tasks.map((task) => [
    cell(shortId(task.id)),
    cell(task.state, view.style[PAINT[task.state]]),
    cell(task.assignedTo === undefined ? '-' : nameIn(names, task.assignedTo)),
    ...aboutCells(task, view),
  ])
  return `${columnsOf(rows, view.columns).join('\n')}\n`
}

export function aboutCells(task: TaskRecord, { style }: TownView): Cell[] {
  const marks = [
    ...(task.priority === 'normal' ? [] : [task.priority]),
    ...task.tags.map((tag) => visible(tag)),
  ]
  return [
    cell(marks.join(','), task.priority === 'urgent' || task.priority === 'high' ? style.yellow : style.dim),
    cell(visible(task.description.split('\n', 1)[0] ?? '')),
  ]
}

/** Everything about one task; its text as it is, but for what would move the cursor. */
export function taskText(task: TaskRecord, names: Names, view: TownView): string {
  const at = (time: number | undefined) => (time === undefined ? undefined : clockTime(time, view.now))
  const who = (id: string | undefined) => (id === undefined ? undefined : nameIn(names, id))
  const lines: [string, string | undefined][] = [
    ['id', task.id],
    ['state', view.style[PAINT[task.state]](task.state)],
    ['agent', who(task.assignedTo)],
    ['assigned by', who(task.extra.fleet_assigned_by)],
    ['priority', task.priority === 'normal' ? undefined : task.priority],
    ['tags', task.tags.length === 0 ? undefined : task.tags.map((tag) => visible(tag)).join(', ')],
    ['waits for', task.dependsOn.length === 0 ? undefined : task.dependsOn.map(shortId).join(', ')],
    ['part of', task.parent === undefined ? undefined : shortId(task.parent)],
    ['created', at(task.createdAt)],
    ['started', at(task.startedAt)],
    ['over', at(task.completedAt)],
    ['changed', at(task.updatedAt)],
    ['result', task.result === undefined ? undefined : visible(task.result, { newlines: true })],
  ]
  const known = lines.filter((line): line is [string, string] => line[1] !== undefined)
  const head = known.map(([name, text]) => `${view.style.dim(name.padEnd(12))}${text}`).join('\n')
  return `${head}\n\n${visible(task.description, { newlines: true })}\n`
}
