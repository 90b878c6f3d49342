import { Exit, UserError } from '../../core/index.ts'
import { listAgents } from '../agents/agents.ts'
import { eventArgs } from '../events/events.ts'
import { missionAdvance } from '../lua/mission-advance.ts'
import { refusal } from '../refusals.ts'
import { repeated } from '../repeat.ts'
import { newTask } from '../tasks/create.ts'
import { type Finished, finishTask, TRIES } from '../tasks/finish.ts'
import { type Note, noteArgs, noteTo } from '../tasks/note.ts'
import { listTasks, readTask } from '../tasks/tasks.ts'
import { hashOf, type Town, textsOf } from '../town.ts'
import { type AgentRecord, agentLabel, isTerminal } from '../wire/agent-record.ts'
import { newId, SUPERVISOR, shortId } from '../wire/ids.ts'
import { jsonTime } from '../wire/stamp.ts'
import { encodeTask, isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import {
  bindingOf,
  decodeRun,
  decodeWatch,
  decodeWork,
  type MissionBinding,
  missionTags,
  type WatchItem,
} from './record.ts'
import { type MissionOutcome, type MissionStep, missionStep } from './step.ts'

/** What became of the work item that a completed task was for. */
export interface MissionAdvance {
  mission: string
  item: string
  outcome: MissionOutcome
  /** The task that was made for it, and whose it is; undefined: it waits in the backlog. */
  next: { kind: 'review' | 'fix'; task: string; agent: string | undefined } | undefined
}

/**
 * Completes a task; and where it is one of a mission of `tt mission`, takes its work item as far as it goes now. A
 * dispatcher elsewhere goes on from there. Told again it does what a crash left out.
 * @throws {UserError} MISSION_REVIEW (exit 2): a review that says nothing (W11); else as `finishTask`
 */
export async function completeMissionTask(
  town: Town,
  id: string,
  result: string | undefined,
  by: string,
): Promise<Finished & { advance?: MissionAdvance | undefined }> {
  const before = await readTask(town, id)
  const binding = before === undefined ? undefined : bindingOf(before)
  if (binding?.kind === 'review' && result === undefined && !isTaskOver(before!.state)) throw silentReview(id)
  const finished = await finishTask(town, id, { end: 'completed', result, by })
  const advance =
    binding === undefined
      ? undefined
      : await advanceMission(town, finished.task, binding, finished.kind === 'same')
  return { ...finished, advance }
}

/**
 * @param again the task was over before: a review of which the item heard is not heard twice
 * @returns undefined when there is nothing to do: the item is done, went on since, or is not there
 */
async function advanceMission(
  town: Town,
  task: TaskRecord,
  binding: MissionBinding,
  again = false,
): Promise<MissionAdvance | undefined> {
  for (let i = 0; i < TRIES; i++) {
    const read = await readItem(town, binding)
    if (read === undefined) return undefined
    if (again && binding.kind === 'review' && isLater(read.item.updated_at, task)) return undefined
    const step = missionStep({
      binding,
      run: read.run,
      item: read.item,
      watches: read.watches.map(({ watch }) => watch),
      task: { id: task.id, result: task.result ?? '' },
      at: town.now(),
      id: newId,
    })
    if (step === undefined) return undefined
    const next = step.wants === undefined ? undefined : await nextTask(town, step, step.wants, binding, task)
    const reply = await write(town, binding, read, step, next)
    if (reply[0] === 'done')
      return { mission: binding.mission, item: binding.item, outcome: step.outcome, next: told(next) }
    if (reply[0] !== 'changed' && reply[0] !== 'agent-gone') throw refusal(reply)
  }
  throw refusal(['mission-moves', binding.mission])
}

/** Somebody went on with the item after this task was over: it was heard. */
const isLater = (updatedAt: string, task: TaskRecord): boolean =>
  Date.parse(updatedAt) > (task.completedAt ?? Number.POSITIVE_INFINITY)

async function readItem(town: Town, { mission, item }: MissionBinding) {
  const { keys } = town
  const [runJson, itemJson, watchHash] = await town.redis.multi([
    ['GET', keys.mission(mission)],
    ['HGET', keys.missionWork(mission), item],
    ['HGETALL', keys.missionWatch(mission)],
  ])
  const run = decodeRun(runJson)
  const found = decodeWork(itemJson)
  if (run === undefined || found === undefined) return undefined
  const watches = Object.values(hashOf(watchHash) ?? {}).flatMap((json) => {
    const watch = decodeWatch(json)
    return watch === undefined ? [] : [{ watch, json }]
  })
  return { run, item: found, json: String(itemJson), watches }
}
type ReadItem = NonNullable<Awaited<ReturnType<typeof readItem>>>

interface NextTask {
  task: TaskRecord
  kind: 'review' | 'fix'
  agent: AgentRecord | undefined
  note: Note | undefined
}

/**
 * The review or the fix that an item wants; undefined when one is open already. Its agent is who is there for it now; with
 * nobody there it waits in the backlog, where `tt` leaves it out for good (W10).
 */
async function nextTask(
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

async function write(
  town: Town,
  binding: MissionBinding,
  read: ReadItem,
  step: MissionStep,
  next: NextTask | undefined,
): Promise<string[]> {
  const { keys } = town
  const { mission } = binding
  const before = new Map(read.watches.map(({ watch, json }) => [watch.id, json]))
  const lines = [step.line, ...(next === undefined ? [] : [nextLine(next, step)])]
  const fields = next === undefined ? [] : encodeTask(next.task)
  const at = town.now()
  const args = [
    binding.item,
    read.json,
    JSON.stringify(step.item),
    step.watches.length,
    ...step.watches.flatMap((watch: WatchItem) => [
      watch.id,
      before.get(watch.id) ?? '',
      JSON.stringify(watch),
    ]),
    next?.task.id ?? '',
    next?.agent?.id ?? '',
    fields.length,
    ...fields.flat(),
    ...noteArgs(next?.note === undefined ? [] : [next.note]),
    lines.length,
    ...lines.map((line) => `[${jsonTime(at).slice(0, 19).replace('T', ' ')}] ${line}`),
    ...eventArgs(
      keys,
      lines.map((message) => ({ type: 'mission_event', mission, message, at })),
    ),
  ]
  const scriptKeys = [
    keys.root,
    keys.missionWork(mission),
    keys.missionWatch(mission),
    keys.missionLog(mission),
  ]
  return textsOf(await repeated(() => town.redis.script(missionAdvance, scriptKeys, args)))
}

function nextLine({ task, kind, agent }: NextTask, { item }: MissionStep): string {
  const what = `${kind === 'review' ? 'Review' : 'Fix'} task ${task.id} for '${item.title}'`
  return agent === undefined ? `${what} waits in the backlog` : `${what} is with '${agentLabel(agent)}'`
}

const told = (next: NextTask | undefined): MissionAdvance['next'] =>
  next === undefined
    ? undefined
    : { kind: next.kind, task: next.task.id, agent: next.agent === undefined ? undefined : next.agent.id }

const silentReview = (id: string): UserError =>
  new UserError({
    code: 'MISSION_REVIEW',
    what: `Task ${shortId(id)} is a review, and its result decides: nothing was said, and nothing was done.`,
    fix: 'Write --result "approved: ..." or --result "rejected: what must change".',
    exit: Exit.usage,
  })
