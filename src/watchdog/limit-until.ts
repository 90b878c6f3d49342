import type { EpochMs, Now, Reading, WatchdogSpec } from '../core/index.ts'
import type { LimitHold } from './types.ts'

/** The longest window of an account is a month; a date beyond that is one that has passed, read as next year's. */
const farthestMs = 32 * 24 * 3_600_000
const widestMs = 3_600_000
/** Part of `limit_reset_slack` that is added at random, so that fleets of one account do not ask in step. */
const jitterPart = 0.2

/**
 * When to try a limited agent again: the reset its banner names plus slack and jitter, if believable, else after the
 * fallback.
 * @param random 0..1 @default 0
 */
export function limitUntil(reading: Reading, wall: EpochMs, watchdog: WatchdogSpec, random = 0): EpochMs {
  const named = reading.until
  if (named !== undefined && named - wall <= farthestMs) {
    const until = named + Math.round(watchdog.limitResetSlackMs * (1 + jitterPart * random))
    if (until > wall) return until
  }
  return wall + watchdog.limitProbeFallbackMs
}

/** How long to wait after the n-th probe that found the limit still there (row 78). */
export function probeDelay(nudges: number, fallbackMs: number): number {
  return Math.max(fallbackMs, Math.min(widestMs, fallbackMs * 2 ** Math.min(nudges - 1, 30)))
}

/** The same instant by both clocks: the wall clock may jump, and lifts nothing by it. */
export function holdUntil(now: Now, until: EpochMs, nudges: number, text: string): LimitHold {
  return { until, untilMono: now.mono + Math.max(0, until - now.wall), nudges, text }
}

export function limitText(reading: Reading): string {
  return reading.limit?.text ?? 'no reset time on the screen'
}
