import { stoppedHolder } from '../../adapters/files/instance.ts'
import { callControl } from '../../adapters/socket/index.ts'
import type { Fleet, FleetEvent, Problem } from '../../core/index.ts'
import { createOverlay } from '../../watchdog/sidestepped.ts'
import { buildWorld, loadServer } from '../build.ts'
import { createComplaints } from '../complaints.ts'
import type { Engine } from '../engine.ts'
import { createObserver, panesOf } from '../look/observer.ts'
import { createProver } from '../look/prover.ts'
import type { Loop } from '../loop.ts'
import { loadMemory, type MemoryKeeper, withoutServer } from '../memory-store.ts'
import { createDeliver } from '../notify/deliver.ts'
import { createNotifier } from '../notify/notifier.ts'
import { startEngine } from '../start-engine.ts'
import { lookAtTown } from '../town/report.ts'
import type { World } from '../world.ts'
import type { FleetControl } from './control.ts'
import { hello, helloMs, type OpenOptions, type Silence } from './direct.ts'
import type { StatusFacts } from './facts.ts'
import { createLocalControl } from './local.ts'

/** What a command without a watchdog works with: adapters of its own, and a control that decides nothing by itself. */
export interface DirectParts {
  control: FleetControl
  world: World
  engine: Engine
  loop: Loop
  memories: MemoryKeeper
}

export async function buildDirect(
  options: OpenOptions,
  fleet: Fleet,
  problems: Problem[],
  blocked: ReadonlyMap<string, string>,
  socketPath: string,
  silence: Silence | undefined,
): Promise<DirectParts> {
  const server = await loadServer(fleet.stateDir)
  const world = buildWorld({
    fleet: () => fleet,
    env: options.env,
    program: options.program,
    server,
    overrides: true,
    scope: options.scope,
  })
  await Promise.all([world.intents.read(), world.outbox.read(), world.reports.load()])
  const observer = createObserver(world)
  const complain = createComplaints(world)
  const { engine, loop, memories } = await startEngine(world, observer, complain, { decides: false })
  const overlay = createOverlay()
  world.fleet = () => overlay(fleet, engine.memory())
  engine.setBlocked(blocked)
  const watchdogRuns = () => holdsLock(world, fleet)
  const facts = async (): Promise<StatusFacts> => ({
    engine,
    problems,
    stale: false,
    watchdog: { pid: undefined, since: undefined, running: await watchdogRuns() },
    lastEvents: await lastEvents(world),
    troubles: silence === undefined ? [] : [`${silence.what}. ${silence.fix}`],
    town: await lookAtTown(fleet, options.env, world.store, world.clock),
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
    notifier: createNotifier(
      world,
      createDeliver(world, () => panesOf(observer)),
      complain,
    ),
    prover: createProver(world, observer),
    stopWatchdog: (endLoop) => stopWatchdog(world, fleet, socketPath, endLoop),
    watchdogRuns,
    watchdogReady: async () =>
      (await callControl(socketPath, hello, { timeoutMs: helloMs })).kind === 'answer',
  })
  return { control, world, engine, loop, memories }
}

const holdsLock = async (world: World, fleet: Fleet): Promise<boolean> =>
  (await world.locks.holder(fleet.stateDir)) !== undefined

async function lastEvents(world: World): Promise<Map<string, FleetEvent>> {
  const events = await world.events.read({ last: 500 })
  return new Map(
    events.flatMap((event) => (event.agent === undefined ? [] : [[event.agent, event] as const])),
  )
}

/** Asks by the control socket, then by SIGTERM, then ends it. Milliseconds. */
const stopDeadlineMs = 3_000

/** @param endLoop ends the shell loop around it, which would start the next one as soon as this one is killed */
async function stopWatchdog(
  world: World,
  fleet: Fleet,
  socketPath: string,
  endLoop: () => Promise<void>,
): Promise<string> {
  await callControl(socketPath, { verb: 'stop', args: [] }, { timeoutMs: 500 })
  const frozen = (await stoppedHolder(fleet.stateDir)) !== undefined
  if (await lockFree(world, fleet, frozen ? 0 : stopDeadlineMs)) return 'stopped when asked'
  const held = await world.locks.holder(fleet.stateDir)
  if (held === undefined) return 'stopped when asked'
  const id = held.pid === undefined ? undefined : await world.procs.identify(held.pid)
  if (id === undefined) return 'it did not stop and its process is not known'
  await endLoop()
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
