import type { EpochMs } from '../core/index.ts'
import { type ClockTail, clockAfter, zoneAfter } from './limit-clock.ts'
import { instantOf, type WallTime, wallTimeAt } from './zone.ts'

export interface ResetTime {
  until: EpochMs
  /** The words it was read from. */
  text: string
  /** False for a bare time of day, whose date is a guess (today, or tomorrow if that has passed). */
  dated: boolean
}

/** undefined: nothing like it stands there, or it makes no sense. */
export type Moment = ResetTime | undefined

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:(?:T| at | )(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?/i

/** `2026-11-20T17:00Z`, or the day alone. */
export function readIso(text: string, zone: string): Moment {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match
    .slice(1)
    .map((digits) => Number(digits ?? Number.NaN))
  if (!isDate(year!, month!, day!)) return undefined
  const place = zoneAfter(text.slice(match[0].length), zone)
  if (place === undefined) return undefined
  const wall = { year: year!, month: month!, day: day! }
  const time = Number.isNaN(hour)
    ? endOfDay(wall)
    : checked({ ...wall, hour: hour!, minute: minute!, second: second || 0 })
  return time && { until: instantOf(time, place.zone), text: match[0], dated: true }
}

const MONTHS = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ')
const MONTH =
  '(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|ember|tember|ober)?\\.?'
const WEEKDAY = '(sun|mon|tue|wed|thu|fri|sat)(?:day|s|sday|nesday|r|rs|rsday|urday)?\\.?'
const YEAR = '(?:,? (\\d{4})(?![\\d:]))?'
const MONTH_FIRST = new RegExp(`^(?:${WEEKDAY},? )?${MONTH} (\\d{1,2})(?:st|nd|rd|th)?(?![\\d:])${YEAR}`, 'i')
const DAY_FIRST = new RegExp(
  `^(?:${WEEKDAY},? )?(?:the )?(\\d{1,2})(?:st|nd|rd|th)?\\.? (?:of )?${MONTH}(?![a-z])${YEAR}`,
  'i',
)

/** `Nov 20 at 5pm`, `20th of November 2026`. */
export function readDated(text: string, now: EpochMs, zone: string): Moment {
  const first = MONTH_FIRST.exec(text)
  const match = first ?? DAY_FIRST.exec(text)
  if (!match) return undefined
  const [monthName, dayText] = first ? [match[2]!, match[3]!] : [match[3]!, match[2]!]
  const month = MONTHS.indexOf(monthName.slice(0, 3).toLowerCase()) + 1
  const tail = clockAfter(text.slice(match[0].length), zone)
  if (!tail) return undefined
  const year = match[4] ? Number(match[4]) : nearestYear(now, tail.zone, month)
  if (!isDate(year, month, Number(dayText))) return undefined
  return dayAt({ year, month, day: Number(dayText) }, tail, match[0])
}

/** A date without a year belongs to the year that puts it nearest to now. */
export function nearestYear(now: EpochMs, zone: string, month: number): number {
  const today = wallTimeAt(now, zone)
  if (month - today.month > 6) return today.year - 1
  return today.month - month > 6 ? today.year + 1 : today.year
}

const DAYWORD = new RegExp(`^(?:(today|tonight|tomorrow)|${WEEKDAY})(?![a-z])`, 'i')
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ')

/** `tomorrow at 9am`, `Monday`. */
export function readDay(text: string, now: EpochMs, zone: string): Moment {
  const match = DAYWORD.exec(text)
  if (!match) return undefined
  const tail = clockAfter(text.slice(match[0].length), zone)
  if (!tail) return undefined
  const today = wallTimeAt(now, tail.zone)
  if (!match[2]) {
    return dayAt(
      { ...today, day: today.day + (match[1]!.toLowerCase() === 'tomorrow' ? 1 : 0) },
      tail,
      match[0],
    )
  }
  const weekday = new Date(Date.UTC(today.year, today.month - 1, today.day)).getUTCDay()
  const ahead = (WEEKDAYS.indexOf(match[2].toLowerCase()) - weekday + 7) % 7
  const first = dayAt({ ...today, day: today.day + ahead }, tail, match[0])
  return first.until > now ? first : dayAt({ ...today, day: today.day + ahead + 7 }, tail, match[0])
}

/** The date with which a text begins. */
export function dateAt(text: string): string | undefined {
  return (MONTH_FIRST.exec(text) ?? DAY_FIRST.exec(text) ?? DAYWORD.exec(text))?.[0]
}

export function dayAt(
  date: Pick<WallTime, 'year' | 'month' | 'day'>,
  tail: ClockTail,
  words: string,
): ResetTime {
  const { year, month, day } = date
  const wall = tail.clock ? { year, month, day, ...tail.clock } : endOfDay({ year, month, day })
  return { until: instantOf(wall, tail.zone), text: words + tail.text, dated: true }
}

function endOfDay(date: Pick<WallTime, 'year' | 'month' | 'day'>): WallTime {
  return { ...date, day: date.day + 1, hour: 0, minute: 0 }
}

function checked(wall: WallTime): WallTime | undefined {
  return wall.hour > 23 || wall.minute > 59 || (wall.second ?? 0) > 59 ? undefined : wall
}

export function isDate(year: number, month: number, day: number): boolean {
  return new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1 && day > 0 && year >= 2000
}
