import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { findAgent } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import {
  type Departed,
  type Destination,
  departedAgents,
  described,
  leftOf,
  type Reclaimed,
  reclaimFrom,
} from '../../town/agents/reclaim.ts'
import { type Adoption, adopt, type Orphan, orphanTasks } from '../../town/tasks/orphans.ts'
import { readTasks, taskLabel } from '../../town/tasks/tasks.ts'
import type { Town } from '../../town/town.ts'
import { parseId, shortId } from '../../town/wire/ids.ts'
import { taskJson } from '../render/town-task.ts'
import { toJson } from '../text.ts'
import { whomToGive } from '../town/whom.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { withTown } from '../with-town.ts'
import { nameOf } from './assign.ts'

export const command: Command = (call, deps) => {
  checkOptions(call)
  return withTown(call, deps, async (open) => {
    const { town } = open
    const { options } = call
    const to = typeof options.to === 'string' ? await whomToGive(open, deps, options.to) : undefined
    const from = typeof options.from === 'string' ? await departed(town, options.from) : undefined
    return options['orphan-tasks'] === true
      ? orphans(town, from, to, call, deps)
      : messages(town, from, to, call, deps)
  })
}

/** An agent, or the id of one whose record is gone. */
async function departed(town: Town, ref: string): Promise<Whom> {
  const id = parseId(ref)
  const known = id === undefined ? undefined : await town.redis.call('EXISTS', town.keys.agent(id))
  return id !== undefined && known === 0 ? { id, name: shortId(id), record: undefined } : findAgent(town, ref)
}

interface FromAgent {
  agent: Departed
  messages: (Omit<Reclaimed, 'result'> & { result?: Reclaimed['result'] })[]
}

async function messages(
  town: Town,
  from: Whom | undefined,
  to: Whom | undefined,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  const where = destination(call, to)
  const found: FromAgent[] = []
  for (const agent of await departedAgents(town, from)) {
    if (agent.id === to?.id) continue
    const left =
      where === undefined
        ? (await leftOf(town, agent.id)).map(described)
        : await reclaimFrom(town, agent.id, where)
    if (left.length > 0) found.push({ agent, messages: await withTasks(town, left) })
  }
  const json = {
    version: 1,
    destination: where === undefined ? undefined : where.kind === 'backlog' ? 'backlog' : where.agent.id,
    agents: found.map(({ agent: { id, name, record }, messages }) => ({
      id,
      name,
      state: record?.state ?? 'gone',
      messages,
    })),
  }
  await deps.io.out(call.options.json === true ? toJson(json) : messagesText(found, where))
  return Exit.done
}

/** A message that assigns a task says which by its text, as far as the task is there. */
async function withTasks(town: Town, left: FromAgent['messages']): Promise<FromAgent['messages']> {
  const tasks = await readTasks(
    town,
    left.map(({ task }) => task ?? ''),
  )
  return left.map((one, at) => {
    const task = tasks[at]
    return task === undefined ? one : { ...one, text: taskLabel(task) }
  })
}

function destination({ options }: Invocation, to: Whom | undefined): Destination | undefined {
  if (options['to-backlog'] === true) return { kind: 'backlog', others: to }
  return to === undefined ? undefined : { kind: 'agent', agent: to }
}

const RESULTS: Readonly<Record<Reclaimed['result'], string>> = {
  moved: 'moved',
  known: 'was there already',
  moot: 'its task is over or with somebody else: acknowledged',
  aside: 'nobody can read it: put away',
}

function messagesText(found: readonly FromAgent[], where: Destination | undefined): string {
  if (found.length === 0) return 'no stopped agent left any message\n'
  const lines = found.flatMap(({ agent, messages }) => [
    `${visible(agent.name)} (${agent.record?.state ?? 'gone'}): ${messages.length} ${messages.length === 1 ? 'message' : 'messages'}`,
    ...messages.map(({ id, type, text, result }) => {
      const short = text.split('\n', 1)[0] ?? ''
      const line = `${id === undefined ? '-' : shortId(id)}  ${type}  ${visible(short.length > 80 ? `${short.slice(0, 79)}…` : short)}`
      return `  ${line}${result === undefined || result === 'moved' ? '' : ` (${RESULTS[result]})`}`
    }),
  ])
  const tail =
    where === undefined
      ? 'Nothing was changed; --to-backlog or --to AGENT moves them.'
      : where.kind === 'backlog'
        ? `Tasks are in the backlog${where.others === undefined ? ', the rest is in the mailbox of people' : ''}.`
        : `They are with ${nameOf(where.agent)}.`
  return `${lines.join('\n')}\n${tail}\n`
}

async function orphans(
  town: Town,
  from: Whom | undefined,
  to: Whom | undefined,
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  if (from !== undefined) await departedAgents(town, from)
  const found = (await orphanTasks(town, from)).filter(({ owner }) => owner.id !== to?.id)
  const how = adoption(call, to)
  if (how !== undefined) for (const orphan of found) await adopt(town, orphan, how)
  const json = {
    version: 1,
    destination: how === undefined ? undefined : how.kind === 'agent' ? how.agent.id : how.kind,
    agents: [],
    orphans: found.map(({ task, owner }) => ({ task: taskJson(task), owner })),
  }
  await deps.io.out(call.options.json === true ? toJson(json) : orphansText(found, how))
  return Exit.done
}

function adoption({ options }: Invocation, to: Whom | undefined): Adoption | undefined {
  if (options.cancel === true) return { kind: 'cancel' }
  if (options.delete === true) return { kind: 'delete' }
  if (options['to-backlog'] === true) return { kind: 'backlog' }
  return to === undefined ? undefined : { kind: 'agent', agent: to }
}

function orphansText(found: readonly Orphan[], how: Adoption | undefined): string {
  if (found.length === 0) return 'no task is left of a stopped agent\n'
  const lines = found.map(
    ({ task, owner }) =>
      `${taskLabel(task)}  ${task.state}, of ${owner.name === undefined ? `${shortId(owner.id)} (gone)` : visible(owner.name)}`,
  )
  return `${lines.join('\n')}\n${TAILS[how?.kind ?? 'none']}\n`
}

const TAILS: Readonly<Record<Adoption['kind'] | 'none', string>> = {
  none: 'Nothing was changed; --to-backlog, --to AGENT, --cancel or --delete takes them up.',
  backlog: 'They are in the backlog.',
  agent: 'They are with the other agent.',
  cancel: 'They are cancelled.',
  delete: 'They are deleted.',
}

/** @throws {UserError} CLI_ARGUMENTS */
function checkOptions({ options }: Invocation): void {
  const orphan = options['orphan-tasks'] === true
  const ways = ['cancel', 'delete', 'to-backlog', 'to'].filter((name) => options[name] !== undefined)
  const wrong =
    (!orphan && (options.cancel === true || options.delete === true)) || (orphan && ways.length > 1)
  if (!wrong) return
  throw new UserError({
    code: 'CLI_ARGUMENTS',
    what: orphan
      ? `--orphan-tasks goes one way, not ${ways.length}.`
      : '--cancel and --delete are for tasks.',
    fix: orphan
      ? 'Write one of --to-backlog, --to AGENT, --cancel, --delete.'
      : 'Write agents reclaim --orphan-tasks --cancel.',
    exit: Exit.usage,
  })
}
