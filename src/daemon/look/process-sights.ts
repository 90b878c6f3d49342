import {
  type ProcessSample,
  type ProcessSight,
  processClaims,
  programRuns,
} from '../../backends/process-claims.ts'
import type { AgentSpec, BackendSpec, Claim, MonoMs, PaneSight, ReadingState } from '../../core/index.ts'
import { sessionLogPath } from '../names.ts'
import type { World } from '../world.ts'
import { logStands } from './log-lag.ts'

/** What processes and output tell about the agents, sampled seldom and only of those whose screen leaves a doubt. */
export interface ProcessSights {
  /**
   * @param seen every agent with its reading
   * @param suspects those that may be ended: they are looked at at every look
   */
  sample(seen: readonly Seen[], suspects: ReadonlySet<string>): Promise<void>
  /** What is known of a pane and not out of date. */
  claims(pane: PaneSight): readonly Claim[]
  /** A process of the backend's program was seen under the pane lately. */
  programRuns(pane: PaneSight, backend: BackendSpec): boolean
  keep(paneIds: ReadonlySet<string>): void
}

export interface Seen {
  spec: AgentSpec
  pane: PaneSight
  state: ReadingState
}

/** Readings under which nothing seems to happen, or nobody knows. */
const doubtful: ReadonlySet<ReadingState> = new Set<ReadingState>(['idle', 'unknown', 'shell'])
/** The doubtful are looked at so often, all with one look at the process table; `heavy_interval` may be less. Milliseconds. */
const longestMs = 10_000
/** Suspects share one table within a look, and two samples of one are this far apart. Milliseconds. */
const tableAgeMs = 50
const suspectMs = 400
/** A sample counts so long: two of the slow looks. Milliseconds. */
const freshMs = 20_000

interface Kept extends ProcessSight {
  panePid: number
  takenAt: MonoMs
  /** Made once for each sample: the looks at a quiet fleet only pick them up. */
  claims: readonly Claim[]
}

/** One for all, so that nothing is the same as nothing. */
const NONE: readonly Claim[] = []

export function createProcessSights(world: World): ProcessSights {
  const kept = new Map<string, Kept>()
  let roundAt = Number.NEGATIVE_INFINITY

  async function sample(seen: readonly Seen[], suspects: ReadonlySet<string>): Promise<void> {
    const due = dueOf(seen, suspects, world.clock.now().mono)
    if (due.length === 0) return
    const table = await world.procs.table(tableAgeMs)
    await Promise.all(
      due.map(async ({ spec, pane }) => {
        const logBytes = await logBytesOf(spec, pane)
        keepSample(pane, { at: world.clock.now().wall, programs: table.tree(pane.panePid), logBytes })
      }),
    )
  }

  /** Without output since the last sample the log has not grown. */
  async function logBytesOf(spec: AgentSpec, pane: PaneSight): Promise<number | undefined> {
    const last = taken(pane)?.now
    if (last?.logBytes !== undefined && logStands(pane, last.at)) return last.logBytes
    return world.files.size(sessionLogPath(world.fleet(), spec.session))
  }

  /** A steady look starts no process: where the table costs one, only suspects are worth it. */
  function dueOf(seen: readonly Seen[], suspects: ReadonlySet<string>, now: MonoMs): Seen[] {
    const everyMs = Math.min(longestMs, world.fleet().watchdog.heavyIntervalMs)
    const isRound = !world.procs.startsProcess && now - roundAt >= everyMs
    if (isRound) roundAt = now
    return seen.filter(({ spec, pane, state }) => {
      if (suspects.has(spec.name)) return now - (taken(pane)?.takenAt ?? -suspectMs) >= suspectMs
      return isRound && doubtful.has(state)
    })
  }

  const taken = (pane: PaneSight): Kept | undefined => {
    const found = kept.get(pane.paneId)
    return found?.panePid === pane.panePid ? found : undefined
  }

  function keepSample(pane: PaneSight, now: ProcessSample): void {
    const sight = { now, before: taken(pane)?.now }
    kept.set(pane.paneId, {
      ...sight,
      panePid: pane.panePid,
      takenAt: world.clock.now().mono,
      claims: processClaims(sight, now.at + freshMs),
    })
  }

  function fresh(pane: PaneSight): Kept | undefined {
    const found = taken(pane)
    return found !== undefined && world.clock.now().mono - found.takenAt < freshMs ? found : undefined
  }

  return {
    sample,
    claims: (pane) => fresh(pane)?.claims ?? NONE,
    programRuns: (pane, { processName }) => {
      const found = fresh(pane)
      return found !== undefined && processName !== undefined && programRuns(found.now, processName)
    },
    keep: (paneIds) => {
      for (const paneId of kept.keys()) if (!paneIds.has(paneId)) kept.delete(paneId)
    },
  }
}
