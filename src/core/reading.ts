import type { EpochMs, MonoMs } from './time.ts'

/** What a screen, and all else that is known of an agent, is read as. */
export const READING_STATES = [
  'working',
  'idle',
  'asking',
  'limited',
  'waiting',
  'failing',
  'shell',
  'unknown',
] as const
export type ReadingState = (typeof READING_STATES)[number]

/** Where a claim comes from. A kill needs two different ones (INV-7). */
export type ClaimSource =
  | 'title'
  | 'screen'
  | 'change'
  | 'log'
  | 'process'
  | 'cpu'
  | 'output'
  | 'report'
  | 'status-file'
  | 'transcript'

/** One piece of evidence, e.g. "the title shows a spinner". */
export interface Claim {
  source: ClaimSource
  says: ReadingState | 'active' | 'quiet' | 'fatal'
  /** Human text: what was matched, where. Never contains raw control characters. */
  evidence: string
  /** When it was said, where that is not the moment of the look. */
  at?: EpochMs
  /** From then on it says nothing any more. */
  until?: EpochMs
}

/**
 * `banner`: it names a reset that was understood (`Reading.until`). `unparsed`: time lifts it, nobody knows when, so it is
 * probed. `blocked`: no time lifts it (credit, spend cap, model access); somebody must act.
 */
export interface LimitSeen {
  kind: 'banner' | 'unparsed' | 'blocked'
  text: string
  /** What is used up, in small letters: `session`, `weekly`, `daily`, `monthly`, a model's name; absent when not named. */
  window?: string
  /** Where it was read, left out for the screen: what the CLI itself recorded needs no second look. */
  source?: 'screen' | 'transcript' | 'status-file'
}

/**
 * Why an agent fails. `auth`: a login or key; `context`: the conversation is full; `billing`: a plan or payment;
 * `overload`: the provider, for a short while; `crash`: the program died; `start`: it cannot begin as it was started;
 * `reported`: only the agent itself says so, which is a person's business and no reason to kill.
 */
export type FailClass = 'auth' | 'context' | 'billing' | 'overload' | 'crash' | 'start' | 'fatal' | 'reported'

/** What a backend says about a screen, and why. */
export interface Reading {
  state: ReadingState
  claims: Claim[]
  /** Name of the rule that decided between the claims. */
  rule: string
  /** `limited`: the reset that the banner names, if understood. `waiting`: the declared instant. */
  until?: EpochMs
  /** `limited`: what stands on the screen, and what it is good for. */
  limit?: LimitSeen
  /** `failing`: what sort; `fatal` for a `fatal_re` that no class explains. */
  failClass?: FailClass
  /** A WAITING-UNTIL instant that stands on the screen, past or future. */
  waitingUntil?: EpochMs
  /** What the screen and the title alone say; undefined where nothing else was asked. */
  onScreen?: ReadingState
}

/** What is known of one pane at one look. `detect` is a pure function of it and the backend. */
export interface Look {
  text: string
  title: string
  /** Foreground command of the pane. */
  command: string
  /** True when it was seen to differ within the last two seconds, clocks on it aside; undefined at the first look. */
  changed: boolean | undefined
  /**
   * How long the screen has been the same, clocks on it aside (`screenChanged` in backends/). Milliseconds; undefined:
   * not known. Keeps a ticking clock from counting as activity, and a frozen screen from counting as work, for ever.
   */
  quietMs?: number | undefined
  /** For how long a sign that this program shows in every turn has been missing; undefined: none was seen. Milliseconds. */
  signGoneMs?: number | undefined
  /** A process of the backend's own program was seen under the pane lately: a prompt on its screen is no shell's. */
  programRuns?: boolean
  /**
   * Age of the last write to the session's log, undefined when there is no log. While that is so young that no rule asks for
   * more, it is of an earlier look: there may have been a later write.
   */
  logAgeMs: number | undefined
  at: MonoMs
}
