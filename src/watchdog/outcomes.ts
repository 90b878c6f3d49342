import { settleAnswer } from './dialog.ts'
import { refund } from './governor.ts'
import { askAgainSoon } from './limit.ts'
import { startRest } from './stuck.ts'
import { countedCauses, runOf, type Tick } from './tick.ts'
import type { Action, ActionOutcome, AgentMemory, AgentSeen, CauseClass } from './types.ts'

/** What could not be typed is tried again after one tick, doubling to 5 s. */
const talkRestMs = { first: 1000, most: 5000 }
const phaseRestMs = { first: 1000, most: 60_000 }

/** What became of an action that was decided earlier. */
export function settle(t: Tick, outcome: ActionOutcome, a: AgentSeen | undefined): void {
  if (outcome.action === 'advance' || outcome.action === 'complete') {
    settlePhase(t, outcome)
    return
  }
  const m = t.agents[outcome.agent]
  if (m === undefined || a === undefined) return
  const pending = m.pending
  m.pending = undefined
  if (outcome.action === 'answer') settleAnswer(m, outcome)
  // It may have been typed just now, some time after it was decided.
  if (outcome.action === 'nudge' && m.nudgedAt !== undefined) m.nudgedAt = t.now.mono
  if (outcome.action === 'start' || outcome.action === 'restart') settleStart(t, a, m, outcome, pending)
  else if (!outcome.ok) settleUndone(t, m, outcome)
  else if (m.retry?.kind === outcome.action) m.retry = undefined
}

function settleUndone(t: Tick, m: AgentMemory, { agent, action }: ActionOutcome): void {
  const retry = nextRetry(t, m.retry, action, talkRestMs)
  m.retry = retry
  if (action === 'probe') askAgainSoon(t, agent, m, retry.tries)
}

function settleStart(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  outcome: ActionOutcome,
  pending: AgentMemory['pending'],
): void {
  if (outcome.ok) {
    settleStarted(t, m)
    return
  }
  if (outcome.withdrawn || stillThere(a, m, outcome)) {
    settleWithdrawn(t, m, pending)
    return
  }
  const cause = outcome.cause
  if (outcome.action === 'restart') m.down = failedDown(t, pending?.cause ?? 'changed', outcome, true)
  if (cause === 'missing-binary') {
    m.down = failedDown(t, cause, outcome, true)
    return
  }
  m.retry = { ...nextRetry(t, m.retry, 'start', startRest(cause)), because: outcome.because, cause }
  if (outcome.retryable || isNobodysFault(cause)) return
  m.retry = undefined
  m.down = failedDown(t, cause ?? 'start', outcome, false)
}

/** A restart that failed and left the very process running did not get to the kill. */
function stillThere(a: AgentSeen, m: AgentMemory, outcome: ActionOutcome): boolean {
  const s = a.sighting
  return outcome.action === 'restart' && s.kind === 'alive' && runOf(s.pane) === m.run
}

function settleStarted(t: Tick, m: AgentMemory): void {
  m.run = `started:${t.now.mono}`
  m.startedAt = t.now.mono
  m.lastDead = m.down?.run ?? m.lastDead
  m.server = t.seen.serverId ?? m.server
  m.down = undefined
  m.retry = undefined
  m.upSince = undefined
}

/** The suspicion was wrong at the last moment: no strike, and it has to grow anew. */
function settleWithdrawn(t: Tick, m: AgentMemory, pending: AgentMemory['pending']): void {
  if (pending?.charged) refund(t, m)
  if (pending?.marker !== undefined) m.usedMarker = undefined
  if (pending?.cause === 'changed') m.appliedLaunch = undefined
  m.suspect = undefined
  m.idle = undefined
  m.nudgedAt = undefined
  m.nudgedIdleMs = undefined
  m.retry = nextRetry(t, m.retry, 'restart', talkRestMs)
}

function isNobodysFault(cause: CauseClass | undefined): boolean {
  return cause !== undefined && !countedCauses.has(cause)
}

function failedDown(t: Tick, cause: CauseClass, outcome: ActionOutcome, paid: boolean) {
  const evidence = [outcome.because ?? 'the start failed']
  return { cause, since: t.now.mono, evidence, paid, pardoned: false }
}

function settlePhase(t: Tick, outcome: ActionOutcome): void {
  if (outcome.ok) t.fleet.phaseRetry = undefined
  else t.fleet.phaseRetry = delayed(t, t.fleet.phaseRetry?.tries ?? 0, phaseRestMs)
}

function nextRetry(
  t: Tick,
  last: AgentMemory['retry'],
  kind: Action['kind'],
  rest: typeof talkRestMs,
): NonNullable<AgentMemory['retry']> {
  return { kind, ...delayed(t, last?.kind === kind ? last.tries : 0, rest) }
}

function delayed(t: Tick, tries: number, rest: typeof talkRestMs): { tries: number; at: number } {
  const ms = Math.min(rest.most, rest.first * 2 ** Math.min(tries, 20))
  return { tries: tries + 1, at: t.now.mono + ms }
}
