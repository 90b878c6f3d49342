import type { MonoMs } from '../core/index.ts'
import { act, note, span, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen, CauseClass } from './types.ts'

export type Permit = 'now' | 'wait' | 'parked'

/**
 * May this agent be restarted for a counted cause? At most `intensity` at once in a period, then a growing back-off
 * that only health takes back (INV-4), then parked. Calling again without a restart in between changes nothing.
 */
export function permit(t: Tick, a: AgentSeen, m: AgentMemory, cause: CauseClass, evidence: string[]): Permit {
  const g = t.want.watchdog.governor
  const waits = m.backoff?.waiting === true
  if (waits) {
    if (m.backoff!.until <= t.now.mono) return 'now'
    wakeAt(t, m.backoff!.until)
    return 'wait'
  }
  if (countSince(m.restarts, t.now.mono - g.parkPeriodMs) >= g.parkAfter) {
    const because = `${m.restarts.length} restarts within ${span(g.parkPeriodMs)}, the last cause: ${cause}`
    park(t, a, m, cause, because, evidence)
    return 'parked'
  }
  const calm = m.backoff === undefined && countSince(m.restarts, t.now.mono - g.periodMs) < g.intensity
  if (calm) return 'now'
  startBackoff(t, a, m, cause, evidence)
  return 'wait'
}

function startBackoff(t: Tick, a: AgentSeen, m: AgentMemory, cause: CauseClass, evidence: string[]): void {
  const g = t.want.watchdog.governor
  const step = (m.backoff?.step ?? 0) + 1
  const delayMs = Math.max(m.backoff?.delayMs ?? 0, delayOf(t, step))
  m.backoff = {
    until: t.now.mono + delayMs,
    untilWall: t.now.wall + delayMs,
    step,
    delayMs,
    waiting: true,
  }
  wakeAt(t, m.backoff.until)
  const many = `${countSince(m.restarts, t.now.mono - g.periodMs)} restarts within ${span(g.periodMs)}`
  const because = `${cause}; after ${many} the next waits ${span(delayMs)} (step ${step})`
  note(t, 'back-off', because, a.spec.name, evidence)
}

/** Doubling from the initial delay, with jitter, never above the maximum. */
function delayOf(t: Tick, step: number): number {
  const g = t.want.watchdog.governor
  const base = Math.min(g.backoffMaxMs, g.backoffInitialMs * 2 ** Math.min(step - 1, 40))
  return Math.min(g.backoffMaxMs, base * (1 + g.backoffJitter * (2 * t.random() - 1)))
}

/** Given up until `agents reset`, a relevant change of the config, or (for `lifts`) the end of the obstacle. */
export function park(
  t: Tick,
  a: AgentSeen,
  m: AgentMemory,
  cause: CauseClass,
  because: string,
  evidence: string[],
  lifts?: 'blocked' | 'foreign',
): void {
  m.parked = { because, cause, at: t.now.wall, launch: a.wantedLaunch }
  if (lifts !== undefined) m.parked.lifts = lifts
  m.gaveUp = lifts === undefined
  act(t, m, { kind: 'park', agent: a.spec.name, because, cause, evidence })
}

/** Records the strike of a restart that was let through. */
export function charge(t: Tick, m: AgentMemory): void {
  m.restarts = [...m.restarts, t.now.mono]
  if (m.backoff !== undefined) m.backoff = { ...m.backoff, waiting: false }
  t.fleet.failures = [...t.fleet.failures, t.now.mono]
}

/** Takes the newest strike back: its kill was withdrawn, or its death had a cause common to many. */
export function refund(t: Tick, m: AgentMemory): void {
  m.restarts = m.restarts.slice(0, -1)
  t.fleet.failures = t.fleet.failures.slice(0, -1)
}

/** Up and unbroken for long enough: the history is forgotten. */
export function forgiveHealthy(t: Tick, m: AgentMemory): void {
  if (m.restarts.length === 0 && m.backoff === undefined) return
  if (m.upSince === undefined || t.now.mono - m.upSince < t.want.watchdog.governor.healthyAfterMs) return
  m.restarts = []
  m.backoff = undefined
}

/** Drops strikes that are too old to count, so that memory does not grow. */
export function forgetOld(t: Tick, m: AgentMemory): void {
  const from = t.now.mono - t.want.watchdog.governor.parkPeriodMs
  if (m.restarts.length > 0 && m.restarts[0]! <= from) m.restarts = m.restarts.filter((at) => at > from)
}

/** How many of the ascending instants lie after `from`. */
export function countSince(instants: readonly MonoMs[], from: MonoMs): number {
  let count = 0
  for (let i = instants.length - 1; i >= 0 && instants[i]! > from; i--) count++
  return count
}
