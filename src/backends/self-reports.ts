import type { Claim, EpochMs, Reading, ReadingState, ReportVoice, SelfReport } from '../core/index.ts'
import { visible } from '../core/text.ts'

/** The times of one look that tell which of two contradicting claims is the newer one. */
export interface Moment {
  now: EpochMs
  /** Since when the screen alone has read as it does now. */
  since: EpochMs
  /** When the screen was last seen to change. */
  movedAt: EpochMs
  /** What the screen alone read until `since`. */
  before?: ReadingState | undefined
}

/** A program reports just before it draws the same; and a look sees a change late. Milliseconds. */
export const SLACK_MS = 3_000

/**
 * What is read when an agent also speaks for itself. The screen is never switched off: every rule says which of the two
 * counts where they differ, and by which time. The first rule that holds decides; without one the screen stands. The
 * same table for people: docs/detection.md.
 */
export function heedReports(screen: Reading, reports: readonly SelfReport[], when: Moment): Reading {
  const valid = reports.filter((report) => report.until > when.now)
  if (valid.length === 0) return screen
  const claims = [...screen.claims, ...valid.map(claimOf)]
  for (const report of [...valid].sort(byWeight)) {
    if (report.state === screen.state) return { ...screen, claims }
    const rule = RULES.find(({ when: holds }) => holds(screen, report, when))
    if (rule?.heeds === true) return { ...told(screen, report), claims, rule: rule.name }
  }
  return { ...screen, claims }
}

interface Rule {
  name: string
  /** The report counts; else it is passed over, and the next voice is asked. */
  heeds: boolean
  when: (screen: Reading, report: SelfReport, when: Moment) => boolean
}

const WORKING: ReadonlySet<ReadingState> = new Set(['working'])
const STUCK: ReadonlySet<ReadingState> = new Set(['limited', 'failing'])

const RULES: readonly Rule[] = [
  // A shell where the program was, and a dialog that has the keyboard, are facts; what was said before them is not.
  { name: 'left', heeds: false, when: (s) => s.state === 'shell' },
  { name: 'dialog-stands', heeds: false, when: (s) => s.state === 'asking' },
  // New work ends a limit, an error and a declared waiting: it was reported after they came up.
  {
    name: 'report-newer-work',
    heeds: true,
    when: (s, r, t) =>
      (STUCK.has(s.state) || s.state === 'waiting') && r.state === 'working' && r.at > t.since,
  },
  { name: 'trouble-stands', heeds: false, when: (s) => STUCK.has(s.state) },
  // A screen that moves works, whatever was said; one that stands still since the report does not.
  {
    name: 'screen-moves',
    heeds: false,
    when: (s, r, t) => WORKING.has(s.state) && !stillSince(r, t),
  },
  { name: 'report-after-work', heeds: true, when: (s) => WORKING.has(s.state) },
  // Talk of now is over when the screen came to rest after it; a promise holds for its time.
  {
    name: 'rest-is-newer',
    heeds: false,
    when: (s, r, t) => r.state === 'working' && !r.promised && atRest(s) && t.since > r.at,
  },
  {
    name: 'question-is-gone',
    heeds: false,
    when: (s, r, t) => r.state === 'asking' && r.voice === 'hook' && s.state === 'idle' && wasAnswered(r, t),
  },
  { name: 'marker-stands', heeds: false, when: (s, r) => s.state === 'waiting' && r.state === 'idle' },
  { name: 'report', heeds: true, when: () => true },
]

/** The names of the rules, in order, for the page that explains them. */
export const REPORT_RULES: readonly string[] = RULES.map(({ name }) => name)

/** Nothing was drawn for a while, and nothing since the report. */
function stillSince(report: SelfReport, when: Moment): boolean {
  return when.now - when.movedAt >= SLACK_MS && report.at + SLACK_MS >= when.movedAt
}

/** The screen moved on well after the question, or its dialog was seen, and is gone: however soon it was answered. */
function wasAnswered(report: SelfReport, when: Moment): boolean {
  if (when.movedAt > report.at + SLACK_MS) return true
  return when.before === 'asking' && when.since > report.at - SLACK_MS
}

/** The screen itself says idle; `nothing-else` means only that it shows no sign of anything. */
function atRest(screen: Reading): boolean {
  return screen.state === 'idle' && screen.rule !== 'nothing-else'
}

/** What was promised for a time comes first, then what was said last. */
const byWeight = (a: SelfReport, b: SelfReport): number =>
  Number(b.promised) - Number(a.promised) || b.at - a.at

/** A WAITING-UNTIL that stands on the screen is left out: the report is the newer word, and has its own end. */
function told(screen: Reading, report: SelfReport): Omit<Reading, 'claims' | 'rule'> {
  const { state, until } = report
  if (state === 'waiting') return { state, until }
  if (state === 'limited') {
    const limit = { kind: 'unparsed' as const, text: wordsOf(report) }
    return { state, limit, ...(report.voice === 'hook' ? {} : { until }) }
  }
  const marker = screen.waitingUntil === undefined ? {} : { waitingUntil: screen.waitingUntil }
  if (state === 'failing') return { state, failClass: report.failClass ?? 'reported', ...marker }
  return { state, ...marker }
}

/** Its age is told by its times, so that the words stay the same from look to look. */
function claimOf(report: SelfReport): Claim {
  const { state, at, until } = report
  return { source: 'report', says: state, evidence: visible(wordsOf(report)), at, until }
}

const SAYS: Record<ReportVoice, string> = {
  agent: 'the agent says so itself',
  option: 'its pane option @agents_state says so',
  hook: 'a hook of its program says so',
}

function wordsOf({ voice, hook, reason }: SelfReport): string {
  const who = hook === undefined ? SAYS[voice] : `its hook ${hook} says so`
  return reason === undefined || reason === '' ? who : `${who}: ${reason}`
}
