import { listAgents } from '../agents/agents.ts'
import { newTask } from '../tasks/create.ts'
import { type Note, noteTo } from '../tasks/note.ts'
import { listTasks } from '../tasks/tasks.ts'
import type { Town } from '../town.ts'
import { type AgentRecord, isTerminal } from '../wire/agent-record.ts'
import { newId, SUPERVISOR } from '../wire/ids.ts'
import type { TaskRecord } from '../wire/task-record.ts'
import { bindingOf, type MissionBinding, missionTags } from './record.ts'
import type { MissionStep } from './step.ts'

/** A task that a step wants, whose it becomes, and the message that tells it. */
export interface NextTask {
  task: TaskRecord
  kind: 'review' | 'fix'
  agent: AgentRecord | undefined
  note: Note | undefined
}

/**
 * The review or the fix that an item wants; undefined when one is open already. Its agent is who is there for it now; with
 * nobody there it waits in the backlog, where `tt` leaves it out for good (W10).
 */
export async function nextTask(
  town: Town,
  { item }: MissionStep,
  kind: 'review' | 'fix',
  binding: MissionBinding,
  done: TaskRecord,
): Promise<NextTask | undefined> {
  const open = await listTasks(town, { states: ['pending', 'assigned', 'running'] })
  const mine = open.filter((task) => task.id !== done.id && bindingOf(task)?.item === binding.item)
  if (mine.some((task) => bindingOf(task)?.kind === kind)) return undefined
  const agents = leastBusy(await listAgents(town), open)
  const agent =
    kind === 'review' ? reviewerFor(agents, done.assignedTo) : fixerFor(agents, item.assigned_to ?? undefined)
  const id = newId()
  const draft = newTask(town, {
    id,
    description: describe(kind, item.title, id, binding, done, item.source_ref ?? undefined),
    tags: missionTags(kind, binding),
  })
  if (agent === undefined) return { task: { ...draft, extra: {} }, kind, agent, note: undefined }
  const note = noteTo(town, { from: SUPERVISOR, to: agent.id }, { type: 'task_assign', task_id: id })
  const extra = { fleet_message: note.id }
  return { task: { ...draft, state: 'assigned', assignedTo: agent.id, extra }, kind, agent, note }
}

const isReviewer = ({ role, name }: Pick<AgentRecord, 'role' | 'name'>): boolean =>
  ['reviewer', 'review', 'audit'].includes(role?.toLowerCase() ?? '') || /review|audit/i.test(name)

/** Who is marked idle may have assignments in its inbox: those with the fewest open tasks first (R20). */
function leastBusy(agents: readonly AgentRecord[], open: readonly TaskRecord[]): AgentRecord[] {
  const load = ({ id }: AgentRecord) => open.filter(({ assignedTo }) => assignedTo === id).length
  return [...agents].sort((one, other) => load(one) - load(other))
}

/** An idle reviewer who did not do the work. */
const reviewerFor = (agents: readonly AgentRecord[], author: string | undefined): AgentRecord | undefined =>
  agents.find((agent) => isReviewer(agent) && agent.state === 'idle' && agent.id !== author)

/** Who did the work, while it is there; else somebody idle, reviewers last. */
function fixerFor(agents: readonly AgentRecord[], author: string | undefined): AgentRecord | undefined {
  const same = agents.find((agent) => agent.id === author && !isTerminal(agent.state))
  const idle = agents.filter((agent) => agent.state === 'idle')
  return same ?? idle.find((agent) => !isReviewer(agent)) ?? idle[0]
}

function describe(
  kind: 'review' | 'fix',
  title: string,
  id: string,
  { mission, item }: MissionBinding,
  done: TaskRecord,
  source: string | undefined,
): string {
  const head = [
    `[Mission ${kind === 'review' ? 'Review' : 'Fix'}] ${title}`,
    '',
    `Mission: ${mission}`,
    `Work item: ${item}`,
    ...(source === undefined ? [] : [`Source: ${source}`]),
    ...(done.result === undefined ? [] : [`${kind === 'review' ? 'Submitted' : 'Reason'}: ${done.result}`]),
    '',
  ]
  const how =
    kind === 'review'
      ? [
          'Look at what was submitted. Say in the result of this task what you think of it:',
          `  agents task complete ${id} --result "approved: ..."`,
          `  agents task complete ${id} --result "rejected: what must change"`,
        ]
      : [
          'Change what the reviewer asks for, bring the pull request up to date, and name it in the result of this task:',
          `  agents task complete ${id} --result "owner/repo#N: what was changed"`,
        ]
  return [...head, ...how].join('\n')
}
