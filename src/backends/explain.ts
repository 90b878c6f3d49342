import type { MatchOutcome, RegexRunner } from '../adapters/regex/types.ts'
import type { BackendSpec, Claim, EpochMs, LimitSeen, Look, Reading, ReadingState } from '../core/index.ts'
import { detect, type Matches, patternJobs, readMatches } from './detect.ts'
import { endsAtPrompt } from './facts.ts'
import { type PatternKey, screenOf } from './matches.ts'

/** One screen as a text, with all that can be known of it: no earlier look, no process, no log. */
export interface StillScreen {
  text: string
  title: string
}

/** A still screen that was read. */
export interface StillReading {
  look: Look
  matches: Matches
  reading: Reading
}

/** A reading as people and programs are told it. */
export interface Explanation {
  reading: ReadingState
  /** Of `failing`. */
  class?: string
  rule: string
  /** Of `limited`: `until` is absent when no reset was understood; `source` is what was read. */
  limit?: { until?: string; kind: string; source: string; window?: string }
  /** Of `waiting`: the declared instant, ISO. */
  until?: string
  claims: ExplainedClaim[]
}

/** A claim; when it was said and until when it counts, where it has such times, as ISO text. */
export type ExplainedClaim = Omit<Claim, 'at' | 'until'> & { at?: string; until?: string }

/** Screens of one guarded call. */
const BATCH = 200
const NOTHING_ELSE_KNOWN = { logFallback: false }

/**
 * Reads still screens, some hundred in one guarded call. A pattern that did not answer in the crowd of a batch is asked
 * once more for that screen alone.
 * @param wall when they are looked at, for reset times
 */
export function readScreens(
  backend: BackendSpec,
  screens: readonly StillScreen[],
  wall: EpochMs,
  regex: RegexRunner,
): StillReading[] {
  const looks = screens.map(lookOf)
  const read: StillReading[] = []
  for (let from = 0; from < looks.length; from += BATCH) {
    const batch = looks.slice(from, from + BATCH)
    const jobs = batch.map((look) => patternJobs(backend, look))
    const outcomes = regex.execAll(jobs.flat())
    let taken = 0
    for (const [at, look] of batch.entries()) {
      const own = outcomes.slice(taken, taken + jobs[at]!.length)
      taken += jobs[at]!.length
      const settled = own.some(({ kind }) => kind === 'slow') ? regex.execAll(jobs[at]!) : own
      read.push(readStill(backend, look, readMatches(settled), wall))
    }
  }
  return read
}

function lookOf({ text, title }: StillScreen): Look {
  return { text, title, command: '', changed: undefined, logAgeMs: undefined, at: 0 }
}

/** No process is known: the prompt of a shell in the last row must be enough, and the claim says so. */
function readStill(backend: BackendSpec, look: Look, matches: Matches, wall: EpochMs): StillReading {
  const reading = detect(backend, look, matches, wall, NOTHING_ELSE_KNOWN)
  const { rows } = screenOf(look)
  if (!endsAtPrompt(rows)) return { look, matches, reading }
  const left = { ...look, command: 'sh' }
  const asShell = detect(backend, left, matches, wall, NOTHING_ELSE_KNOWN)
  if (reading.state === 'shell' || asShell.state !== 'shell') return { look, matches, reading }
  const prompt: Claim = {
    source: 'screen',
    says: 'shell',
    evidence: `line ${rows.length}: the last row is a shell's prompt; which program runs is not known`,
  }
  const claims = [...asShell.claims.filter((claim) => claim.source !== 'process'), prompt]
  return { look: left, matches, reading: { ...asShell, claims } }
}

/** Without internal fields; instants as ISO text. */
export function explanationOf(reading: Reading): Explanation {
  const until = reading.until === undefined ? undefined : new Date(reading.until).toISOString()
  return {
    reading: reading.state,
    ...(reading.failClass === undefined ? {} : { class: reading.failClass }),
    rule: reading.rule,
    ...(reading.limit === undefined ? {} : { limit: limitOf(reading, reading.limit, until) }),
    ...(reading.state === 'waiting' && until ? { until } : {}),
    claims: reading.claims.map(explainedClaim),
  }
}

function limitOf(reading: Reading, { kind, window }: LimitSeen, until: string | undefined) {
  return { ...(until && { until }), kind, source: limitSource(reading), ...(window && { window }) }
}

function explainedClaim({ at, until, ...claim }: Claim): ExplainedClaim {
  return {
    ...claim,
    ...(at === undefined ? {} : { at: new Date(at).toISOString() }),
    ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
  }
}

function limitSource({ limit, claims }: Reading): string {
  const line = claims.find(({ source, says }) => source === 'screen' && says === 'limited')
  const place = /^line \d+/.exec(line?.evidence ?? '')?.[0]
  return place === undefined ? limit!.text : `${place}: ${limit!.text}`
}

/** One sentence, found by asking the rules again with one piece of evidence less, or else with one more. */
export function swayedBy(backend: BackendSpec, still: StillReading, wall: EpochMs): string {
  const { look, matches, reading } = still
  const stateWith = (less: Partial<Matches>, other: Partial<Look> = {}, at = wall): ReadingState =>
    detect(backend, { ...look, ...other }, { ...matches, ...less }, at, NOTHING_ELSE_KNOWN).state
  const keys = Object.keys(matches) as PatternKey[]
  const found = keys.filter((key) => matches[key].kind !== 'none')
  const less: Sway[] = found.map((key) => [`without a match of ${keyName(key)}`, stateWith({ [key]: NONE })])
  if (look.command !== '') less.push(['with another program than a shell', stateWith({}, { command: '' })])
  if (look.title !== '') less.push(['without its title', stateWith(withoutTitle(keys), { title: '' })])
  if (reading.state === 'waiting' && reading.until !== undefined)
    less.push([`after ${new Date(reading.until).toISOString()}`, stateWith({}, {}, reading.until + 1)])
  const more: Sway[] = keys
    .filter((key) => matches[key].kind === 'none' && backend.patterns[key] !== undefined)
    .map((key) => [`with a match of ${keyName(key)}`, stateWith({ [key]: FOUND })])
  more.push(['with a screen that moves', stateWith({}, { changed: true })])
  return (
    sentence(less, reading.state) ??
    sentence(more, reading.state) ??
    'No single piece of evidence would change that.'
  )
}

/** How the evidence would differ, and what would then be read. */
type Sway = [how: string, state: ReadingState]

const NONE: MatchOutcome = { kind: 'none' }
const FOUND: MatchOutcome = { kind: 'match', index: 0, text: '', groups: [] }

function withoutTitle(keys: readonly PatternKey[]): Partial<Matches> {
  return Object.fromEntries(keys.filter((key) => key.startsWith('title')).map((key) => [key, NONE]))
}

/** As in a `[backend.*]` table. */
function keyName(key: PatternKey): string {
  return `${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}_re`
}

function sentence(sways: readonly Sway[], state: ReadingState): string | undefined {
  const hows = new Map<ReadingState, string[]>()
  for (const [how, other] of sways) if (other !== state) hows.set(other, [...(hows.get(other) ?? []), how])
  if (hows.size === 0) return undefined
  const parts = [...hows].map(([other, how]) => `${other} ${how.join(' or ')}`)
  return `It would read ${parts.join(', ')}.`.replace(/ or with(?:out)? a match of /g, ' or ')
}

const MEANS: Partial<Record<Claim['says'], ReadingState>> = {
  active: 'working',
  fatal: 'failing',
  quiet: 'idle',
}

/** The same for a reading whose screen is not at hand: what carries it, told from its claims. */
export function restsOn(reading: Reading): string {
  const carrying = reading.claims.filter(({ says }) => (MEANS[says] ?? says) === reading.state)
  const sources = [...new Set(carrying.map(({ source }) => source))]
  if (sources.length === 0)
    return 'No claim carries it: it changes with the first sign of work, a dialog, a limit or an error.'
  const ends = sources.length === 1 ? 'that no longer says so' : 'those no longer say so'
  return `It rests on ${sources.join(' and ')}, and changes when ${ends}.`
}
