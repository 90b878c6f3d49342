import type { AgentSpec, ServiceSpec } from '../../core/index.ts'
import { stoppedText, stopSession } from '../act/stop.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { type Targets, targetsOf } from '../control/targets.ts'
import { insistOnIntent } from '../intents.ts'
import { fleetTag, gitRunKey, keeperSession, serviceTag, watchdogSession } from '../names.ts'
import { type Stranger, strangerGraceMs, strangersIn } from '../strangers.ts'
import { stopTownServer } from '../town/stop-server.ts'
import { tellDown } from '../town/tell-down.ts'

/**
 * Takes down: the wish is on disk first, the watchdog stops before the rest when everything goes, each agent is asked
 * to leave, then its whole process tree is ended. What a person took down stays down.
 */
export async function downFleet(desk: Desk, names: readonly string[], graceMs?: number): Promise<Outcome[]> {
  const { world, observer } = desk.engine.crew()
  // What the config knows no more is found by looking.
  await observer.scan()
  const targets = targetsOf(world.fleet(), names, strangersIn(world, observer))
  // The lanes are taken before the wish is written down: a watchdog that reads it must not stop them beside us.
  let go: (prepared: Promise<Prepared>) => void = () => undefined
  const prepared = new Promise<Prepared>((resolve) => {
    go = resolve
  })
  const agents = targets.agents.map((spec) => downAgent(desk, spec, graceMs, prepared))
  const strangers = targets.strangers.map((one) => downStranger(desk, one, graceMs, prepared))
  go(prepare(desk, targets, names))
  const { stopped, unwritten } = await prepared
  const services = await Promise.all(targets.services.map((spec) => downService(desk, spec, graceMs)))
  const ended = await Promise.all(agents)
  const outcomes = [...ended, ...services, ...(await Promise.all(strangers)), ...stopped]
  if (!desk.inWatchdog && (targets.all || !(await desk.watchdogRuns()))) await tellDown(world, downed(ended))
  if (targets.all) {
    await removeOwnSessions(desk)
    await desk.forgetServer()
    outcomes.push(...(await stopTownServer(world.fleet(), world.env)))
  }
  if (unwritten === undefined) return outcomes
  return outcomes.map((one) => ({ ...one, detail: `${one.detail}; not remembered: ${unwritten}` }))
}

interface Prepared {
  /** The watchdog, where it was stopped. */
  stopped: Outcome[]
  /** Why the wish is not on disk. */
  unwritten: string | undefined
}

const downed = (outcomes: readonly Outcome[]): string[] =>
  outcomes.filter(({ result }) => result === 'stopped' || result === 'not-running').map(({ name }) => name)

/**
 * The wish on disk, then the watchdog stopped where everything goes: in this order, before anything else. A disk that
 * takes nothing keeps nobody from stopping the agents that may be filling it.
 */
async function prepare(desk: Desk, targets: Targets, names: readonly string[]): Promise<Prepared> {
  const { world, observer } = desk.engine.crew()
  if (targets.watchdog) await desk.hush()
  const named = [
    ...targets.agents.map((spec) => spec.name),
    ...targets.services.map((spec) => serviceTag(spec.name)),
    ...targets.strangers.map(({ tagged }) => tagged),
  ]
  const watchdog = targets.watchdog ? 'down' : undefined
  const unwritten = await insistOnIntent(
    world.intents,
    named,
    { wanted: 'down' },
    world.clock.now().wall,
    watchdog,
  )
  world.report({ kind: 'intent', because: `down ${names.join(' ') || '(all)'}` })
  if (unwritten !== undefined)
    world.report({ kind: 'trouble', because: `what was taken down is not remembered: ${unwritten}` })
  const stopped = targets.watchdog ? [await downWatchdog(desk)] : []
  await observer.scan()
  return { stopped, unwritten }
}

function downAgent(
  desk: Desk,
  spec: AgentSpec,
  graceMs: number | undefined,
  prepared: Promise<unknown>,
): Promise<Outcome> {
  return desk.engine.inLane(spec.name, 'down', async () => {
    await prepared
    return endSession(desk, spec.name, spec, graceMs ?? spec.stopGraceMs)
  })
}

async function downStranger(
  desk: Desk,
  one: Stranger,
  graceMs: number | undefined,
  prepared: Promise<unknown>,
): Promise<Outcome> {
  return desk.engine.inLane(one.tagged, 'down', async () => {
    await prepared
    const done = await endSession(desk, one.tagged, one, graceMs ?? strangerGraceMs)
    return { ...done, detail: `${done.detail}; it is in no config any more` }
  })
}

function downService(desk: Desk, spec: ServiceSpec, graceMs: number | undefined): Promise<Outcome> {
  return endSession(desk, serviceTag(spec.name), spec, graceMs ?? serviceGraceMs)
}

const serviceGraceMs = 5_000

async function endSession(
  desk: Desk,
  tagged: string,
  spec: { name: string; session: string },
  graceMs: number,
): Promise<Outcome> {
  const { world, observer } = desk.engine.crew()
  const scan = await observer.scan()
  if (scan.kind === 'unknown')
    return { name: spec.name, result: 'failed', detail: `tmux: ${scan.why}; nothing was stopped` }
  const all = scan.kind === 'ok' ? scan.panes : []
  const project = fleetTag(world.fleet())
  const panes = all.filter((pane) => pane.tag?.project === project && pane.tag.agent === tagged)
  const foreign = all.find((pane) => pane.sessionName === spec.session && !panes.includes(pane))
  if (panes.length === 0 && foreign !== undefined) {
    const detail = `the session ${spec.session} was not started by this fleet and is left alone`
    return { name: spec.name, result: 'refused', detail }
  }
  if (panes.length > 0) world.report({ kind: 'stop', agent: tagged, because: 'the operator asked for it' })
  const stopped = await stopSession(world, { tagged, panes, graceMs })
  if (panes.length === 0 && stopped.asked + stopped.killed === 0) {
    return { name: spec.name, result: 'not-running', detail: 'was not running' }
  }
  world.report({ kind: 'stopped', agent: tagged, because: stoppedText(stopped) })
  if (stopped.left.length > 0) return { name: spec.name, result: 'failed', detail: stoppedText(stopped) }
  return { name: spec.name, result: 'stopped', detail: stoppedText(stopped) }
}

async function downWatchdog(desk: Desk): Promise<Outcome> {
  if (!(await desk.watchdogRuns())) {
    await endWatchdogSession(desk)
    return { name: 'watchdog', result: 'not-running', detail: 'was not running' }
  }
  const how = await desk.stopWatchdog(() => endWatchdogSession(desk))
  await endWatchdogSession(desk)
  return { name: 'watchdog', result: 'stopped', detail: how }
}

/**
 * Its shell loop ends by itself when the watchdog was asked to stop; a dead pane or a hung loop is removed, and one that
 * goes on without a terminal, its tmux server gone.
 */
async function endWatchdogSession(desk: Desk): Promise<void> {
  const { world } = desk.engine.crew()
  const scan = await world.tmux.scan()
  const session = watchdogSession(world.fleet())
  const all = scan.kind === 'ok' ? scan.panes : []
  const panes = all.filter(
    (pane) => pane.sessionName === session && pane.tag?.project === fleetTag(world.fleet()),
  )
  await stopSession(world, { tagged: 'watchdog', panes, graceMs: 500 })
  await world.procs.end({ roots: [], runs: [gitRunKey(world.fleet())], graceMs: 300 })
}

/** The last one turns out the light: without the keeper a server of the fleet's own ends by itself. */
async function removeOwnSessions(desk: Desk): Promise<void> {
  const { world } = desk.engine.crew()
  const scan = await world.tmux.scan()
  if (scan.kind !== 'ok') return
  const name = keeperSession(world.fleet())
  const keeper = scan.panes.find((pane) => pane.sessionName === name && pane.tag?.agent === 'keeper')
  if (keeper !== undefined) await world.tmux.killSession(keeper.sessionId)
}
