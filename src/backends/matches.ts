import type { MatchOutcome } from '../adapters/regex/types.ts'
import type { BackendPatterns, BackendSpec, Look } from '../core/index.ts'
import { lowerPart, type Region, screenRows } from './screen.ts'

/** What `detect` asks of the patterns. The paste marker is the delivery's business. */
export const PATTERN_KEYS = [
  'active',
  'limit',
  'fatal',
  'blocked',
  'auth',
  'context',
  'billing',
  'overload',
  'crash',
  'start',
  'asking',
  'composer',
  'titleWorking',
  'titleIdle',
  'titleAsking',
] as const
export type PatternKey = (typeof PATTERN_KEYS)[number] & keyof BackendPatterns

/** The outcome of each pattern; `none` for one that the backend lacks. */
export type Matches = Record<PatternKey, MatchOutcome>

export interface PatternJob {
  source: string
  text: string
}

const NEVER: PatternJob = { source: '(?!)', text: '' }

/**
 * What to search where, for one look. Always one job per key and in the same order, so that the jobs of all agents go
 * through one guarded call and `readMatches` needs the outcomes only.
 */
export function patternJobs(backend: BackendSpec, look: Look): PatternJob[] {
  const rows = screenRows(look.text)
  const parts = new Map<number, string>()
  const part = (key: PatternKey): string => {
    const count = rowCount(key, backend.footerUi)
    if (!parts.has(count)) parts.set(count, lowerPart(rows, count).text)
    return parts.get(count)!
  }
  return PATTERN_KEYS.map((key) => {
    const source = backend.patterns[key]
    if (source === undefined) return NEVER
    return { source, text: key.startsWith('title') ? look.title : part(key) }
  })
}

/** The outcomes of `patternJobs`, in its order. */
export function readMatches(outcomes: readonly MatchOutcome[]): Matches {
  const matches = PATTERN_KEYS.map((key, i) => [key, outcomes[i] ?? { kind: 'slow' }] as const)
  return Object.fromEntries(matches) as Matches
}

/** Rows that hold text, from below. Below a permanent footer's reach a text is a leftover or a quotation. */
const FOOTER_ROWS: Partial<Record<PatternKey, number>> = {
  active: 10,
  composer: 15,
}
const PLAIN_ROWS: Partial<Record<PatternKey, number>> = { active: Number.POSITIVE_INFINITY, composer: 15 }
/** Of all other patterns. */
const REACH = { footer: 25, plain: 40 }

/** Where on the screen a pattern is looked for. */
export function regionOf(key: PatternKey, rows: readonly string[], footerUi: boolean): Region {
  return lowerPart(rows, rowCount(key, footerUi))
}

function rowCount(key: PatternKey, footerUi: boolean): number {
  return footerUi ? (FOOTER_ROWS[key] ?? REACH.footer) : (PLAIN_ROWS[key] ?? REACH.plain)
}
