import { UserError } from '../../core/index.ts'
import { listAgents } from '../agents/agents.ts'
import { agentsMeant } from '../agents/meant.ts'
import { planEdit } from '../lua/plan-edit.ts'
import { planId } from '../lua/plan-id.ts'
import { runScript } from '../run-script.ts'
import { listTasks } from '../tasks/tasks.ts'
import { hashOf, type OwnFleet, type Town, textsOf } from '../town.ts'
import type { AgentRecord } from '../wire/agent-record.ts'
import { isSupervisorName, SUPERVISOR, shortId } from '../wire/ids.ts'
import { hashTime } from '../wire/stamp.ts'
import { encodeTask, isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import { PLAN_TAG, type PlanFields } from './compare.ts'

/** What of a town a plan is compared with. */
export interface PlanTown {
  agents: readonly AgentRecord[]
  /** Whose plan it is. */
  own: OwnFleet | undefined
  /** By the id in a plan. */
  tasks: ReadonlyMap<string, TaskRecord>
  /** Id of a task → its id in a plan. */
  planIds: ReadonlyMap<string, string>
  /** Tasks of no plan. */
  others: readonly TaskRecord[]
  /** Ids in a plan that several tasks carry: the real `tt` makes another one at each push. */
  twice: readonly string[]
  backlog: ReadonlySet<string>
}

export const planTag = (id: string): string => `${PLAN_TAG}${id}`

export async function readPlanTown(town: Town): Promise<PlanTown> {
  const [tasks, agents, index, backlog] = await Promise.all([
    listTasks(town),
    listAgents(town),
    town.redis.call('HGETALL', town.keys.plan),
    town.redis.call('LRANGE', town.keys.backlog, 0, -1),
  ])
  const chosen = hashOf(index) ?? {}
  const indexed = new Map(Object.entries(chosen).map(([plan, task]) => [task, plan]))
  const found = new Map<string, TaskRecord[]>()
  const others: TaskRecord[] = []
  for (const task of tasks) {
    const id =
      indexed.get(task.id) ?? task.tags.find((tag) => tag.startsWith(PLAN_TAG))?.slice(PLAN_TAG.length)
    if (id === undefined || id === '') others.push(task)
    else found.set(id, [...(found.get(id) ?? []), task])
  }
  const best = [...found].map(([id, some]) => [id, bestOf(some, chosen[id])] as const)
  return {
    agents,
    own: town.own,
    tasks: new Map(best),
    planIds: new Map(best.map(([id, task]) => [task.id, id])),
    others,
    twice: [...found].flatMap(([id, some]) => (some.length > 1 ? [id] : [])).sort(),
    backlog: new Set(textsOf(backlog)),
  }
}

/** The one that was pushed; else an open one, the oldest first. */
function bestOf(tasks: readonly TaskRecord[], chosen: string | undefined): TaskRecord {
  const byAge = [...tasks].sort((a, b) => a.createdAt - b.createdAt)
  return byAge.find(({ id }) => id === chosen) ?? byAge.find(({ state }) => !isTaskOver(state)) ?? byAge[0]!
}

/** A task in the words of a plan. */
export function townFields(task: TaskRecord, town: PlanTown): PlanFields {
  const named = (id: string) => town.planIds.get(id) ?? id
  return {
    description: task.description,
    tags: task.tags.filter((tag) => !tag.startsWith(PLAN_TAG)),
    parent: task.parent === undefined ? undefined : named(task.parent),
    priority: task.priority,
    dependsOn: task.dependsOn.map(named),
    agent: task.assignedTo === undefined ? undefined : agentName(task.assignedTo, town),
    status: task.state,
    result: task.result,
  }
}

/**
 * What the file says of a task, in the words in which the town says it: an agent by its name, whatever it is called there.
 * Of a task that is over and that nobody in town had, it does not matter who it was meant for.
 */
export function fileWords(file: PlanFields, known: TaskRecord | undefined, town: PlanTown): PlanFields {
  if (file.agent === undefined) return file
  const over = known !== undefined && isTaskOver(known.state) && isTaskOver(file.status)
  const unasked = over && known.assignedTo === undefined
  return { ...file, agent: unasked ? undefined : nameMeant(file.agent, town) }
}

function nameMeant(given: string, town: PlanTown): string {
  if (isSupervisorName(given)) return 'supervisor'
  const [found, ...others] = agentsMeant(town.agents, given, town.own)
  return found === undefined || others.length > 0 ? given : agentName(found.id, town)
}

/** Its name where that means nobody else, else its id. */
function agentName(id: string, { agents, own }: PlanTown): string {
  if (id === SUPERVISOR) return 'supervisor'
  const name = agents.find((agent) => agent.id === id)?.name
  if (name === undefined) return id
  const [meant, ...others] = agentsMeant(agents, name, own)
  return meant?.id === id && others.length === 0 ? name : id
}

/** Ids that are carried more than once, for a person. */
export const twiceNotes = ({ twice, tasks }: PlanTown): string[] =>
  twice.map((id) => {
    const one = tasks.get(id)
    return `Several tasks of the town carry plan:${id}; ${one === undefined ? 'one' : shortId(one.id)} is taken for it, the others are left.`
  })

/** The task of an id in a plan: this one, or the one that somebody else was quicker to make. */
export async function reserveTask(town: Town, plan: string, task: string, known: boolean): Promise<string> {
  const [, id] = await runScript(town, planId, [plan, task, known ? 'set' : ''])
  return id ?? task
}

/**
 * Writes what changed of a task, field by field, only where it is still as it was read.
 * @throws {UserError} SYNC_MOVED
 */
export async function editTask(town: Town, before: TaskRecord, after: TaskRecord): Promise<void> {
  const [had, put] = [before, after].map((task) => new Map(encodeTask(task)))
  const names = [...new Set([...had!.keys(), ...put!.keys()])].filter(
    (name) => had!.get(name) !== put!.get(name),
  )
  if (names.length === 0) return
  const triples = names.flatMap((name) => [name, had!.get(name) ?? '', put!.get(name) ?? ''])
  const reply = await runScript(town, planEdit, [before.id, hashTime(town.now()), ...triples])
  if (reply[0] === 'done') return
  throw new UserError({
    code: 'SYNC_MOVED',
    what: `Task ${shortId(before.id)} was changed by somebody else meanwhile.`,
    fix: 'Type it again: the plan is compared anew.',
  })
}
