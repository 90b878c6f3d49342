import type { EpochMs, MonoMs, Now, Reading, WatchdogSpec } from '../core/index.ts'
import { confirmed } from './suspect.ts'
import { act, setLife, span, type Tick, wakeAt } from './tick.ts'
import type { AgentMemory, AgentSeen, LimitHold, Sighting } from './types.ts'

type Alive = Extract<Sighting, { kind: 'alive' }>

const farthestMs = 8 * 24 * 3_600_000
const widestMs = 3_600_000

/** When to try a limited agent again: the reset its banner names, if believable, else after the fallback. */
export function limitUntil(reading: Reading, wall: EpochMs, watchdog: WatchdogSpec): EpochMs {
  const named = reading.until
  if (named !== undefined && named - wall <= farthestMs) {
    const until = named + watchdog.limitResetSlackMs
    if (until > wall) return until
  }
  return wall + watchdog.limitProbeFallbackMs
}

/** How long to wait after the n-th probe that found the limit still there (row 78). */
export function probeDelay(nudges: number, fallbackMs: number): number {
  return Math.max(fallbackMs, Math.min(widestMs, fallbackMs * 2 ** Math.min(nudges - 1, 30)))
}

/**
 * The limit machine of an agent that is up. True: it is limited, may be, or was until this look; nothing else is
 * decided for it now (INV-6).
 */
export function decideLimit(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (m.hold === undefined) return enterHold(t, a, m, s)
  m.idle = undefined
  setLife(t, m, 'held', `usage limit: ${m.hold.text}`)
  if (s.reading.state === 'limited') m.holdRun ??= m.run
  if (s.reading.state === 'limited') probeWhenDue(t, a, m, m.hold, s)
  else liftWhenClear(t, a, m, m.hold, s)
  wakeAt(t, m.hold?.untilMono ?? 0)
  return true
}

function enterHold(t: Tick, a: AgentSeen, m: AgentMemory, s: Alive): boolean {
  if (s.reading.state !== 'limited') return false
  if (!confirmed(t, m, 'limit', s.lookAt)) {
    setLife(t, m, 'up')
    return true
  }
  m.suspect = undefined
  m.idle = undefined
  m.nudgedAt = undefined
  m.holdRun = m.run
  const hold = holdUntil(t.now, limitUntil(s.reading, t.now.wall, t.want.watchdog), 0, textOf(s.reading))
  setHold(t, a, m, hold, true)
  return true
}

function setHold(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, first: boolean): void {
  m.hold = hold
  const because = `usage limit (${hold.text}): nothing is done for ${span(hold.untilMono - t.now.mono)}`
  setLife(t, m, 'held', `usage limit: ${hold.text}`)
  wakeAt(t, hold.untilMono)
  act(t, m, { kind: 'hold', agent: a.spec.name, because, hold, first })
}

/** Past the reset and still limited: ask. Before it: believe a new banner that a probe has brought up. */
function probeWhenDue(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  const { watchdog } = t.want
  if (t.now.mono < hold.untilMono) {
    const news = hold.nudges > 0 && s.reading.until !== undefined && textOf(s.reading) !== hold.text
    if (!news) m.suspect = undefined
    else if (confirmed(t, m, 'limit', s.lookAt)) {
      m.suspect = undefined
      const until = limitUntil(s.reading, t.now.wall, watchdog)
      setHold(t, a, m, holdUntil(t.now, until, hold.nudges, textOf(s.reading)), false)
    }
    return
  }
  const nudges = hold.nudges + 1
  if (m.run !== m.holdRun && a.backend?.promptDelivery !== 'ping') {
    askedByStart(t, a, m, hold, s)
    return
  }
  const next = t.now.wall + probeDelay(nudges, watchdog.limitProbeFallbackMs)
  m.hold = holdUntil(t.now, next, nudges, hold.text)
  m.holdRun = m.run
  m.suspect = undefined
  const because = `the limit should be over (${hold.text}) and its banner still stands: probe ${nudges}`
  act(t, m, { kind: 'probe', agent: a.spec.name, because, hold: m.hold })
}

/** A start after the reset sent its prompt: that was the probe, and the banner that it brought is news. */
function askedByStart(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  if (!confirmed(t, m, 'limit', s.lookAt)) return
  const { watchdog } = t.want
  const nudges = hold.nudges + 1
  const widened = t.now.wall + probeDelay(nudges, watchdog.limitProbeFallbackMs)
  m.suspect = undefined
  m.holdRun = m.run
  const until = Math.max(widened, limitUntil(s.reading, t.now.wall, watchdog))
  setHold(t, a, m, holdUntil(t.now, until, nudges, textOf(s.reading)), false)
}

function liftWhenClear(t: Tick, a: AgentSeen, m: AgentMemory, hold: LimitHold, s: Alive): void {
  const working = s.reading.state === 'working'
  const proves = m.run === m.holdRun || t.now.mono >= hold.untilMono
  const clear = working || (s.reading.state !== 'unknown' && proves && confirmed(t, m, 'lift', s.lookAt))
  if (!clear) return
  m.hold = undefined
  m.holdRun = undefined
  m.suspect = undefined
  const because = working ? 'it works again' : 'the limit is no longer on its screen at two looks'
  setLife(t, m, 'up')
  act(t, m, { kind: 'lift', agent: a.spec.name, because })
}

function holdUntil(now: Now, until: EpochMs, nudges: number, text: string): LimitHold {
  const untilMono: MonoMs = now.mono + Math.max(0, until - now.wall)
  return { until, untilMono, nudges, text }
}

function textOf(reading: Reading): string {
  return reading.limit?.text ?? 'no reset time on the screen'
}
