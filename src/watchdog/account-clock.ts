import type { EpochMs, MonoMs, Reading } from '../core/index.ts'

/**
 * One usage limit of one account, shared by all agents that spend from it (ADR 0014). Closed until its time; then one
 * canary asks; when that one works it is open, and the others follow one by one.
 */
export interface AccountClock {
  account: string
  /** What is used up, as the banner calls it (`session`, `weekly`, a model's name); `usage` when it does not say. */
  window: string
  /** `blocked`: no time lifts it, only a person. */
  kind: 'timed' | 'blocked'
  /** The limit is one model's: only agents of `models` are held. */
  modelOnly: boolean
  /** Models whose agents have shown it. */
  models: string[]
  since: EpochMs
  until: EpochMs
  /** The same instant by the monotonic clock, for this boot. */
  untilMono: MonoMs
  /** What closed it first: which agent showed it, its words, and where they were read. */
  evidence: { agent: string; text: string; source: string }
  /** Times that it was asked whether the limit is over, in vain. */
  tries: number
  /** The one that asks now. */
  canary?: { agent: string; at: MonoMs }
  /** The one that asked last: another one asks next, where there is one. */
  asked?: string
  /** It was seen that the limit is over: nobody acts before `next`, and each that does moves it by the stagger. */
  open?: { at: MonoMs; next: MonoMs; by: string }
  /** Agents that are free of it already: they were let through, or were seen to work. */
  passed: string[]
}

/** A limit of the account as a whole; any other word is taken for a model's name. */
const wholeAccount =
  /^(?:usage|session|spend|credits?|(?:\d+[- ]?)?(?:hour|day|week|month)s?|(?:hour|dai|week|month)ly)$/i

export const defaultWindow = 'usage'

export const windowOf = (reading: Reading): string => reading.limit?.window ?? defaultWindow

export const isModelWindow = (window: string): boolean => !wholeAccount.test(window)

export const clockKey = (clock: Pick<AccountClock, 'account' | 'window'>): string =>
  `${clock.account}\0${clock.window}`

/** Whom a clock may hold. */
export interface Spender {
  account: string
  model: string
  /** It runs on another model of the account than its own, because its own is limited. */
  sidestepped: boolean
}

/** Whether the limit is this agent's, too. */
export function covers(clock: AccountClock, spender: Spender): boolean {
  if (clock.account !== spender.account) return false
  return clock.modelOnly || spender.sidestepped ? clock.models.includes(spender.model) : true
}

const none: readonly AccountClock[] = []

/** The clocks that hold an agent, or would. */
export function covering(clocks: readonly AccountClock[], spender: Spender): readonly AccountClock[] {
  return clocks.length === 0 ? none : clocks.filter((clock) => covers(clock, spender))
}

/** Why an agent of the account waits, for a person. */
export function heldText(clock: AccountClock): string {
  const { agent, text } = clock.evidence
  return `usage limit of account ${clock.account}, shown by ${agent}: ${text}`
}
