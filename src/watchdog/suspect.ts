import type { MonoMs } from '../core/index.ts'
import { type Tick, wakeAt } from './tick.ts'
import type { AgentMemory } from './types.ts'

type Predicate = NonNullable<AgentMemory['suspect']>['predicate']

/** How far apart the two looks are, in ticks: a kill takes its time, a hold only makes the agent wait. */
const apart = (predicate: Predicate): number => (predicate === 'limit' ? 0.2 : 0.8)

/**
 * The two-look rule: true when the same suspicion was seen at two looks, nearly a tick apart (events may bring looks
 * within milliseconds, and those are one piece of evidence). A pause in looking starts it anew. A look counts once.
 */
export function confirmed(t: Tick, m: AgentMemory, predicate: Predicate, lookAt: MonoMs): boolean {
  const { tickMs, signalIntervalMs } = t.want.watchdog
  const s = m.suspect
  const stale = s !== undefined && lookAt - s.lastLook > Math.max(3 * tickMs, signalIntervalMs)
  if (s === undefined || s.predicate !== predicate || stale) {
    m.suspect = { predicate, looks: 1, since: lookAt, lastLook: lookAt }
    wakeAt(t, t.now.mono + apart(predicate) * tickMs + 1)
    return false
  }
  if (lookAt > s.lastLook) m.suspect = { ...s, looks: s.looks + 1, lastLook: lookAt }
  return m.suspect!.looks >= 2 && m.suspect!.lastLook - m.suspect!.since >= apart(predicate) * tickMs
}
