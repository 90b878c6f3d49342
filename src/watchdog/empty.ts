import type { EpochMs } from '../core/index.ts'
import type { AgentMemory, FleetMemory, Memory } from './types.ts'

/** What a watchdog knows that never ran. */
export function emptyMemory(): Memory {
  return { agents: {}, fleet: emptyFleet() }
}

export function emptyFleet(): FleetMemory {
  return {
    serverId: undefined,
    serverLost: false,
    starts: { tokens: 0, at: 0, recent: [] },
    deaths: [],
    failures: [],
    breaker: undefined,
    losses: [],
    clocks: [],
  }
}

type EveryField = { [K in keyof Required<AgentMemory>]: AgentMemory[K] }

/**
 * A copy whose fields may be replaced. Written out because it runs for every agent at every decision: a literal costs
 * 0.1 µs, a spread of this many fields 4 µs (Node 20).
 */
export function copyAgent(m: AgentMemory): AgentMemory {
  const copy: EveryField = {
    life: m.life,
    lifeSince: m.lifeSince,
    because: m.because,
    restarts: m.restarts,
    backoff: m.backoff,
    parked: m.parked,
    gaveUp: m.gaveUp,
    upSince: m.upSince,
    idle: m.idle,
    nudgedAt: m.nudgedAt,
    nudgedIdleMs: m.nudgedIdleMs,
    suspect: m.suspect,
    asking: m.asking,
    answered: m.answered,
    hold: m.hold,
    holdRun: m.holdRun,
    wake: m.wake,
    run: m.run,
    lookAt: m.lookAt,
    server: m.server,
    intentAt: m.intentAt,
    down: m.down,
    startedAt: m.startedAt,
    lastDead: m.lastDead,
    pending: m.pending,
    finished: m.finished,
    retry: m.retry,
    deniedAt: m.deniedAt,
    waiting: m.waiting,
    clockOffset: m.clockOffset,
    usedMarker: m.usedMarker,
    appliedLaunch: m.appliedLaunch,
    before: m.before,
    overload: m.overload,
    sidestep: m.sidestep,
  }
  return copy
}

export function emptyAgent(wall: EpochMs): AgentMemory {
  const empty: EveryField = {
    life: 'stopped',
    lifeSince: wall,
    because: undefined,
    restarts: [],
    backoff: undefined,
    parked: undefined,
    gaveUp: undefined,
    upSince: undefined,
    idle: undefined,
    nudgedAt: undefined,
    nudgedIdleMs: undefined,
    suspect: undefined,
    asking: undefined,
    answered: undefined,
    hold: undefined,
    holdRun: undefined,
    wake: undefined,
    run: undefined,
    lookAt: undefined,
    server: undefined,
    intentAt: undefined,
    down: undefined,
    startedAt: undefined,
    lastDead: undefined,
    pending: undefined,
    finished: undefined,
    retry: undefined,
    deniedAt: undefined,
    waiting: undefined,
    clockOffset: undefined,
    usedMarker: undefined,
    appliedLaunch: undefined,
    before: undefined,
    overload: undefined,
    sidestep: undefined,
  }
  return empty
}
