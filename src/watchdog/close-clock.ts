import type { Reading } from '../core/index.ts'
import { type AccountClock, clockKey, isModelWindow, windowOf } from './account-clock.ts'
import { put, spenderOf, tell } from './accounts.ts'
import { limitText, probeDelay } from './limit-until.ts'
import { span, type Tick } from './tick.ts'
import type { AgentMemory, AgentSeen, LimitHold } from './types.ts'

/**
 * Confirmed evidence of a limit: closes the account's clock for all its agents, or tells the closed one more. The
 * later of two resets counts. Whoever had leave to act has asked in vain: then the wait grows, and words that stood
 * there before name no new reset (a bare `3pm` that has passed reads as tomorrow's).
 */
export function closeClock(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  reading: Reading,
  hold: LimitHold,
): AccountClock {
  const spender = spenderOf(t, a, m)
  const window = windowOf(reading)
  const key = clockKey({ account: spender.account, window })
  const known = t.fleet.clocks.find((one) => clockKey(one) === key)
  const fresh = known === undefined ? firstSeen(t, a, spender.account, [spender.model], reading, hold) : known
  const models = fresh.models.includes(spender.model) ? fresh.models : [...fresh.models, spender.model]
  const clock = { ...(known === undefined ? fresh : seenAgain(t, a, known, reading, hold)), models }
  put(t, clock)
  if (known === undefined || known.open !== undefined) {
    const wait = clock.kind === 'blocked' ? 'until a person acts' : span(clock.untilMono - t.now.mono)
    tell(t, clock, 'limit-account', `account ${clock.account} is limited: all its agents wait, ${wait}`)
  }
  return clock
}

function firstSeen(
  t: Tick,
  a: AgentSeen,
  account: string,
  models: string[],
  reading: Reading,
  hold: LimitHold,
): AccountClock {
  const window = windowOf(reading)
  return {
    account,
    window,
    kind: hold.asks === 'blocked' ? 'blocked' : 'timed',
    modelOnly: isModelWindow(window),
    models,
    since: t.now.wall,
    until: hold.until,
    untilMono: hold.untilMono,
    evidence: {
      agent: a.spec.name,
      text: limitText(reading),
      source: reading.limit?.source ?? 'screen',
    },
    tries: 0,
    passed: [],
  }
}

function seenAgain(
  t: Tick,
  a: AgentSeen,
  known: AccountClock,
  reading: Reading,
  hold: LimitHold,
): AccountClock {
  const { open, canary, ...rest } = known
  const agent = a.spec.name
  const had = known.passed.includes(agent) || canary?.agent === agent || open !== undefined
  if (!had) return latest(canary === undefined ? rest : { ...rest, canary }, hold)
  const stale = limitText(reading) === known.evidence.text
  // Somebody has worked since, and these words name an instant of their own: it is another limit.
  if (open !== undefined && !stale && reading.until !== undefined)
    return firstSeen(t, a, known.account, known.models, reading, hold)
  const tries = known.tries + 1
  const wait = probeDelay(tries, t.want.watchdog.limitProbeFallbackMs)
  const widened = { ...hold, until: t.now.wall + wait, untilMono: t.now.mono + wait }
  const until = stale || hold.untilMono < widened.untilMono ? widened : hold
  return {
    ...rest,
    kind: hold.asks === 'blocked' ? 'blocked' : 'timed',
    until: until.until,
    untilMono: until.untilMono,
    tries,
    asked: agent,
    passed: [],
  }
}

function latest(clock: AccountClock, hold: LimitHold): AccountClock {
  if (hold.untilMono <= clock.untilMono) return clock
  return { ...clock, until: hold.until, untilMono: hold.untilMono }
}

/** A probe in vain, or a new banner that one has brought up: the clock follows the hold of the agent that asked. */
export function extendClock(t: Tick, clock: AccountClock, agent: string, hold: LimitHold): void {
  const { until, untilMono } = hold
  put(t, { ...clock, until, untilMono, tries: clock.tries + 1, canary: { agent, at: t.now.mono } })
}
