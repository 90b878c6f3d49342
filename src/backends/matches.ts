import type { MatchOutcome } from '../adapters/regex/types.ts'
import type { BackendPatterns, BackendSpec, Look } from '../core/index.ts'
import { type Layout, layoutOf, ownWords } from './layout.ts'
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
    return { source, text: key.startsWith('title') ? look.title : regionOf(key, backend, screen).text }
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
  layout: Layout
  regions: Map<string, Region>
}

const screens = new WeakMap<Look, Screen>()

export function screenOf(look: Look): Screen {
  const known = screens.get(look)
  if (known !== undefined) return known
  const rows = screenRows(look.text)
  const screen = { rows, layout: layoutOf(rows), regions: new Map<string, Region>() }
  screens.set(look, screen)
  return screen
}

/** Rows with text in which a pattern of the config is searched, from below, as the Python driver counted them. */
const FOOTER_ROWS: Partial<Record<PatternKey, number>> = { active: 10, composer: 15 }
const PLAIN_ROWS: Partial<Record<PatternKey, number>> = { active: Number.POSITIVE_INFINITY, composer: 15 }
const REACH = { footer: 25, plain: 40 }

/** Signs of work stand this many rows with text above the composer at most: above them is an older turn's. */
const WORK_ROWS = 10
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
  const byRows = backend.preset === undefined || (backend.ownPatterns ?? []).includes(key)
  const name =
    byRows || (!NEWS.has(key) && key !== 'active') ? `rows ${rowCount(key, backend.footerUi)}` : place(key)
  const known = screen.regions.get(name)
  if (known !== undefined) return known
  const region = name.startsWith('rows')
    ? lowerPart(screen.rows, rowCount(key, backend.footerUi))
    : key === 'active'
      ? workOf(screen)
      : newsOf(screen)
  screen.regions.set(name, region)
  return region
}

const place = (key: PatternKey): string => (key === 'active' ? 'work' : 'news')

function rowCount(key: PatternKey, footerUi: boolean): number {
  return footerUi ? (FOOTER_ROWS[key] ?? REACH.footer) : (PLAIN_ROWS[key] ?? REACH.plain)
}

/** The lower end of the newest turn, the composer and the footer. */
function workOf({ rows, layout }: Screen): Region {
  const from = startOfLower(rows, layout.composer ?? rows.length, WORK_ROWS)
  return regionFrom(rows, Math.max(from, layout.turn))
}

function newsOf({ rows, layout }: Screen): Region {
  const from = Math.max(startOfLower(rows, layout.composer ?? rows.length, NEWS_ROWS), layout.turn)
  const text = rows.slice(from).join('\n')
  return MAY_BE_NEWS.test(text) ? regionFrom(ownWords(rows), from) : { text: '', firstRow: from + 1 }
}

/** Without one of these words no pattern of a preset tells a limit or a failure, and no row needs to be judged. */
const MAY_BE_NEWS =
  /limit|quota|usage|credit|exhaust|capacity|error|expired|log ?in|logged|sign(?:ed)? ?in|api.?key|token|context|conversation|too long|panic|crash|fatal|traceback|overload|demand|unavailable|billing|payment|balance|subscription|plan\b|denied|unauthori|forbidden|suspended|disabled|credential|configured|model|unknown|invalid|exception|session|out of|discontinued|membership|trial|licen[sc]e|segmentation|killed|aborted|goroutine|rejection|throttl|busy|gateway|spend/i

function regionFrom(rows: readonly string[], from: number): Region {
  return { text: rows.slice(from).join('\n'), firstRow: from + 1 }
}
