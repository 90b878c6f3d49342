import { createLocks } from '../adapters/files/locks.ts'
import { type CallOutcome, callControl, controlPath, recallState } from '../adapters/socket/index.ts'
import { passEnv } from '../backends/env.ts'
import { Exit, type Fleet, type FleetEvent, type Problem, UserError } from '../core/index.ts'
import { buildWorld, loadServer } from './build.ts'
import { createComplaints } from './complaints.ts'
import { loadFleetConfig } from './config-source.ts'
import type { FleetControl } from './control.ts'
import { createEngine, type Engine } from './engine.ts'
import type { Program } from './keeper.ts'
import { createLocalControl } from './local-control.ts'
import { createLoop } from './loop.ts'
import { createMemoryKeeper, loadMemory, type MemoryKeeper, withoutServer } from './memory-store.ts'
import { createObserver } from './observer.ts'
import { createRemoteControl } from './remote-control.ts'
import type { StatusFacts } from './status.ts'
import type { World } from './world.ts'

export interface OpenOptions {
  configPath: string
  /** The operator's environment. */
  env: NodeJS.ProcessEnv
  program: Program
}

export interface OpenedFleet {
  fleet: Fleet
  problems: Problem[]
  control: FleetControl
  /** A watchdog answers; changes go through it. */
  watched: boolean
  close(): Promise<void>
}

/** How long the watchdog may take to say that it is there. Milliseconds. */
const helloMs = 5_000
const hello = { verb: 'hello', args: [] }

/**
 * The fleet of a config for one command: through the watchdog when one runs, else directly.
 * @throws {UserError} CONFIG_INVALID with all problems, exit 2
 */
export async function openFleet(options: OpenOptions): Promise<OpenedFleet> {
  const overridden = overrides(options.env)
  const loaded = await loadFleetConfig(options.configPath, overridden ? options.env : undefined)
  if (loaded.kind === 'refused') return openBroken(options, loaded.problems)
  const { fleet, problems, blockedAgents } = loaded
  const path = await controlPath(fleet.stateDir)
  const greeting = await callControl(path, hello, { timeoutMs: helloMs })
  const watched = greeting.kind === 'answer'
  const direct = createDirect(options, fleet, problems, blockedAgents, path)
  const remote = createRemoteControl(path)
  return {
    fleet,
    problems,
    watched,
    control: controlOf(
      greeting.kind,
      throughWatchdog(withEnvironment(remote, path, fleet, options.env), direct, overridden),
      direct,
    ),
    close: direct.close,
  }
}

function controlOf(greeting: CallOutcome['kind'], through: FleetControl, direct: Direct): FleetControl {
  if (greeting === 'answer') return through
  return greeting === 'timeout' ? pastSilent(direct) : direct.control
}

/**
 * A watchdog that holds the fleet and does not answer is killed and restarted by itself when it hangs. Meanwhile
 * nothing is changed beside it; looking is done here, and so is ending it.
 */
function pastSilent({ control }: Direct): FleetControl {
  const refuse = (): Promise<never> =>
    Promise.reject(
      new UserError({
        code: 'WATCHDOG_SILENT',
        what: 'A watchdog holds this fleet but does not answer; nothing was done.',
        fix: 'Try again in 10 s, or end it: `agents down watchdog`.',
      }),
    )
  return {
    ...control,
    up: refuse,
    restart: refuse,
    reset: refuse,
    pause: refuse,
    resume: refuse,
    adopt: refuse,
    setPhase: refuse,
    down: (names, opts) =>
      names.length === 0 || names.includes('watchdog') ? control.down(names, opts) : refuse(),
  }
}

/**
 * The watchdog starts agents with its own environment. What the backends ask for (`pass_env`: keys, proxies) is handed
 * over from the operator's, by the control socket, before anything is started.
 */
function withEnvironment(
  remote: FleetControl,
  path: string,
  fleet: Fleet,
  env: NodeJS.ProcessEnv,
): FleetControl {
  const wanted = Object.values(fleet.backends).flatMap((backend) => backend.passEnv)
  const lend = async (): Promise<void> => {
    const picked = passEnv(wanted, env)
    if (Object.keys(picked).length === 0) return
    await callControl(path, { verb: 'environment', args: [picked] }, { timeoutMs: helloMs })
  }
  return {
    ...remote,
    up: (names) => lend().then(() => remote.up(names)),
    restart: (names, opts) => lend().then(() => remote.restart(names, opts)),
  }
}

/**
 * The file is broken or gone: a running watchdog still has the last good config in force and answers for it.
 * @throws {UserError} CONFIG_INVALID when none runs
 */
async function openBroken(options: OpenOptions, problems: Problem[]): Promise<OpenedFleet> {
  const stateDir = await recallState(options.configPath)
  const path = stateDir === undefined ? undefined : await controlPath(stateDir)
  const answer =
    path === undefined
      ? undefined
      : await callControl(path, { verb: 'config', args: [] }, { timeoutMs: helloMs })
  if (path === undefined || answer?.kind !== 'answer') throw new ConfigRefused(options.configPath, problems)
  const { fleet } = answer.value as { fleet: Fleet }
  const direct = createDirect(options, fleet, problems, new Map(), path)
  return {
    fleet,
    problems,
    watched: true,
    control: throughWatchdog(createRemoteControl(path), direct, false),
    close: direct.close,
  }
}

/** The config as a whole is refused; carries every problem for the printer. */
export class ConfigRefused extends UserError {
  readonly problems: Problem[]
  constructor(path: string, problems: Problem[]) {
    super({
      code: 'CONFIG_INVALID',
      what: `${path} has ${problems.length} problem(s); nothing was done.`,
      fix: 'Mend what is listed; `agents config check` lists it again.',
      file: path,
      exit: Exit.usage,
    })
    this.problems = problems
  }
}

const overrides = (env: NodeJS.ProcessEnv): boolean =>
  Object.keys(env).some((key) => /^AGENT_(MODEL|BACKEND)_/.test(key) && env[key] !== '')

/**
 * With a watchdog: its own word on everything, except that stopping all stops the watchdog first and is then done
 * here, and that a start with `AGENT_MODEL_…` set is done here, so that the override holds for this call only.
 */
function throughWatchdog(remote: FleetControl, direct: Direct, overridden: boolean): FleetControl {
  return {
    ...remote,
    down: (names, opts) =>
      names.length === 0 || names.includes('watchdog')
        ? direct.control.down(names, opts)
        : remote.down(names, opts),
    up: (names) => (overridden ? direct.control.up(names) : remote.up(names)),
    restart: (names, opts) =>
      overridden ? direct.control.restart(names, opts) : remote.restart(names, opts),
  }
}

interface Parts {
  control: FleetControl
  world: World
  engine: Engine
  memories: MemoryKeeper
}

interface Direct {
  control: FleetControl
  close(): Promise<void>
}

/** Built on first use: a command that goes through the watchdog needs no adapters of its own. */
function createDirect(
  options: OpenOptions,
  fleet: Fleet,
  problems: Problem[],
  blocked: ReadonlyMap<string, string>,
  socketPath: string,
): Direct {
  let parts: Promise<Parts> | undefined
  const open = () => {
    parts ??= build(options, fleet, problems, blocked, socketPath)
    return parts
  }
  const lazy =
    <K extends keyof FleetControl>(verb: K) =>
    async (...args: unknown[]): Promise<unknown> => {
      const { control } = await open()
      return (control[verb] as (...given: unknown[]) => Promise<unknown>)(...args)
    }
  const verbs: (keyof FleetControl)[] = [
    'up',
    'down',
    'restart',
    'reset',
    'pause',
    'resume',
    'adopt',
    'status',
    'plan',
    'why',
    'phase',
    'setPhase',
  ]
  const control = Object.fromEntries(verbs.map((verb) => [verb, lazy(verb)])) as unknown as FleetControl
  return {
    control,
    close: async () => {
      if (parts === undefined) return
      const { world, engine, memories } = await parts
      await engine.settled()
      if (memories.pending()) await memories.flush()
      await world.events.flush()
      await world.tmux.close()
    },
  }
}

async function build(
  options: OpenOptions,
  fleet: Fleet,
  problems: Problem[],
  blocked: ReadonlyMap<string, string>,
  socketPath: string,
): Promise<Parts> {
  const server = await loadServer(fleet.stateDir)
  const world = buildWorld({ fleet: () => fleet, env: options.env, server, overrides: true })
  await Promise.all([world.intents.read(), world.outbox.read()])
  const observer = createObserver(world)
  const loop = createLoop(world, () => engine, createComplaints(world))
  const memories = createMemoryKeeper(world)
  const engine: Engine = createEngine(
    {
      world,
      observer,
      phases: loop.phases,
      onMemory: memories.changed,
      random: Math.random,
      decides: false,
    },
    await loadMemory(world),
  )
  engine.setBlocked(blocked)
  const watchdogRuns = () => holdsLock(world, fleet)
  const facts = async (): Promise<StatusFacts> => ({
    engine,
    problems,
    stale: false,
    watchdog: { pid: undefined, since: undefined, running: await watchdogRuns() },
    lastEvents: await lastEvents(world),
    troubles: [],
  })
  const control = createLocalControl({
    engine,
    program: options.program,
    inWatchdog: false,
    firstSight: loop.firstSight,
    lookOnce: loop.lookOnce,
    hush: async () => {
      await callControl(socketPath, { verb: 'hush', args: [] }, { timeoutMs: 1_000 })
    },
    forgetServer: async () => {
      const memory = await loadMemory(world)
      engine.remember(() => withoutServer(memory))
    },
    facts,
    stopWatchdog: () => stopWatchdog(world, fleet, socketPath),
    watchdogRuns,
    watchdogReady: async () =>
      (await callControl(socketPath, hello, { timeoutMs: helloMs })).kind === 'answer',
  })
  return { control, world, engine, memories }
}

async function holdsLock(world: World, fleet: Fleet): Promise<boolean> {
  const answer = await world.locks.instance(fleet.stateDir)
  if (answer.kind === 'held') return true
  await answer.lock.release()
  return false
}

async function lastEvents(world: World): Promise<Map<string, FleetEvent>> {
  const events = await world.events.read({ last: 500 })
  return new Map(
    events.flatMap((event) => (event.agent === undefined ? [] : [[event.agent, event] as const])),
  )
}

/** Asks by the control socket, then by SIGTERM, then ends it. Milliseconds. */
const stopDeadlineMs = 3_000

async function stopWatchdog(world: World, fleet: Fleet, socketPath: string): Promise<string> {
  await callControl(socketPath, { verb: 'stop', args: [] }, { timeoutMs: 500 })
  if (await lockFree(world, fleet, stopDeadlineMs)) return 'stopped when asked'
  const held = await createLocks().instance(fleet.stateDir)
  if (held.kind === 'got') {
    await held.lock.release()
    return 'stopped when asked'
  }
  const id = held.pid === undefined ? undefined : await world.procs.identify(held.pid)
  if (id === undefined) return 'it did not stop and its process is not known'
  await world.procs.signal(id, 'SIGKILL')
  await lockFree(world, fleet, stopDeadlineMs)
  return 'did not answer and was killed'
}

async function lockFree(world: World, fleet: Fleet, deadlineMs: number): Promise<boolean> {
  const until = world.clock.now().mono + deadlineMs
  while (world.clock.now().mono < until) {
    if (!(await holdsLock(world, fleet))) return true
    await world.clock.sleep(15)
  }
  return false
}
