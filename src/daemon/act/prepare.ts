import { randomBytes } from 'node:crypto'
import { controlPath } from '../../adapters/socket/index.ts'
import type { NewSession } from '../../adapters/tmux/types.ts'
import { assembleLaunch, type Launch, launchFingerprint } from '../../backends/launch.ts'
import { screenBackend } from '../../backends/worker-screen.ts'
import type { StartPlan } from '../../conversation/start.ts'
import { type AgentSpec, type BackendSpec, namedConfig } from '../../core/index.ts'
import { shellQuote } from '../../core/quote.ts'
import type { CauseClass } from '../../watchdog/types.ts'
import { anyLaunch, fleetTag, kickoffPath, runKey, runOf, sessionLogPath } from '../names.ts'
import { sessionEnvironment, tokenKey, townVariables } from '../reports/token.ts'
import { keyVariables } from '../town/variables.ts'
import type { World } from '../world.ts'
import { type Batch, planConversation } from './conversation.ts'
import { prepareHooks } from './hooks.ts'
import { prepareTools } from './tools.ts'
import { workerLaunch } from './worker-launch.ts'

export interface StartOrder {
  spec: AgentSpec
  /** Effective model: the phase may have one for the agent's role. */
  model: string
  /** The kickoff text. */
  prompt: { kind: 'ok'; text: string } | { kind: 'blocked'; why: string }
  because: string
  cause: CauseClass
  /** Started with `AGENT_MODEL_…` or `AGENT_BACKEND_…`, for this call only: the watchdog must not call it a difference. */
  overridden?: boolean
  /** A new conversation, whatever could be resumed: the old one is full. @default false */
  fresh?: boolean
  /** First part of the run's tag, by which this very start is recognised later. @default random */
  nonce?: string
}

/** Ids in town by agent, for those that have one. */
export type TownIds = Promise<ReadonlyMap<string, string>>

/** All that a session of an agent is made of. */
export interface Ready {
  kind: 'ready'
  order: StartOrder
  session: NewSession
  delivery: 'arg' | 'ping' | 'exec'
  /** The conversation that it resumes or begins. */
  plan: StartPlan
}

export type Prepared =
  | Omit<Ready, 'order'>
  | { kind: 'failed'; cause: CauseClass; why: string; retryable: boolean }

/** Writes the kickoff and puts the session together; starts nothing. */
export async function prepare(
  world: World,
  order: StartOrder,
  batch: Batch,
  ids: TownIds,
): Promise<Prepared> {
  const { spec, prompt } = order
  const fleet = world.fleet()
  const backend = screenBackend(fleet, spec)
  if (backend === undefined) return configFault(`the backend ${spec.backend} is not declared`)
  if (prompt.kind === 'blocked') return configFault(prompt.why)
  const folder = await world.files.ensureFolder(spec.dir)
  if (folder.kind === 'failed') return configFault(folder.why)
  const missing = await missingProgram(world, backend, spec)
  if (missing !== undefined)
    return { kind: 'failed', cause: 'missing-binary', why: missing, retryable: false }
  const path = kickoffPath(fleet, spec.session)
  const old = await world.files.readText(path)
  if (old.kind !== 'ok' || old.text !== prompt.text) await world.store.saveText(path, prompt.text)
  const plan = await planConversation(world, order, backend, batch)
  const launch = await launchOf(world, order, backend, path, plan)
  const townId = (await ids).get(spec.name)
  const session = await sessionOf(world, order, backend, launch, townId)
  return { kind: 'ready', delivery: launch.delivery, session, plan }
}

async function launchOf(
  world: World,
  { spec, model, prompt }: StartOrder,
  backend: BackendSpec,
  path: string,
  plan: StartPlan,
): Promise<Launch> {
  if (spec.kind === 'worker') return workerLaunch(world, spec, backend)
  return assembleLaunch({
    agent: spec,
    backend,
    model,
    kickoffPath: path,
    kickoffBytes: prompt.kind === 'ok' ? Buffer.byteLength(prompt.text) : 0,
    resumeId: plan.kind === 'resume' ? plan.id : undefined,
    assignId: plan.kind === 'assign' ? plan.id : undefined,
    env: world.env,
    hooks: await prepareHooks(world, spec, backend),
    tools: await prepareTools(world),
  })
}

const configFault = (why: string): Prepared => ({ kind: 'failed', cause: 'config', why, retryable: false })

async function sessionOf(
  world: World,
  order: StartOrder,
  backend: BackendSpec,
  launch: Launch,
  townId: string | undefined,
): Promise<NewSession> {
  const fleet = world.fleet()
  const { spec } = order
  const nonce = order.nonce ?? randomBytes(6).toString('hex')
  const bearer = { agent: spec.name, nonce }
  const [key, socket] = await Promise.all([tokenKey(world), controlPath(fleet.stateDir)])
  const fingerprint =
    order.overridden === true ? anyLaunch : launchFingerprint({ agent: spec, backend, model: order.model })
  return {
    session: spec.session,
    dir: spec.dir,
    argv: launch.argv,
    env: {
      ...keyVariables(fleet, world.env),
      ...launch.env,
      AGENTS_AGENT: spec.name,
      AGENTS_PROJECT: fleet.projectDir,
      AGENTS_CONFIG: namedConfig(fleet),
      AGENTS_RUN: runKey(fleet, spec.name),
      ...sessionEnvironment(fleet, key, bearer, socket),
      ...(townId === undefined ? {} : { [townVariables.id]: townId }),
    },
    tag: {
      project: fleetTag(fleet),
      agent: spec.name,
      run: runOf(nonce, fingerprint),
    },
    pipe: logPipe(sessionLogPath(fleet, spec.session)),
  }
}

/**
 * The shell text that appends a pane's output to its log, readable by us alone. A link is not followed, and what might
 * block the writer, such as a FIFO, is not opened (F6).
 */
export function logPipe(path: string): string {
  const log = shellQuote(path)
  return `umask 077; [ ! -L ${log} ] && { [ -f ${log} ] || [ ! -e ${log} ]; } && exec cat >> ${log}`
}

/**
 * A plain word that is nowhere on the search path fails in any shell, with 127 and no further word: said before the
 * start, with the name. Shell text (`FOO=1 cmd`, `a; b`, aliases) is left to the shell.
 */
async function missingProgram(
  world: World,
  backend: BackendSpec,
  spec: AgentSpec,
): Promise<string | undefined> {
  if (spec.kind === 'worker' && backend.roundCmd?.startsWith('{bin}') !== true) return undefined
  if (backend.promptDelivery === 'ping' && (backend.preamble !== '' || !backend.attach.startsWith('{bin}')))
    return undefined
  const word = /^([A-Za-z0-9_./+-]+)(\s|$)/.exec(backend.bin)?.[1]
  if (word === undefined || shellWords.has(word)) return undefined
  const path = spec.env.PATH ?? world.env.PATH ?? '/usr/bin:/bin'
  if (await world.files.executable(word, path, spec.dir)) return undefined
  return `the program ${word} of backend ${backend.name} is not on the search path (PATH)`
}

/** Words that a shell runs itself. */
const shellWords = new Set(
  'true false echo printf test exec exit eval cd pwd kill if for while until case read trap set unset export source . : [ command builtin time ulimit umask wait type'.split(
    ' ',
  ),
)
