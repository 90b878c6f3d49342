import { Exit, UserError } from '../../core/index.ts'
import type { Whom } from '../agents/meant.ts'
import { eventArgs } from '../events/events.ts'
import { taskCreate } from '../lua/task-create.ts'
import { refusal } from '../refusals.ts'
import { runScript } from '../run-script.ts'
import type { Town } from '../town.ts'
import { agentLabel } from '../wire/agent-record.ts'
import { newId, SUPERVISOR } from '../wire/ids.ts'
import { encodeTask, type Priority, type TaskRecord } from '../wire/task-record.ts'
import type { TownEvent } from '../wire/town-event.ts'
import { type Note, noteArgs, noteTo } from './note.ts'
import { missionOf, readTask } from './tasks.ts'

export interface NewTask {
  description: string
  /** @default normal */
  priority?: Priority | undefined
  /** Blanks around them go, empty ones and repeated ones too. */
  tags?: readonly string[] | undefined
  /** Ids of tasks that must be completed before it is given to anybody. */
  dependsOn?: readonly string[] | undefined
  /** Id of the task that it is a part of. */
  parent?: string | undefined
  /** Who wants it: an agent's id. @default the mailbox of people */
  by?: string | undefined
  /** The same id again makes no second task. @default a new one */
  id?: string | undefined
}

/** Bytes of a description; as of a message. */
const MAX_DESCRIPTION = 1024 * 1024

/**
 * Gives an agent a new task: record, message, event, all or nothing (R9).
 * @param force although it waits for others
 * @throws {UserError} TASK_TEXT, TOWN_AGENT_GONE (exit 2), TASK_WAITS (exit 1)
 */
export async function assignTask(
  town: Town,
  agent: Pick<Whom, 'id' | 'name' | 'record'>,
  wanted: NewTask,
  force = false,
): Promise<TaskRecord> {
  const by = wanted.by ?? SUPERVISOR
  const draft = newTask(town, wanted)
  const note = noteTo(
    town,
    { from: by, to: agent.id, priority: draft.priority },
    { type: 'task_assign', task_id: draft.id },
  )
  const extra = { ...draft.extra, fleet_message: note.id }
  const task: TaskRecord = { ...draft, state: 'assigned', assignedTo: agent.id, extra }
  return create(town, task, { note, force, events: [assignedEvent(town, task, agent)] })
}

/**
 * A new task in the backlog: record and place, both or neither (R10).
 * @throws {UserError} TASK_TEXT (exit 2)
 */
export function addToBacklog(town: Town, wanted: NewTask): Promise<TaskRecord> {
  return create(town, newTask(town, wanted), { force: false, events: [] })
}

export function assignedEvent(
  town: Town,
  task: Pick<TaskRecord, 'id' | 'description' | 'tags'>,
  agent: Pick<Whom, 'id' | 'name' | 'record'>,
): TownEvent {
  const whom = agent.record === undefined ? agent.name : agentLabel(agent.record)
  return {
    type: 'task_assigned',
    agent: agent.id,
    task: task.id,
    mission: missionOf(task),
    message: `Assigned to ${whom}: ${firstLine(task.description)}`,
    at: town.now(),
  }
}

/** Of a description, as an event tells it. */
export const firstLine = (text: string): string => {
  const line = text.split('\n', 1)[0] ?? ''
  return line.length > 120 ? `${line.slice(0, 119)}…` : line
}

/** @throws {UserError} TASK_TEXT (exit 2) */
export function newTask(town: Town, wanted: NewTask): TaskRecord {
  const now = town.now()
  checkText(wanted.description)
  const tags = (wanted.tags ?? []).map((tag) => tag.trim()).filter((tag) => tag !== '')
  return {
    id: wanted.id ?? newId(),
    description: wanted.description,
    state: 'pending',
    createdAt: now,
    updatedAt: now,
    tags: [...new Set(tags)],
    assignedTo: undefined,
    startedAt: undefined,
    completedAt: undefined,
    result: undefined,
    parent: wanted.parent,
    priority: wanted.priority ?? 'normal',
    dependsOn: [...new Set(wanted.dependsOn ?? [])],
    extra: { fleet_assigned_by: wanted.by ?? SUPERVISOR },
  }
}

/** @throws {UserError} TASK_TEXT */
function checkText(description: string): void {
  const empty = description.trim() === ''
  if (!empty && Buffer.byteLength(description) <= MAX_DESCRIPTION) return
  throw new UserError({
    code: 'TASK_TEXT',
    what: empty ? 'A task without words is none.' : 'A description of more than 1 MiB is not taken.',
    fix: empty ? 'Say what is to be done.' : 'Put it into a file and name the file.',
    exit: Exit.usage,
  })
}

interface Plan {
  note?: Note
  force: boolean
  events: readonly TownEvent[]
}

async function create(town: Town, task: TaskRecord, { note, force, events }: Plan): Promise<TaskRecord> {
  const fields = encodeTask(task)
  const reply = await runScript(town, taskCreate, [
    task.id,
    note?.to ?? '',
    force ? 'force' : '',
    JSON.stringify(task.dependsOn),
    fields.length,
    ...fields.flat(),
    ...noteArgs(note === undefined ? [] : [note]),
    ...eventArgs(town.keys, events),
  ])
  if (reply[0] === 'made') return task
  if (reply[0] === 'same') return (await readTask(town, task.id)) ?? task
  throw refusal(reply)
}
