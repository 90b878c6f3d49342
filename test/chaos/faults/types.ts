import type { Box } from '../box.ts'
import type { History, Licence } from '../history.ts'
import type { Seen } from '../proc-scan.ts'
import type { Random } from '../random.ts'
import type { Sampler } from '../sampler.ts'

/** What a fault is to do, drawn from the seed before the run: the same seed, the same faults. */
export interface Params {
  agent: string
  /** Others, for faults that take several. */
  agents: readonly string[]
  ms: number
  count: number
  /** 0..1, e.g. where a file is cut. */
  part: number
  word: string
}

/** One kind of fault. */
export interface FaultKind {
  name: string
  weight: number
  /** Two faults with a tag in common are not done at once; `alone`: nothing else is. `agent` stands for its agent. */
  tags: readonly string[]
  draw(random: Random): Partial<Params>
  /** Agents whose deaths it explains; `*` is everybody. */
  touches(params: Params): readonly string[]
  licence?: Partial<Licence>
  /** Does it and waits for what must come of it. */
  run(scene: Scene, params: Params): Promise<void>
}

export interface Scene {
  box: Box
  sampler: Sampler
  history: History
  /** Waits until `look` answers true; answers the milliseconds it took, undefined when it did not in time. */
  within(boundMs: number, look: () => boolean | Promise<boolean>): Promise<number | undefined>
  /** As `within`, and on record: not in time is a violation of `inv`. `sort` groups the times in the report. */
  due(
    sort: string,
    inv: string,
    boundMs: number,
    what: string,
    look: () => boolean | Promise<boolean>,
  ): Promise<void>
  /** A new main process of the agent in place of `old`. */
  back(sort: string, agent: string, old: Seen | undefined, boundMs?: number): Promise<void>
  /** Runs a verb until it succeeds: an overlapping fault may be in its way. */
  verb(...args: string[]): Promise<void>
  wrong(inv: string, why: string): void
  sleep(ms: number): Promise<void>
  /** Faults of the run's own state. */
  notes: Notes
}

export interface Notes {
  /** Claims pushed so far, for subjects; the last one, for an amend. */
  pushed: number
  last: { hash: string; to: string } | undefined
  /** Model in the config. */
  model: number
  missed: number
  /** State files that a fault damaged, and what it left there: torn by us until they are written anew. */
  damaged: Map<string, string>
}

/** Hard bounds, far above what is promised: a loaded machine is slow, a program that hangs is not slow but wrong. */
export const bound = { agent: 20_000, hung: 90_000, fleet: 40_000, config: 20_000, ping: 40_000 }

export const noLicence: Licence = { kills: false, silence: false }
