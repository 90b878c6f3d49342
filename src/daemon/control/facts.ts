import type { FleetEvent, Problem, TownReport } from '../../core/index.ts'
import type { Engine } from '../engine.ts'

/** What a status is made from. */
export interface StatusFacts {
  engine: Engine
  problems: Problem[]
  stale: boolean
  watchdog: { pid: number | undefined; since: number | undefined; running: boolean }
  /** Newest event of each agent. */
  lastEvents: ReadonlyMap<string, FleetEvent>
  /** Trouble of the daemon's parts that a person should know of, e.g. a remote that cannot be fetched. */
  troubles: string[]
  town: TownReport
}
