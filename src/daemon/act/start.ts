import type { Proc } from '../../adapters/procs/types.ts'
import type { NewSessionResult } from '../../adapters/tmux/types.ts'
import { crashPoint } from '../../core/crash-point.ts'
import { type PaneSight, type Scan, within } from '../../core/index.ts'
import type { CauseClass } from '../../watchdog/types.ts'
import { fleetTag, runKey, startLockPath } from '../names.ts'
import { keepIdentity } from '../reports/token.ts'
import { townIds } from '../town/ids-ahead.ts'
import type { World } from '../world.ts'
import { type Batch, createBatch, keepPlan } from './conversation.ts'
import { type Prepared, prepare, type Ready, type StartOrder, type TownIds } from './prepare.ts'

export type Started =
  | { kind: 'started'; run: string; paneId: string; delivery: 'arg' | 'ping' | 'exec' }
  | { kind: 'already-up'; run: string | undefined }
  | { kind: 'failed'; cause: CauseClass; why: string; retryable: boolean }

/** How long commands that race for one start wait for each other. Milliseconds. */
const startLockMs = 30_000

/** Longest time that reading prompts and making folders may take before the start counts as failed. Milliseconds. */
const prepareMs = 5_000

/** Their token files are there before the sessions, but a disk on which each fsync takes seconds holds none up. Milliseconds. */
const identityMs = 250

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
  const identities = Promise.all(
    free.map(({ order, session }) => keepIdentity(world, order.spec.name, session.tag.run)),
  )
  await within(world.clock, identityMs, identities, undefined)
  const created = await world.tmux.newSessions(free.map(({ session }) => session))
  crashPoint('start.session-created')
  await identities
  for (const [at, one] of free.entries()) {
    results.set(one.order.spec.name, await outcome(world, one, created[at]))
  }
}

/** @returns why nothing is started, or undefined when the session's place is free now. */
async function makeRoom(world: World, scan: Scan, order: StartOrder): Promise<Started | undefined> {
  if (scan.kind === 'unknown') return { kind: 'failed', cause: 'start', why: scan.why, retryable: true }
  if (scan.kind === 'no-server') return undefined
  const { spec } = order
  const project = fleetTag(world.fleet())
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

async function outcome(world: World, one: Ready, result: NewSessionResult | undefined): Promise<Started> {
  if (result?.kind === 'created') {
    return { kind: 'started', run: one.session.tag.run, paneId: result.paneId, delivery: one.delivery }
  }
  if (result?.kind === 'duplicate') {
    const scan = await world.tmux.scan()
    const standing = await makeRoom(world, scan, one.order)
    if (standing?.kind === 'already-up' && standing.run !== undefined)
      await keepIdentity(world, one.order.spec.name, standing.run)
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
