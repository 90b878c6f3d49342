import * as v from 'valibot'
import { createLeftWords } from '../adapters/files/left-words.ts'
import type { FleetEvent, ProcessId } from '../core/index.ts'
import { createOverlay } from '../watchdog/sidestepped.ts'
import type { Memory } from '../watchdog/types.ts'
import { buildWorld } from './build.ts'
import { createComplaints } from './complaints.ts'
import { followConfig, stopLeftBehind } from './config/follow.ts'
import { type ConfigKeeper, createConfigKeeper } from './config/keeper.ts'
import type { ConfigInForce } from './config/reload.ts'
import type { FleetControl } from './control/control.ts'
import { createLocalControl } from './control/local.ts'
import { createTickGauge, type Gauge, readGauge } from './gauge.ts'
import { createHousekeeping } from './housekeeping.ts'
import { wishWhatRuns } from './intents.ts'
import type { Program } from './keeper.ts'
import { createObserver, type Observer, panesOf } from './look/observer.ts'
import { createProver } from './look/prover.ts'
import { createDeliver } from './notify/deliver.ts'
import { createNotifier, type Notifier } from './notify/notifier.ts'
import { createTransitionKeeper, loadMarks } from './notify/transition-keeper.ts'
import { createIdentities } from './reports/identities.ts'
import { createReportPost } from './reports/post.ts'
import { createServerUpkeep } from './server-upkeep.ts'
import { createSparing } from './sparing.ts'
import { startEngine } from './start-engine.ts'
import { createTicker } from './ticker.ts'
import { townDoors } from './town/doors.ts'
import { createTownKeeper } from './town/keeper.ts'
import { createLeftWordPost } from './town/left-words.ts'
import { createMailboxWatch } from './town/mailbox.ts'
import { createInboxPost } from './town/post.ts'
import type { World } from './world.ts'

export interface DaemonOptions {
  first: ConfigInForce
  server: ProcessId | undefined
  inSession: boolean
  program: Program
  env: NodeJS.ProcessEnv
  onEvent: (event: FleetEvent) => void
}

export interface Daemon {
  control: FleetControl
  /** Variables for the agents that are started from now on, from the operator of a command. Never written anywhere. */
  learnEnvironment(env: unknown): void
  /** Decides nothing for a moment: a command takes everything down. It goes on by itself should the command die. */
  hush(): void
  /** Leaves the named agents to a command that works on them beside us, see `Sparing`. */
  spare(names: unknown, longestMs: unknown): Promise<void>
  /** The command is done with them. */
  endSpare(names: unknown): void
  /** The config in force, for a command that finds the file broken. */
  config(): Pick<ConfigInForce, 'fleet' | 'problems'>
  /** Ticks until it is asked to stop; answers why. */
  run(beat: () => void): Promise<string>
  /** Resolves when the first tick is over: it sees, acts and can be asked. */
  ready: Promise<void>
  askStop(why: string): void
  stats(): Gauge
  sleep(ms: number): Promise<void>
  close(why: string): Promise<void>
}

/** Wires the slices of one fleet together and keeps them ticking. Started in order, closed in reverse. */
export async function createDaemon(options: DaemonOptions): Promise<Daemon> {
  const fleet = () => config.current().fleet
  const world: World = buildWorld({
    fleet: () => options.first.fleet,
    env: options.env,
    program: options.program,
    server: options.server,
    overrides: false,
  })
  let memory: () => Memory | undefined = () => undefined
  const overlay = createOverlay()
  world.fleet = () => overlay(fleet(), memory())
  const complain = createComplaints(world)
  let notifier: Notifier | undefined
  let townHears: ((event: FleetEvent) => void) | undefined
  const lastEvents = rememberEvents(world, (event) => {
    options.onEvent(event)
    notifier?.heard(event)
    townHears?.(event)
  })
  const startedAt = world.clock.now().wall
  const config: ConfigKeeper = createConfigKeeper(options.first, {
    world: () => world,
    applied: (change) => {
      notices.configure()
      town.configure()
      return followConfig({ engine, loop, control, world, config }, change)
    },
    wake: () => ticker.wake(),
    complain,
  })
  await Promise.all([world.intents.read(), world.outbox.read(), world.reports.load(), world.store.sweep()])
  const observer = createObserver(world)
  const notices: Notifier = createNotifier(
    world,
    createDeliver(world, () => panesOf(observer)),
    complain,
  )
  notifier = notices
  const town = createTownKeeper({
    world,
    engine: () => engine,
    control: () => control,
    doors: townDoors(world),
    complain,
  })
  world.town = town
  town.onPulse(createInboxPost(world, () => engine, town.idOf).pulse)
  town.onPulse(createMailboxWatch(world).pulse)
  town.onPulse(createLeftWordPost(world, createLeftWords(), town.idOf).pulse)
  townHears = town.heard
  const changes = createTransitionKeeper(world, await loadMarks(world), complain)
  const { engine, loop, memories } = await startEngine(world, observer, complain, {
    decides: true,
    onSeen: (seen) => {
      changes.seen(seen)
      town.seen(seen)
    },
  })
  memory = engine.memory
  engine.setBlocked(options.first.blocked)
  const sparing = createSparing(engine.crew().lanes, world.clock)
  const prover = createProver(world, observer)
  const control = createLocalControl({
    engine,
    prover,
    program: options.program,
    inWatchdog: true,
    firstSight: () => Promise.resolve(),
    lookOnce: () => Promise.resolve(),
    hush: async () => engine.hush(hushMs),
    forgetServer: () => Promise.resolve(),
    facts: async () => ({
      engine,
      problems: config.current().problems,
      stale: config.current().stale,
      watchdog: { pid: process.pid, since: startedAt, running: true },
      lastEvents,
      troubles: [...stateTroubles(world), ...loop.troubles(), ...notices.troubles()],
      town: await town.report(),
    }),
    notifier: notices,
    stopWatchdog: async () => {
      ticker.stop('asked by `agents down`')
      return 'asked to stop'
    },
    watchdogRuns: () => Promise.resolve(true),
    watchdogReady: () => Promise.resolve(true),
  })
  const upkeep = createServerUpkeep(world, observer)
  const housekeeping = createHousekeeping(engine.crew)
  const identities = createIdentities(engine.crew)
  const post = createReportPost(world, () => engine.refresh())
  const gauge = createTickGauge()
  let saysReady: () => void = () => undefined
  const ready = new Promise<void>((resolve) => {
    saysReady = resolve
  })
  const ticker = createTicker({
    clock: world.clock,
    tickMs: () => fleet().watchdog.tickMs,
    nextAt: engine.nextAt,
    complain,
    tick: () => gauge.measure(tick),
  })

  async function tick(): Promise<void> {
    await engine.refresh()
    post.collect().catch(complain)
    prover.look().catch(complain)
    try {
      await upkeep.mend()
      if (options.inSession && (await upkeep.moveIn(options.program))) ticker.stop('moved into a new session')
      await config.follow()
      saysReady()
    } finally {
      tidyUp()
    }
  }

  /** Many small looks at files, for which nobody waits: after what a tick waits for. */
  function tidyUp(): void {
    housekeeping.tidy().catch(complain)
    identities.keep().catch(complain)
    if (world.stateTrouble() !== undefined) memories.flush().catch(complain)
  }

  /** What was taken out of the config while no watchdog ran. */
  async function leaveNobodyBehind(): Promise<void> {
    if (!fleet().watchdog.stopRemoved) return
    await ready
    await stopLeftBehind(engine)
  }

  async function run(beat: () => void): Promise<string> {
    world.report({
      kind: 'watchdog-started',
      pid: process.pid,
      because: `supervises ${fleet().agents.length} agents`,
    })
    await world.tmux.connect()
    await mendWishes(world, observer)
    await world.intents.update((state) => (state.watchdog === 'up' ? state : { ...state, watchdog: 'up' }))
    const detach = world.tmux.on((event) => {
      if (event.kind === 'changed') engine.refresh().catch(complain)
    })
    loop.start()
    // Beside the first tick, which waits for nobody's notices.
    notices.start().catch(complain)
    town.start()
    await config.start()
    leaveNobodyBehind().catch(complain)
    const why = await ticker.run(beat)
    detach()
    await config.close()
    return why
  }

  return {
    control,
    hush: () => engine.hush(hushMs),
    spare: async (names, longestMs) => {
      const asked = v.safeParse(spared, names)
      if (asked.success && typeof longestMs === 'number') await sparing.begin(asked.output, longestMs)
    },
    endSpare: (names) => {
      const asked = v.safeParse(spared, names)
      if (!asked.success) return
      sparing.end(asked.output)
      engine.refresh().catch(complain)
    },
    learnEnvironment: (env) => {
      const read = v.safeParse(environment, env)
      if (read.success) Object.assign(world.env, read.output)
    },
    config: () => ({ fleet: fleet(), problems: config.current().problems }),
    run,
    ready,
    askStop: ticker.stop,
    stats: () => readGauge({ ticks: gauge.read(), tmuxProcesses: world.tmux.processesStarted() }),
    sleep: (ms) => world.clock.sleep(ms),
    close: async (why) => {
      await loop.close()
      await town.close()
      await engine.stop()
      await memories.flush()
      await world.reports.flush()
      await changes.flush()
      await notices.close()
      world.report({ kind: 'watchdog-stopped', because: why })
      await world.events.flush()
      await world.tmux.close()
    },
  }
}

/** Longest time that a command needs from its first word to the watchdog's stop. Milliseconds. */
const hushMs = 10_000

function stateTroubles(world: World): string[] {
  const why = world.stateTrouble()
  return why === undefined ? [] : [`what happens is not remembered: ${why}`]
}

/** A damaged record of wishes is made to say what is, and that is said. */
async function mendWishes(world: World, observer: Observer): Promise<void> {
  if (!world.intents.doubted()) return
  const scan = await observer.scan()
  if (scan.kind !== 'ok') return
  const agents = world.fleet().agents.map(({ name, session }) => {
    const pane = observer.pane(name, session)
    return { name, runs: pane?.tag?.agent === name && !pane.dead }
  })
  await wishWhatRuns(world.intents, agents, world.clock.now().wall)
  const down = agents.filter(({ runs }) => !runs).map(({ name }) => name)
  world.report({
    kind: 'trouble',
    because: `intent.json was damaged: what runs is wanted up, the rest down (${down.join(', ') || 'none'}); say \`agents up\` where that is wrong`,
  })
}

const spared = v.array(v.string())
const environment = v.record(v.string(), v.string())

/** Keeps the newest event of each agent for `status`, and hands every event on. */
function rememberEvents(world: World, onEvent: (event: FleetEvent) => void): Map<string, FleetEvent> {
  const newest = new Map<string, FleetEvent>()
  const { append } = world.events
  world.events.append = async (draft) => {
    const event = await append(draft)
    if (event.agent !== undefined) newest.set(event.agent, event)
    onEvent(event)
    return event
  }
  return newest
}
