import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec, ServiceSpec } from '../../core/index.ts'
import { heldText } from '../../watchdog/account-clock.ts'
import { spenderFor } from '../../watchdog/accounts.ts'
import { closedClock } from '../../watchdog/release.ts'
import { startBatch } from '../act/perform.ts'
import type { Started } from '../act/start.ts'
import { bootMessageFor } from '../act/talk.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { type Targets, targetsOf } from '../control/targets.ts'
import { recordIntent } from '../intents.ts'
import { watchdogSessionSpec } from '../keeper.ts'
import { fleetTag, serviceTag } from '../names.ts'
import { startService, withFirstBreath } from '../services.ts'
import type { World } from '../world.ts'
import { forgive } from './mend.ts'

/** How long a started agent must live before `up` calls it started. Milliseconds. */
const firstBreathMs = 250

/**
 * Starts what is not up: services first (agents may need them), then agents in one batch, then the watchdog. What
 * runs is left alone.
 */
export async function upFleet(desk: Desk, names: readonly string[], fresh = false): Promise<Outcome[]> {
  const { world } = desk.engine.crew()
  const targets = targetsOf(world.fleet(), names)
  const agents = targets.all ? targets.agents.filter((spec) => spec.enabled) : targets.agents
  if (!targets.all) forgive(desk, agents)
  world.report({ kind: 'intent', because: `up ${names.join(' ') || '(all)'}` })
  await writeFirstPhase(world)
  if (!desk.inWatchdog && agents.some((spec) => spec.kind === 'loop') && !(await desk.watchdogRuns())) {
    await desk.firstSight()
  }
  const from = world.clock.now().mono
  const begun = await Promise.all(targets.services.map((spec) => startService(world, spec)))
  const started = await upAgents(desk, agents, targets, fresh)
  const services = await withFirstBreath(world, targets.services, begun, from, firstBreathMs)
  const watchdog = targets.watchdog ? [await startWatchdog(desk)] : []
  if (!desk.inWatchdog && watchdog.length === 0 && !(await desk.watchdogRuns())) await bootAll(desk, started)
  desk.engine.step()
  return [...started, ...services, ...watchdog]
}

const tagOf = (spec: ServiceSpec): string => serviceTag(spec.name)

/** `resume_phase = false` makes the index file when there is none, as the Python driver did. */
async function writeFirstPhase(world: World): Promise<void> {
  const { loop } = world.fleet()
  if (loop?.resumePhase !== false || (await world.files.exists(loop.stateFilePath))) return
  await world.store.saveText(loop.stateFilePath, '0')
}

async function upAgents(
  desk: Desk,
  agents: readonly AgentSpec[],
  targets: Targets,
  fresh: boolean,
): Promise<Outcome[]> {
  const { engine } = desk
  const { world, lanes } = engine.crew()
  const by = targets.watchdog ? 'up' : undefined
  await recordIntent(world.intents, targets.services.map(tagOf), { wanted: 'up' }, world.clock.now().wall)
  if (agents.length === 0) {
    await recordIntent(world.intents, [], {}, world.clock.now().wall, by)
    return []
  }
  // The lanes are taken before the wish is written down: the watchdog must not start them a second time meanwhile.
  let go: (results: Map<string, Outcome>) => void = () => undefined
  const done = new Promise<Map<string, Outcome>>((resolve) => {
    go = resolve
  })
  const entered = new Map<string, Promise<void>>()
  const held = agents.map((spec) => {
    let enter: () => void = () => undefined
    entered.set(
      spec.name,
      new Promise((resolve) => {
        enter = resolve
      }),
    )
    return lanes.run(spec.name, 'up', async () => {
      enter()
      return (await done).get(spec.name)
    })
  })
  const results = await startMissing(desk, agents, { by, all: targets.all, fresh }, entered).finally(() =>
    go(new Map()),
  )
  await Promise.all(held)
  return agents.map(
    (spec) => results.get(spec.name) ?? { name: spec.name, result: 'failed', detail: 'no answer' },
  )
}

async function startMissing(
  desk: Desk,
  agents: readonly AgentSpec[],
  how: { by: 'up' | undefined; all: boolean; fresh: boolean },
  entered: ReadonlyMap<string, Promise<void>>,
): Promise<Map<string, Outcome>> {
  const { engine } = desk
  const crew = engine.crew()
  const { world, observer } = crew
  const results = new Map<string, Outcome>()
  await recordIntent(
    world.intents,
    agents.map((spec) => spec.name),
    { wanted: 'up' },
    world.clock.now().wall,
    how.by,
  )
  await observer.scan()
  await crew.phases.refresh()
  const gone = agents.filter((spec) => standing(desk, spec, how.all) === undefined)
  // One that is being restarted or stopped is waited for; it may be there afterwards (row 112).
  await Promise.all(gone.map((spec) => entered.get(spec.name)))
  if (gone.length > 0) await observer.scan()
  const missing: AgentSpec[] = []
  for (const spec of agents) {
    const outcome = standing(desk, spec, how.all)
    if (outcome === undefined) missing.push(spec)
    else results.set(spec.name, outcome)
  }
  const orders = missing.map((spec) => ({
    agent: spec.name,
    because: 'the operator asked for it',
    cause: 'operator' as const,
    fresh: how.fresh,
  }))
  const started = await startBatch(crew, orders)
  for (const [name, result] of started) results.set(name, outcomeOf(name, result))
  await checkBreath(desk, missing, results)
  return results
}

function standing(desk: Desk, spec: AgentSpec, all: boolean): Outcome | undefined {
  const { observer } = desk.engine.crew()
  const memory = desk.engine.memory().agents[spec.name]
  const pane = observer.pane(spec.name, spec.session)
  if (pane !== undefined && !pane.dead && pane.tag?.agent === spec.name) {
    return { name: spec.name, result: 'already-up', detail: `runs in session ${pane.sessionName}` }
  }
  if (all && memory?.parked !== undefined) {
    return {
      name: spec.name,
      result: 'skipped',
      detail: `parked: ${memory.parked.because}; \`agents reset ${spec.name}\``,
    }
  }
  return limitStanding(desk, spec)
}

/** A start would send its prompt into a usage limit: the watchdog makes it when that is over (INV-6). */
function limitStanding(desk: Desk, spec: AgentSpec): Outcome | undefined {
  const { world, phases } = desk.engine.crew()
  if (spec.watch === 'none' || !spec.enabled) return undefined
  const spender = spenderFor(world.fleet(), spec.backend, phases.model(spec))
  const clock = closedClock(desk.engine.memory(), spec.name, spender, world.clock.now().mono)
  if (clock === undefined) return undefined
  const detail = `held: ${heldText(clock)}; it is started after it, or now by \`agents resume ${spec.name}\``
  return { name: spec.name, result: 'skipped', detail }
}

function outcomeOf(name: string, result: Started): Outcome {
  if (result.kind === 'started') return { name, result: 'started', detail: 'session created' }
  if (result.kind === 'already-up') return { name, result: 'already-up', detail: 'runs already' }
  return { name, result: 'failed', detail: result.why }
}

/** A CLI that is missing or refuses its flags dies within a breath: that is a failed start, said with its last words. */
async function checkBreath(
  desk: Desk,
  agents: readonly AgentSpec[],
  results: Map<string, Outcome>,
): Promise<void> {
  const { world, observer } = desk.engine.crew()
  const fresh = agents.filter((spec) => results.get(spec.name)?.result === 'started')
  if (fresh.length === 0) return
  await world.clock.sleep(firstBreathMs)
  await observer.scan()
  await observer.look(fresh)
  for (const spec of fresh) {
    const seen = observer.sighting(spec)
    if (seen.kind === 'dead' && seen.cause !== 'exit') {
      results.set(spec.name, {
        name: spec.name,
        result: 'failed',
        detail: `died at once: ${seen.evidence.join('; ')}`,
      })
    }
  }
}

/** Without a watchdog the command itself waits for `ping` backends to connect and types the boot message. */
async function bootAll(desk: Desk, outcomes: readonly Outcome[]): Promise<void> {
  const crew = desk.engine.crew()
  const fleet = crew.world.fleet()
  const fresh = outcomes.filter((one) => one.result === 'started').map((one) => one.name)
  const pinged = fleet.agents.filter(
    (spec) => fresh.includes(spec.name) && screenBackend(fleet, spec)?.promptDelivery === 'ping',
  )
  if (pinged.length === 0) return
  await crew.observer.scan()
  await crew.observer.look(pinged)
  await Promise.all(pinged.map((spec) => bootMessageFor(crew, spec)))
}

/** Starts the watchdog's session unless some watchdog runs already, wherever. */
async function startWatchdog(desk: Desk): Promise<Outcome> {
  const { world } = desk.engine.crew()
  if (await desk.watchdogRuns()) return { name: 'watchdog', result: 'already-up', detail: 'runs already' }
  const spec = watchdogSessionSpec(world, desk.program)
  const scan = await world.tmux.scan()
  const old = scan.kind === 'ok' ? scan.panes.find((pane) => pane.sessionName === spec.session) : undefined
  if (old !== undefined && old.tag?.project !== fleetTag(world.fleet())) {
    return {
      name: 'watchdog',
      result: 'refused',
      detail: `the session ${spec.session} is not this fleet's; end it first`,
    }
  }
  if (old?.dead === true) await world.tmux.killSession(old.sessionId)
  const made = await world.tmux.newSession(spec)
  if (made.kind === 'failed') return { name: 'watchdog', result: 'failed', detail: made.why }
  const runs = await waitFor(desk, watchdogStartMs)
  if (!runs) {
    return {
      name: 'watchdog',
      result: 'failed',
      detail: `it did not come up in ${watchdogStartMs / 1000} s; see \`agents logs watchdog\``,
    }
  }
  // Of many at once one has made the session.
  return made.kind === 'created'
    ? { name: 'watchdog', result: 'started', detail: `supervises in session ${spec.session}` }
    : { name: 'watchdog', result: 'already-up', detail: 'another command started it' }
}

const watchdogStartMs = 10_000

async function waitFor(desk: Desk, deadlineMs: number): Promise<boolean> {
  const { clock } = desk.engine.crew().world
  const until = clock.now().mono + deadlineMs
  while (clock.now().mono < until) {
    if (await desk.watchdogReady()) return true
    await clock.sleep(20)
  }
  return false
}
