import { OutsideError } from '../core/index.ts'
import { listAgents } from './agents/agents.ts'
import { countMail, type MailCount } from './counts.ts'
import { listTasks } from './tasks/tasks.ts'
import { type Town, textsOf } from './town.ts'
import { type AgentRecord, type AgentState, agentLabel } from './wire/agent-record.ts'
import { isTaskOver, TASK_STATES, type TaskRecord, type TaskState } from './wire/task-record.ts'

/** An agent of the town, ours or somebody else's, as `status --deep` tells of it. */
export interface TownAgent {
  id: string
  name: string
  label: string
  state: AgentState
  cli: string
  role?: string | undefined
  createdAt: number
  heartbeatAt: number
  rounds: number
  tasksCompleted: number
  currentTask?: string | undefined
  messages: MailCount
  /** Newest first. */
  activity: string[]
}

export interface TownTasks {
  total: number
  byState: Record<TaskState, number>
  /** By id of an agent, what is open with it. */
  open: Record<string, TaskRecord[]>
}

/** Lines of activity that are shown. */
const shownLines = 5

/** Everybody in town with what waits for them. Changes nothing. */
export async function surveyAgents(town: Town): Promise<TownAgent[]> {
  const agents = await listAgents(town)
  const [{ mail }, lines] = await Promise.all([
    countMail(
      town,
      agents.map(({ id }) => id),
    ),
    town.redis.pipeline(
      agents.map(({ id }) => ['LRANGE', town.keys.activity(id), 0, shownLines - 1] as const),
    ),
  ])
  return agents.map((agent, at) => townAgent(agent, mail[at]!, lines[at]))
}

function townAgent(agent: AgentRecord, messages: MailCount, lines: unknown): TownAgent {
  return {
    id: agent.id,
    name: agent.name,
    label: agentLabel(agent),
    state: agent.state,
    cli: agent.cli,
    role: agent.role,
    createdAt: agent.createdAt,
    heartbeatAt: agent.heartbeatAt,
    rounds: agent.roundsCompleted,
    tasksCompleted: agent.tasksCompleted,
    currentTask: agent.currentTask,
    messages,
    activity: lines instanceof OutsideError ? [] : textsOf(lines),
  }
}

export async function surveyTasks(town: Town): Promise<TownTasks> {
  const tasks = await listTasks(town)
  const byState = Object.fromEntries(TASK_STATES.map((state) => [state, 0])) as Record<TaskState, number>
  const open: Record<string, TaskRecord[]> = Object.create(null)
  for (const task of tasks) {
    byState[task.state] += 1
    if (task.assignedTo === undefined || isTaskOver(task.state)) continue
    open[task.assignedTo] ??= []
    open[task.assignedTo]!.push(task)
  }
  return { total: tasks.length, byState, open }
}
