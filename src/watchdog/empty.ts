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
  }
}

export function emptyAgent(wall: EpochMs): AgentMemory {
  return {
    life: 'stopped',
    lifeSince: wall,
    because: undefined,
    restarts: [],
    backoff: undefined,
    parked: undefined,
    upSince: undefined,
    idle: undefined,
    nudgedAt: undefined,
    suspect: undefined,
    hold: undefined,
    wake: undefined,
    run: undefined,
  }
}
