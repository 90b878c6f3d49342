import { Exit, UserError } from './errors.ts'
import { squeeze, visible } from './text.ts'
import type { EpochMs } from './time.ts'

/** What an agent may say of itself: the readings without those that only a look can tell. */
export const REPORT_STATES = ['working', 'idle', 'asking', 'waiting', 'limited', 'failing'] as const
export type ReportState = (typeof REPORT_STATES)[number]

/** Without another word a report holds for this long. Milliseconds. */
export const REPORT_MS = 10 * 60_000
/** Longest time that one may claim. Milliseconds. */
export const LONGEST_REPORT_MS = 24 * 60 * 60_000
/** Characters of a reason that are kept. */
export const REASON_CHARS = 200

/** Classes of `failing` that a hook may name; none of them ever leads to a kill. */
export const REPORTED_CLASSES = ['auth', 'billing', 'overload'] as const
export type ReportedClass = (typeof REPORTED_CLASSES)[number]

/**
 * Who says so: the agent itself (`agents report`), a hook of its program that we installed, or the tmux option
 * `@agents_state` of its pane. Each keeps only its newest word.
 */
export type ReportVoice = 'agent' | 'hook' | 'option'

/** One word of an agent about itself. A claim among others, and never for ever. */
export interface SelfReport {
  voice: ReportVoice
  state: ReportState
  reason: string | undefined
  /** When it was said; of an option: when it was first seen. */
  at: EpochMs
  /** It is void from then on. */
  until: EpochMs
  /** A time was given with it: it is meant for all of that time, not just for now. */
  promised: boolean
  /** The hook that said it. */
  hook?: string
  failClass?: ReportedClass
}

export function isReportState(text: string): text is ReportState {
  return (REPORT_STATES as readonly string[]).includes(text)
}

/** A report as it is handed in. */
export interface ReportCall {
  token: string
  state: string
  reason?: string | undefined
  /** For how long. Milliseconds. @default 10 min */
  forMs?: number | undefined
  /** When it was said. */
  at: EpochMs
  /** The hook of its program that says so. */
  hook?: string | undefined
  failClass?: ReportedClass | undefined
}

/** What came of it. */
export interface Reported {
  agent: string
  state: ReportState
  at: EpochMs
  until: EpochMs
}

/** @throws {UserError} REPORT_STATE, REPORT_FOR, exit 2 */
export function reportOf(call: ReportCall, now: EpochMs): SelfReport {
  const { state, hook, failClass } = call
  if (!isReportState(state)) throw stateError(state)
  const forMs = call.forMs ?? REPORT_MS
  if (!(forMs > 0 && forMs <= LONGEST_REPORT_MS)) throw forError()
  const reason = call.reason === undefined ? undefined : visible(squeeze(call.reason)).slice(0, REASON_CHARS)
  const at = Math.min(call.at, now)
  const ofNow = call.forMs === undefined && (state === 'working' || state === 'idle')
  return {
    voice: hook === undefined ? 'agent' : 'hook',
    state,
    reason: reason === '' ? undefined : reason,
    at,
    until: at + forMs,
    promised: hook === undefined && !ofNow,
    ...(hook === undefined ? {} : { hook: visible(hook).slice(0, 40) }),
    ...(failClass === undefined || state !== 'failing' ? {} : { failClass }),
  }
}

export function stateError(state: string): UserError {
  return new UserError({
    code: 'REPORT_STATE',
    what: `"${visible(state).slice(0, 40)}" is not a state.`,
    fix: `Write one of ${REPORT_STATES.join(', ')}.`,
    exit: Exit.usage,
  })
}

export function forError(): UserError {
  return new UserError({
    code: 'REPORT_FOR',
    what: 'A report holds for more than nothing and at most 24 hours.',
    fix: 'Write e.g. --for 30m, and report again while it lasts.',
    exit: Exit.usage,
  })
}

export function strangerError(): UserError {
  return new UserError({
    code: 'REPORT_TOKEN',
    what: 'The token belongs to no session of this fleet; nothing was reported.',
    fix: 'Run agents report inside a session that agents started.',
  })
}
