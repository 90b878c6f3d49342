import { type Trial, type TrialOptions, tryPatterns } from '../../adapters/regex/trial.ts'
import type { ProbeRegex } from '../../config/index.ts'

/** Patterns remembered; more are tried anew. */
const mostKnown = 1000

export interface PatternTrial {
  /** For loading a config: what is known of a pattern. What is not known yet passes, and is tried by the next `run`. */
  probe: ProbeRegex
  /** Tries what a load has met and nobody knows yet, in a thread of its own. True: something slow was found, load again. */
  run(): Promise<boolean>
}

/**
 * Runaway patterns of the user are looked for at every load, as `agents config check` does, but never on the tick: a
 * load takes what is known, and is repeated when the trial found something (row 60).
 */
export function createPatternTrial(
  attempt: (trials: readonly Trial[], options?: TrialOptions) => Promise<Set<string>> = tryPatterns,
): PatternTrial {
  const known = new Map<string, 'ok' | 'slow'>()
  let unknown = new Map<string, Trial>()

  return {
    probe: (source, lines) => {
      const answer = known.get(source)
      if (answer === undefined) unknown.set(source, { source, lines })
      return answer ?? 'ok'
    },
    run: async () => {
      const trials = [...unknown.values()]
      unknown = new Map()
      if (trials.length === 0) return false
      const slow = await attempt(trials)
      if (known.size + trials.length > mostKnown) known.clear()
      for (const { source } of trials) known.set(source, slow.has(source) ? 'slow' : 'ok')
      return slow.size > 0
    },
  }
}
