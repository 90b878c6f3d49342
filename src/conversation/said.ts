import type { EpochMs } from '../core/index.ts'
import type { Heard } from './types.ts'
import { holds, words } from './words.ts'

/** What was said, newest last, as `words` gives it. `at` is the latest instant at which it can have been said. */
export interface Saying {
  words: string
  at: EpochMs
}

/** Kept of one file: more than is ever waited for at once, and never the whole of a long night. */
const MOST = 200
const MOST_CHARS = 512 * 1024
/** Two clocks write these times: the CLI's and ours. Milliseconds. */
const SLACK_MS = 2_000

/** Adds a saying and drops the oldest that are too much. */
export function keepSaying(kept: readonly Saying[], text: string, at: EpochMs): Saying[] {
  const all = [...kept, { words: words(text), at }].slice(-MOST)
  let chars = all.reduce((sum, one) => sum + one.words.length, 0)
  while (all.length > 1 && chars > MOST_CHARS) chars -= all.shift()!.words.length
  return all
}

/** Who asked for a text in a file that several agents share, and since when. */
export interface Asked {
  agent: string
  words: string
  since: EpochMs
}

/**
 * Whether a text was said since then. Of a file that several agents write to, each of them who waits for the same text
 * needs a saying of its own: a single one may be another's.
 */
export function heardIn(kept: readonly Saying[], asked: Asked, all: readonly Asked[] = [asked]): Heard {
  const found = kept.filter((one) => one.at >= asked.since - SLACK_MS && holds(one.words, asked.words))
  if (found.length === 0) return 'no'
  const rivals = new Set(all.filter((one) => one.words === asked.words).map((one) => one.agent))
  return found.length >= rivals.size ? 'yes' : 'unknown'
}
