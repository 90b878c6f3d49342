import type { MatchOutcome } from '../adapters/regex/types.ts'
import type { BackendPatterns, BackendSpec, Look } from '../core/index.ts'
import { GOES_ON, type Layout, layoutOf, ownWords, unfenced } from './layout.ts'
import { lowerPart, type Region, screenRows, startOfLower } from './screen.ts'

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
  const screen = screenOf(look)
  return PATTERN_KEYS.map((key) => {
    const source = backend.patterns[key]
    if (source === undefined) return NEVER
    if (key.startsWith('title')) return { source, text: look.title }
    const { text } = regionOf(key, backend, screen)
    return isOwn(key, backend) || (HINTS[key]?.test(text) ?? true) ? { source, text } : NEVER
  })
}

/** The outcomes of `patternJobs`, in its order. */
export function readMatches(outcomes: readonly MatchOutcome[]): Matches {
  const matches = PATTERN_KEYS.map((key, i) => [key, outcomes[i] ?? { kind: 'slow' }] as const)
  return Object.fromEntries(matches) as Matches
}

/** A look's text in rows, and its regions, each found once. */
export interface Screen {
  rows: readonly string[]
  /** The same rows with one spelling for what has several: what presets are written for. */
  plain: readonly string[]
  layout: Layout
  regions: Map<string, Region>
}

const screens = new WeakMap<Look, Screen>()

export function screenOf(look: Look): Screen {
  const known = screens.get(look)
  if (known !== undefined) return known
  const rows = screenRows(look.text)
  const plain = plainRows(rows)
  const screen = { rows, plain, layout: layoutOf(plain), regions: new Map<string, Region>() }
  screens.set(look, screen)
  return screen
}

const SPELLED = /[\xa0\u202f∙•]/

/** Blanks that do not break become blanks, and the dots between two words of a row the middle dot. */
function plainRows(rows: readonly string[]): readonly string[] {
  if (!rows.some((row) => SPELLED.test(row))) return rows
  return rows.map((row) =>
    SPELLED.test(row) ? row.replace(/[\xa0\u202f]/g, ' ').replace(/(?<=\S) [∙•](?= )/g, ' ·') : row,
  )
}

/** Rows with text in which a pattern of the config is searched, from below, as the Python driver counted them. */
const FOOTER_ROWS: Partial<Record<PatternKey, number>> = { active: 10, composer: 15 }
const PLAIN_ROWS: Partial<Record<PatternKey, number>> = { active: Number.POSITIVE_INFINITY, composer: 15 }
const REACH = { footer: 25, plain: 40 }

/** Signs of work stand this many rows with text above the composer at most: above them is an older turn's. */
const WORK_ROWS = 30
const NEWS_ROWS = 40
/** Searched in the newest turn, and only where the program speaks for itself. */
const NEWS: ReadonlySet<PatternKey> = new Set<PatternKey>([
  'limit',
  'blocked',
  'fatal',
  'auth',
  'context',
  'billing',
  'overload',
  'crash',
  'start',
])

/** Where on the screen a pattern is looked for: one of the config by rows, one of a preset by structure. */
export function regionOf(key: PatternKey, backend: BackendSpec, screen: Screen): Region {
  const count = rowCount(key, backend.footerUi)
  if (isOwn(key, backend)) return known(screen, `${count} rows`, () => lowerPart(screen.rows, count))
  if (key === 'active') return known(screen, 'work', () => workOf(screen))
  if (NEWS.has(key)) return known(screen, 'news', () => newsOf(screen))
  return known(screen, `${count} plain rows`, () => lowerPart(screen.plain, count))
}

/** Whether a pattern is the config's own, not a preset's. */
function isOwn(key: PatternKey, { preset, ownPatterns = [] }: BackendSpec): boolean {
  return preset === undefined || ownPatterns.includes(key)
}

function known({ regions }: Screen, name: string, find: () => Region): Region {
  const region = regions.get(name) ?? find()
  regions.set(name, region)
  return region
}

function rowCount(key: PatternKey, footerUi: boolean): number {
  return footerUi ? (FOOTER_ROWS[key] ?? REACH.footer) : (PLAIN_ROWS[key] ?? REACH.plain)
}

/** The lower end of the newest turn, the composer and the footer. */
function workOf({ plain: rows, layout }: Screen): Region {
  const from = startOfLower(rows, layout.composer ?? rows.length, WORK_ROWS)
  return regionFrom(unfenced(rows), Math.max(from, layout.turn))
}

function newsOf({ plain: rows, layout }: Screen): Region {
  const from = Math.max(startOfLower(rows, layout.composer ?? rows.length, NEWS_ROWS), layout.turn)
  const text = rows.slice(from).join('\n')
  return ANY_WORD.test(text) ? regionFrom(ownWords(rows), from) : { text: '', firstRow: from + 1 }
}

/** Without one of these words no preset's pattern of that key matches, and the search need not begin. */
const WORDS: Partial<Record<PatternKey, RegExp>> = {
  limit:
    /upgrade|limit|quota|usage|credit|exhaust|capacity|balance|spend|reached|exceeded|out of|used (?:all|up)/i,
  blocked: /limit|quota|usage|credit|balance|spend|funds|billing|purchase|upgrade/i,
  auth: /timed out|environment|access|forbidden|refresh|log ?in|logged|sign|auth|401|credential|key|token|expired|suspended|disabled|configured|deactivated|banned/i,
  context: /context|too long|too large|exceed|ran out|token limit|token count/i,
  billing: /expired|ended|lapsed|inactive|cancel|discontinued|past due|suspended|payment|billing/i,
  overload:
    /overload|capacity|demand|unavailable|trouble|temporarily|busy|gateway|server|too many|5\d\d|429|retry limit|disconnected/i,
  crash:
    /panic|crash|fatal|traceback|heap|segmentation|killed|aborted|bus error|core dumped|uncaught|unhandled|critical|goroutine|node\.js v/i,
  start:
    /issue|plan|unknown|unexpected|unrecogni[sz]ed|invalid|unsupported|found|exist|find|config|selected|available/i,
}

/** The same, where a blank is any gap between two words, as it is in the patterns. */
const HINTS = Object.fromEntries(
  Object.entries(WORDS).map(([key, { source }]) => [key, new RegExp(spaced(source), 'i')]),
) as Partial<Record<PatternKey, RegExp>>

/** Any of them. */
const ANY_WORD = new RegExp(
  Object.values(HINTS)
    .map(({ source }) => source)
    .join('|'),
  'i',
)

function spaced(source: string): string {
  return source.replaceAll(' ', `(?:[\\s│┃|${GOES_ON}]+)`)
}

function regionFrom(rows: readonly string[], from: number): Region {
  return { text: rows.slice(from).join('\n'), firstRow: from + 1 }
}
