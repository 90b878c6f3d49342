import type { EpochMs } from '../core/index.ts'
import { clockAfter } from './limit-clock.ts'
import { dayAt, isDate, type Moment, nearestYear } from './limit-date.ts'

/** `7/1/2026`, `1.7.2026`, `6/12`, `2026/07/01`; not the beginning of a version. */
export const NUMBERS = /^(\d{1,4})([/.])(\d{1,2})(?:\2(\d{4}|\d{2}))?(?!\.?\d|[/:])/
/** Nobody waits longer for a reset than the longest month, and a day for the zones. */
const FAR_MS = 32 * 86_400_000

/**
 * A date in numbers. With slashes month and day may stand in either order, but for `7/1/2026, 3:00 PM`, which is how one
 * country writes: the order that lies ahead, and not far, counts; of two the later. Undefined where neither does, so that `3/5` of something else names no date.
 */
export function readNumbers(text: string, now: EpochMs, zone: string): Moment {
  const match = NUMBERS.exec(text)
  const tail = match && clockAfter(text.slice(match[0].length), zone)
  if (!match || !tail) return undefined
  const near = datesOf(match, /[AP]M/.test(tail.text))
    .map((date) => ({ ...date, year: date.year ?? nearestYear(now, tail.zone, date.month) }))
    .filter(({ year, month, day }) => isDate(year, month, day))
    .map((date) => dayAt(date, tail, match[0]))
    .filter(({ until }) => until > now && until <= now + FAR_MS)
  return near.sort((a, b) => a.until - b.until).at(-1)
}

interface Numbered {
  year: number | undefined
  month: number
  day: number
}

function datesOf([, one, sign, two, three]: RegExpExecArray, monthFirst: boolean): Numbered[] {
  const [first, second] = [Number(one), Number(two)]
  if (one!.length > 2) return three === undefined ? [] : [{ year: first, month: second, day: Number(three) }]
  const year = three === undefined ? undefined : Number(three) + (three.length === 2 ? 2000 : 0)
  const dayFirst = { year, month: second, day: first }
  if (sign === '.') return [dayFirst]
  const american = { year, month: first, day: second }
  return monthFirst ? [american] : [dayFirst, american]
}
