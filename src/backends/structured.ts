import type { Claim, EpochMs, LimitSeen, Reading, Sight } from '../core/index.ts'
import { visible } from '../core/text.ts'
import { parseReset } from './limit-time.ts'

/** The times of one look that tell which of two contradicting claims is the newer one. */
export interface FileMoment {
  now: EpochMs
  /** Since when the screen alone has read as it does now. */
  since: EpochMs
  /** When the screen was last seen to change. */
  movedAt: EpochMs
  /** When the process of the pane was started: what was written before is about another one. */
  startedAt: EpochMs
}

/** A program writes just before it draws the same; and a look sees a change late. Milliseconds. */
const SLACK_MS = 3_000
/** A CLI at work draws something every second. One that has drawn nothing for so long is not, whatever its file says. */
const STILL_MS = 120_000
/** A limit without a reset, and an error, are believed so long without a sign on the screen. Milliseconds. */
const LIMIT_MS = 6 * 3_600_000
const ERROR_MS = 30 * 60_000
const MAX_EVIDENCE = 160

/**
 * What is read when the agent's CLI keeps a file about itself: the file first, the screen is its check. The first rule
 * that holds decides whether the file is heeded; without one the screen stands. The same table for people:
 * docs/detection.md.
 */
export function heedFiles(screen: Reading, sight: Sight | undefined, when: FileMoment): Reading {
  if (sight?.state === undefined || sight.at < when.startedAt - SLACK_MS) return screen
  const until = endOf(sight, when)
  if (until !== undefined && until <= when.now) return screen
  const claims = [...screen.claims, claimOf(sight, until)]
  const rule = RULES.find(({ when: holds }) => holds(screen, sight, when))
  return rule?.heeds === true
    ? { ...told(screen, sight, when.now), claims, rule: rule.name }
    : { ...screen, claims }
}

interface Rule {
  name: string
  /** The file counts; else the screen stands. */
  heeds: boolean
  when: (screen: Reading, sight: Sight, when: FileMoment) => boolean
}

/** Rules of the screen that a spinner, a working row or a working title decides. */
const SPINS = new Set(['active-pattern', 'title-working'])

const RULES: readonly Rule[] = [
  // Facts that no file can know: another program has the pane, the user's own pattern says it is lost.
  { name: 'left', heeds: false, when: (s) => s.state === 'shell' || s.rule === 'fatal-pattern' },
  // Both say limited: the words of the screen, the instant of the file.
  { name: 'file-limit', heeds: true, when: (s, f) => f.state === 'limited' && s.state === 'limited' },
  { name: 'agrees', heeds: false, when: (s, f) => s.state === f.state },
  // A new turn was begun after the banner, the error or the marker came up: what stands there is an old one.
  {
    name: 'file-newer-work',
    heeds: true,
    when: (s, f, t) =>
      f.state === 'working' && ['limited', 'failing', 'waiting'].includes(s.state) && f.at > t.since,
  },
  { name: 'screen-trouble', heeds: false, when: (s) => s.state === 'limited' || s.state === 'failing' },
  { name: 'dialog-stands', heeds: false, when: (s) => s.state === 'asking' },
  // It spins and moves since: the file is behind.
  {
    name: 'screen-works',
    heeds: false,
    when: (s, f, t) => s.state === 'working' && SPINS.has(s.rule) && t.movedAt > f.at,
  },
  // A conversation's file may be left behind for another one in the same process; a process's own file is not.
  {
    name: 'screen-moves',
    heeds: false,
    when: (s, f, t) =>
      s.state === 'working' && f.state === 'idle' && f.source === 'transcript' && t.movedAt > f.at + SLACK_MS,
  },
  { name: 'marker-stands', heeds: false, when: (s, f) => s.state === 'waiting' && f.state === 'idle' },
  // A full conversation is a reason to begin a new one: not on the word of a file alone.
  { name: 'file-alone', heeds: false, when: (_s, f) => f.state === 'failing' && !harmless(f) },
  {
    name: 'error-is-over',
    heeds: false,
    when: (s, f, t) => f.state === 'failing' && (s.state === 'working' || t.movedAt > f.at + SLACK_MS),
  },
  { name: 'file', heeds: true, when: () => true },
]

/** The names of the rules, in order, for the page that explains them. */
export const FILE_RULES: readonly string[] = RULES.map(({ name }) => name)

/** Failures for which nothing is ever ended: a person, or time, mends them. */
const harmless = ({ failClass }: Sight): boolean =>
  failClass === 'auth' || failClass === 'billing' || failClass === 'overload'

/** When what the file says is over by itself. */
function endOf({ state, at, limit }: Sight, when: FileMoment): EpochMs | undefined {
  if (state === 'working') return Math.max(at, when.movedAt) + STILL_MS
  if (state === 'limited') return limit?.until ?? at + LIMIT_MS
  return state === 'failing' ? at + ERROR_MS : undefined
}

function told(screen: Reading, sight: Sight, now: EpochMs): Omit<Reading, 'claims' | 'rule'> {
  const marker = screen.waitingUntil === undefined ? {} : { waitingUntil: screen.waitingUntil }
  if (sight.state === 'limited') return { ...limited(screen, sight, now), ...marker }
  if (sight.state === 'failing')
    return { state: 'failing', failClass: sight.failClass ?? 'overload', ...marker }
  return { state: sight.state!, ...marker }
}

/** Never earlier than the screen names: a window may have been followed by a longer one. */
function limited(
  screen: Reading,
  { limit }: Sight,
  now: EpochMs,
): Pick<Reading, 'state' | 'until' | 'limit'> {
  const words = visible(limit?.text ?? '').slice(0, MAX_EVIDENCE)
  const named = limit?.until ?? parseReset(limit?.text ?? '', now)?.until
  const until = latest(named, screen.until)
  const window = limit?.window ?? screen.limit?.window
  const kind: LimitSeen['kind'] = screen.limit?.kind === 'blocked' ? 'blocked' : until ? 'banner' : 'unparsed'
  return {
    state: 'limited',
    ...(until === undefined ? {} : { until }),
    limit: { kind, text: screen.limit?.text ?? words, ...(window === undefined ? {} : { window }) },
  }
}

/** A screen tells minutes: the exact instant within the same minute is the file's. */
function latest(file: EpochMs | undefined, screen: EpochMs | undefined): EpochMs | undefined {
  if (file === undefined || screen === undefined) return file ?? screen
  return Math.abs(file - screen) < 60_000 ? file : Math.max(file, screen)
}

const WHERE: Record<Sight['source'], string> = {
  'status-file': 'its status file',
  transcript: 'its conversation file',
}

/** Its age is told by its times, so that the words stay the same from look to look. */
function claimOf(sight: Sight, until: EpochMs | undefined): Claim {
  const { source, state, at, waitingFor, limit, text, failClass } = sight
  const more = waitingFor ?? limit?.text ?? (text === undefined ? failClass : `${failClass}: ${text}`)
  const words = `${WHERE[source]} says ${state}${more === undefined ? '' : `: ${more}`}`
  return {
    source,
    says: state!,
    evidence: visible(words).slice(0, MAX_EVIDENCE),
    at,
    ...(until === undefined || state === 'working' ? {} : { until }),
  }
}
