import type { EpochMs } from '../core/index.ts'

/** A wall-clock moment without a zone. `month` is 1-based; hours and days beyond their range carry over. */
export interface WallTime {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  second?: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FIXED = /^([+-])(\d{2}):(\d{2})$/
const formats = new Map<string, Intl.DateTimeFormat | undefined>()

/** The machine's zone as an IANA name. */
export function systemZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** True for an IANA name, `UTC` or a fixed offset like `+02:00` that this runtime knows. */
export function isZone(zone: string): boolean {
  return FIXED.test(zone) || formatOf(zone) !== undefined
}

/** Wall-clock fields of an instant in a zone. */
export function wallTimeAt(at: EpochMs, zone: string): Required<WallTime> {
  const fixed = FIXED.exec(zone)
  if (fixed) return utcFields(at + fixedMs(fixed))
  const fields: Record<string, number> = {}
  for (const part of formatOf(zone)!.formatToParts(at)) fields[part.type] = Number(part.value)
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = fields
  return { year, month, day, hour, minute, second }
}

/**
 * The instant at which clocks of `zone` show `wall`. When the clocks go back and show it twice, the later one; when
 * they skip it, the later of the two readings: a limit is never lifted early (row 75).
 */
export function instantOf(wall: WallTime, zone: string): EpochMs {
  const local = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second ?? 0)
  const candidates = [local - DAY, local + DAY].map((near) => local - offsetAt(near, zone))
  const shown = candidates.filter((at) => at + offsetAt(at, zone) === local)
  return Math.max(...(shown.length > 0 ? shown : candidates))
}

/** Milliseconds that the zone is ahead of UTC at an instant. */
function offsetAt(at: EpochMs, zone: string): number {
  const wall = wallTimeAt(at, zone)
  const local = Date.UTC(wall.year, wall.month - 1, wall.day, wall.hour, wall.minute, wall.second)
  return local - Math.floor(at / 1000) * 1000
}

function fixedMs(fixed: RegExpExecArray): number {
  return (fixed[1] === '-' ? -1 : 1) * (Number(fixed[2]) * HOUR + Number(fixed[3]) * 60_000)
}

function utcFields(at: EpochMs): Required<WallTime> {
  const date = new Date(at)
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
  }
}

/** Building a format takes far longer than using it; a zone that does not exist is remembered too. */
function formatOf(zone: string): Intl.DateTimeFormat | undefined {
  if (!formats.has(zone)) formats.set(zone, newFormat(zone))
  return formats.get(zone)
}

/** Asking for a format is the only way to learn whether a name is a zone: the runtime's list lacks the aliases. */
function newFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  const each = 'numeric' as const
  const fields = { year: each, month: each, day: each, hour: each, minute: each, second: each }
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...fields })
  } catch {
    return undefined
  }
}
