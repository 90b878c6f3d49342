import type { EpochMs } from '../core/index.ts'
import { lowerPart, screenRows } from './screen.ts'
import { instantOf, systemZone } from './zone.ts'

export interface WaitingMark {
  until: EpochMs
  /** The words on the screen. */
  text: string
}

const MARK = /WAITING-UNTIL:\s*(\S+(?:[ \t]\d{1,2}:\d{2}\S*)?)/g
/** Above its footer a TUI may have drawn the marker this many rows up. */
const FOOTER_ROWS = 10

/**
 * The `WAITING-UNTIL: <ISO time>` that an agent declares. Plain backends: the last valid one on the screen. Footer
 * backends: the last row that holds text, as the Python driver had it; besides, one that begins a row above the
 * composer, but only while it lies in the future: an old one in a transcript must not look like a missed appointment.
 * Without an offset it is local time; quotes, backquotes and punctuation behind it do not matter.
 * @param zone IANA name. @default the machine's
 */
export function waitingUntil(
  screen: string,
  footerUi: boolean,
  wall: EpochMs,
  zone?: string,
): WaitingMark | undefined {
  const rows = screenRows(screen)
  if (!footerUi) return lastMark(rows.join('\n'), zone)
  const own = (rows.at(-1) ?? '').trim()
  if (own.startsWith('WAITING-UNTIL:')) return lastMark(own, zone)
  if (!screen.includes('WAITING-UNTIL:')) return undefined
  const above = lowerPart(rows, FOOTER_ROWS)
    .text.split('\n')
    .map((row) => row.replace(/^[\s│┃⏺●•✦⎿*`-]+/, ''))
    .filter((row) => row.startsWith('WAITING-UNTIL:'))
    .at(-1)
  const mark = above === undefined ? undefined : lastMark(above, zone)
  return mark && mark.until > wall ? mark : undefined
}

function lastMark(text: string, zone: string | undefined): WaitingMark | undefined {
  if (!text.includes('WAITING-UNTIL:')) return undefined
  let last: WaitingMark | undefined
  for (const match of text.matchAll(MARK)) {
    const until = parseIso(match[1]!, zone) ?? parseIso(match[1]!.split(/[ \t]/)[0]!, zone)
    if (until !== undefined) last = { until, text: match[0] }
  }
  return last
}

const CALENDAR = /^(\d{4})-?(\d{2})-?(\d{2})/
const WEEK = /^(\d{4})-?W(\d{2})(?:-?([1-7]))?/
const TIME = /^[T \t](\d{1,2})(?::?(\d{2})(?::?(\d{2})(?:[.,]\d+)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/i

/** ISO 8601 as Python 3.11 reads it: extended, basic, week dates, dates alone (midnight). */
export function parseIso(token: string, zone?: string): EpochMs | undefined {
  const text = token.replace(/^[`'"*_([<]+/, '').replace(/[`'"*_)\]>.,;:!?…]+$/, '')
  const calendar = CALENDAR.exec(text)
  const week = calendar ? null : WEEK.exec(text)
  const match = calendar ?? week
  if (!match) return undefined
  const date = calendar
    ? { year: Number(match[1]), month: Number(match[2]), day: Number(match[3]) }
    : weekDate(Number(match[1]), Number(match[2]), Number(match[3] ?? 1))
  if (!date || !isDay(date)) return undefined
  const rest = text.slice(match[0].length)
  if (rest === '') return instantOf({ ...date, hour: 0, minute: 0 }, zone ?? systemZone())
  const time = TIME.exec(rest)
  if (!time) return undefined
  const [hour, minute, second] = [time[1], time[2], time[3]].map((digits) => Number(digits ?? 0))
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined
  return instantOf(
    { ...date, hour: hour!, minute: minute!, second: second! },
    offsetZone(time[4]) ?? zone ?? systemZone(),
  )
}

function offsetZone(offset: string | undefined): string | undefined {
  if (offset === undefined) return undefined
  if (/^z$/i.test(offset)) return '+00:00'
  return `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`
}

type Day = { year: number; month: number; day: number }

/** ISO week 1 holds 4 January. */
function weekDate(year: number, week: number, weekday: number): Day | undefined {
  if (week < 1 || week > 53) return undefined
  const fourth = new Date(Date.UTC(year, 0, 4))
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * 86_400_000
  const date = new Date(monday + ((week - 1) * 7 + weekday - 1) * 86_400_000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

function isDay({ year, month, day }: Day): boolean {
  return day > 0 && new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1
}
