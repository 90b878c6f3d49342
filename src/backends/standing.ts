import type { BackendSpec, EpochMs, MonoMs, Now, Reading, SelfReport, Sight } from '../core/index.ts'
import { FROZEN_MS, OVER_MS, REST_MS } from './facts.ts'
import { SLACK_MS } from './self-reports.ts'
import type { TurnSign } from './turn-sign.ts'

/** What a reading was made from, as far as time alone can change it. */
export interface Read {
  at: Now
  /** There was an earlier look to compare the screen with: else nobody knew whether it changes. */
  compared: boolean
  reading: Reading
  /** When the screen was last seen to differ by more than a clock, and when a change was really seen. */
  changedAt: MonoMs
  movedAt: MonoMs | undefined
  /** When the session log was last written. */
  writtenAt: EpochMs | undefined
  sign: TurnSign
  sight: Sight | undefined
  reports: readonly SelfReport[]
}

/**
 * Whether an idle screen on which nothing differs would be read as it was, but for the seconds that its evidence counts:
 * none of the instants lies between at which a rule asks something else of it. Most agents of a large fleet are idle most
 * of the time, and reading them all anew at every look was a quarter of the watchdog's work.
 * @param movesMs so long a change counts
 */
export function stands(
  read: Read,
  backend: Pick<BackendSpec, 'logGraceMs' | 'stallIdleMs'>,
  now: Now,
  movesMs: number,
): boolean {
  const { reading, sight, at } = read
  if (!read.compared) return false
  // What has an end of its own, or is in motion, is read at every look.
  if (reading.state !== 'idle' || reading.onScreen !== 'idle' || reading.waitingUntil !== undefined)
    return false
  if (sight?.state !== undefined && sight.state !== 'idle') return false
  const signs = [read.sign.titleAt, read.sign.activeAt].filter((one) => one !== undefined)
  // A sign that stands on the screen is seen anew at each look.
  if (signs.includes(at.mono)) return false
  const passed = (instant: number, from: number, to: number) => instant > from && instant <= to
  const turns = turnsOf(read, backend, movesMs, signs).some((turn) => passed(turn, at.mono, now.mono))
  return !turns && !read.reports.some(({ until }) => passed(until, at.wall, now.wall))
}

/** The instants at which a rule asks something else. */
function turnsOf(
  { at, changedAt, movedAt, writtenAt }: Read,
  { logGraceMs, stallIdleMs }: Pick<BackendSpec, 'logGraceMs' | 'stallIdleMs'>,
  movesMs: number,
  signs: readonly MonoMs[],
): MonoMs[] {
  const written = writtenAt === undefined ? undefined : at.mono - (at.wall - writtenAt)
  return [
    changedAt + REST_MS,
    changedAt + SLACK_MS,
    // Up to and with the last millisecond of its grace, the log is fresh.
    changedAt + logGraceMs + 1,
    changedAt + Math.max(FROZEN_MS, stallIdleMs),
    ...(movedAt === undefined ? [] : [movedAt + movesMs]),
    ...(written === undefined ? [] : [written + REST_MS, written + logGraceMs + 1]),
    ...signs.map((sign) => sign + OVER_MS),
  ]
}
