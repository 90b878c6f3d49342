import { randomBytes } from 'node:crypto'
import type { Proc } from '../../adapters/procs/types.ts'
import { controlPath } from '../../adapters/socket/index.ts'
import type { NewSession, NewSessionResult } from '../../adapters/tmux/types.ts'
import { assembleLaunch, type Launch, launchFingerprint } from '../../backends/launch.ts'
import { screenBackend } from '../../backends/worker-screen.ts'
import type { StartPlan } from '../../conversation/start.ts'
import { crashPoint } from '../../core/crash-point.ts'
import { type AgentSpec, type BackendSpec, type PaneSight, type Scan, within } from '../../core/index.ts'
import { shellQuote } from '../../core/quote.ts'
import type { CauseClass } from '../../watchdog/types.ts'
import { anyLaunch, kickoffPath, runKey, runOf, sessionLogPath, startLockPath } from '../names.ts'
import { keepIdentity, sessionEnvironment, tokenKey, townVariables } from '../token.ts'
import { townIds } from '../town/ids-ahead.ts'
import type { World } from '../world.ts'
import { type Batch, createBatch, keepPlan, planConversation } from './conversation.ts'
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

export type Started =
  | { kind: 'started'; run: string; paneId: string; delivery: 'arg' | 'ping' | 'exec' }
  | { kind: 'already-up'; run: string | undefined }
  | { kind: 'failed'; cause: CauseClass; why: string; retryable: boolean }

/** How long commands that race for one start wait for each other. Milliseconds. */
const startLockMs = 30_000

interface Ready {
  kind: 'ready'
  order: StartOrder
  session: NewSession
  delivery: 'arg' | 'ping' | 'exec'
  /** The conversation that it resumes or begins. */
  plan: StartPlan
}

/** Longest time that reading prompts and making folders may take before the start counts as failed. Milliseconds. */
const prepareMs = 5_000

/**
 * Starts agents, all in one batch, so that exactly one live session and one kickoff come of it however many commands
 * race and wherever the process is killed: write the kickoffs, then under one lock look, reap what an earlier run
 * left, and create (rows 35, 108, 112).
 */
export async function startAgents(
  world: World,
  orders: readonly StartOrder[],
): Promise<Map<string, Started>> {
  const results = new Map<string, Started>()
  const ready: Ready[] = []
  const batch = createBatch(world)
  const ids = idsOf(world, orders)
  for (const made of await Promise.all(orders.map((order) => prepareInTime(world, order, batch, ids)))) {
    if (made.kind === 'ready') ready.push(made)
    else results.set(made.agent, made.result)
  }
  crashPoint('start.kickoff-written')
  if (ready.length > 0) {
    const create = () => createAll(world, ready, results)
    await world.locks.exclusive(startLockPath(world.fleet()), create, startLockMs)
  }
  for (const [agent, result] of results) record(world, agent, result)
  crashPoint('start.recorded')
  return results
}

type TownIds = Promise<ReadonlyMap<string, string>>

/** A disk that takes no ledger is no reason not to start. */
function idsOf(world: World, orders: readonly StartOrder[]): TownIds {
  const names = orders.map(({ spec }) => spec.name)
  return townIds(world, names).then(
    (ids) => ids,
    (error: unknown) => {
      world.report({ kind: 'trouble', because: `no ids for the town: ${String(error)}` })
      return new Map()
    },
  )
}

async function prepareInTime(
  world: World,
  order: StartOrder,
  batch: Batch,
  ids: TownIds,
): Promise<Ready | { kind: 'failed'; agent: string; result: Started }> {
  const late: Prepared = {
    kind: 'failed',
    cause: 'config',
    why: 'its files could not be read in 5 s',
    retryable: true,
  }
  const made = await within(world.clock, prepareMs, prepare(world, order, batch, ids), late)
  if (made.kind === 'ready') return { ...made, order }
  return { kind: 'failed', agent: order.spec.name, result: made }
}

async function createAll(
  world: World,
  ready: readonly Ready[],
  results: Map<string, Started>,
): Promise<void> {
  // Both are looks; what they find is acted upon in order.
  const [scan, left] = await Promise.all([world.tmux.scan(), leftovers(world, ready)])
  const free: Ready[] = []
  // At once: a hundred dead sessions are removed in one go.
  const places = await Promise.all(ready.map((one) => makeRoom(world, scan, one.order)))
  for (const [at, one] of ready.entries()) {
    const standing = places[at]
    if (standing === undefined) free.push(one)
    else results.set(one.order.spec.name, standing)
  }
  await reap(world, free, left)
  crashPoint('start.reaped')
  await Promise.all(free.map(({ order, plan }) => keepPlan(world, order, plan)))
  for (const { order, session, plan } of free) {
    world.report({
      kind: 'start',
      agent: order.spec.name,
      because: order.because,
      cause: order.cause,
      run: session.tag.run,
      resumes: plan.kind === 'resume' ? plan.id : undefined,
      assigns: plan.kind === 'assign' ? plan.id : undefined,
    })
  }
  const created = await world.tmux.newSessions(free.map(({ session }) => session))
  crashPoint('start.session-created')
  for (const [at, one] of free.entries()) {
    results.set(one.order.spec.name, await outcome(world, one, created[at]))
  }
}

/** @returns why nothing is started, or undefined when the session's place is free now. */
async function makeRoom(world: World, scan: Scan, order: StartOrder): Promise<Started | undefined> {
  if (scan.kind === 'unknown') return { kind: 'failed', cause: 'start', why: scan.why, retryable: true }
  if (scan.kind === 'no-server') return undefined
  const { spec } = order
  const project = world.fleet().projectDir
  const ours = scan.panes.filter((pane) => pane.tag?.project === project && pane.tag.agent === spec.name)
  const living = ours.find((pane) => !pane.dead && pane.tag?.run !== undefined)
  if (living !== undefined) return { kind: 'already-up', run: living.tag?.run }
  const taken = scan.panes.find((pane) => pane.sessionName === spec.session)
  if (taken !== undefined && !ours.includes(taken)) {
    return { kind: 'failed', cause: 'start', why: foreign(taken), retryable: false }
  }
  for (const sessionId of new Set(ours.map((pane) => pane.sessionId))) {
    await world.tmux.killSession(sessionId)
  }
  return undefined
}

function foreign(pane: PaneSight): string {
  const owner = pane.tag === undefined ? 'was not started by this fleet' : `belongs to ${pane.tag.project}`
  return `a session named ${pane.sessionName} is there already and ${owner}; \`agents adopt\` takes over one of your own`
}

const leftovers = (world: World, ready: readonly Ready[]): Promise<Map<string, Proc[]>> =>
  world.procs.byRun(ready.map(({ order }) => runKey(world.fleet(), order.spec.name)))

/** Ends what an earlier run left behind: children that left the session, a second server's agent (INV-1). */
async function reap(world: World, free: readonly Ready[], left: ReadonlyMap<string, Proc[]>): Promise<void> {
  const keys = new Map(free.map(({ order: { spec } }) => [runKey(world.fleet(), spec.name), spec.name]))
  const runs = [...keys.keys()].filter((run) => (left.get(run) ?? []).length > 0)
  if (runs.length === 0) return
  for (const run of runs) {
    const pids = (left.get(run) ?? []).map((proc) => `${proc.pid} ${proc.command}`)
    world.report({
      kind: 'kill',
      agent: keys.get(run),
      because: 'left over from an earlier run',
      evidence: [
        ...pids,
        `AGENTS_RUN=${run} in the environment`,
        'no living session of the agent in a good scan',
      ],
    })
  }
  await world.procs.end({ roots: [], runs, graceMs: 0, now: true })
}

type Prepared = Omit<Ready, 'order'> | { kind: 'failed'; cause: CauseClass; why: string; retryable: boolean }

async function prepare(world: World, order: StartOrder, batch: Batch, ids: TownIds): Promise<Prepared> {
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
  await keepIdentity(world, key, spec.name)
  const fingerprint =
    order.overridden === true ? anyLaunch : launchFingerprint({ agent: spec, backend, model: order.model })
  return {
    session: spec.session,
    dir: spec.dir,
    argv: launch.argv,
    env: {
      ...launch.env,
      AGENTS_AGENT: spec.name,
      AGENTS_PROJECT: fleet.projectDir,
      AGENTS_CONFIG: fleet.configPath,
      AGENTS_RUN: runKey(fleet, spec.name),
      ...sessionEnvironment(fleet, key, bearer, socket),
      ...(townId === undefined ? {} : { [townVariables.id]: townId }),
    },
    tag: {
      project: fleet.projectDir,
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

async function outcome(world: World, one: Ready, result: NewSessionResult | undefined): Promise<Started> {
  if (result?.kind === 'created') {
    return { kind: 'started', run: one.session.tag.run, paneId: result.paneId, delivery: one.delivery }
  }
  if (result?.kind === 'duplicate') {
    const scan = await world.tmux.scan()
    const standing = await makeRoom(world, scan, one.order)
    return (
      standing ?? {
        kind: 'failed',
        cause: 'start',
        why: 'a session of that name came and went',
        retryable: true,
      }
    )
  }
  return {
    kind: 'failed',
    cause: 'start',
    why: result?.why ?? 'tmux gave no answer',
    retryable: result?.retryable ?? true,
  }
}

function record(world: World, agent: string, result: Started): void {
  if (result.kind === 'started')
    world.report({ kind: 'started', agent, run: result.run, pane: result.paneId })
  if (result.kind === 'failed') {
    world.report({
      kind: 'start-failed',
      agent,
      because: result.why,
      cause: result.cause,
      retryable: result.retryable,
    })
  }
}
