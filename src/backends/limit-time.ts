import type { EpochMs } from '../core/index.ts'
import { instantOf, isZone, systemZone, type WallTime, wallTimeAt } from './zone.ts'

export interface ResetTime {
  until: EpochMs
  /** The words it was read from. */
  text: string
  /** False for a bare time of day, whose date is a guess (today, or tomorrow if that has passed). */
  dated: boolean
}

const MINUTE = 60_000
const DAY = 86_400_000
const TRIGGER =
  /(?<![a-z])(?:reset(?:s|ting)?|try again|retry(?:ing)?|available(?: again)?|regain access|continuing automatically|refresh(?:es)?|renews?|(?:wait|limited|blocked) until)(?![a-z])(?: +(?:time|date))? *[:=~]? *(?:again *)?/gi
const EPOCH = /limit reached *\| *(\d{10}(?:\d{3})?)(?!\d)/gi

/**
 * Reads when a limit ends. The last time that is understood counts; what is not understood gives undefined (the
 * caller probes). Never earlier than the true reset: a date without a time is the end of that day, a repeated hour
 * its second half.
 * @param text the limit banner and its neighbours, not the whole screen: a bare `resets 17` counts here
 * @param zone IANA name for times that print none. @default the machine's
 */
export function parseReset(text: string, now: EpochMs, zone: string = systemZone()): ResetTime | undefined {
  const line = flatten(text)
  const found: { index: number; retry: boolean; reset: ResetTime }[] = []
  for (const match of line.matchAll(TRIGGER)) {
    const reset = readMoment(line.slice(match.index + match[0].length), now, zone, /^reset/i.test(match[0]))
    if (reset)
      found.push({
        index: match.index,
        retry: /^retry/i.test(match[0]),
        reset: { ...reset, text: (match[0] + reset.text).trim() },
      })
  }
  for (const match of line.matchAll(EPOCH)) {
    const until = Number(match[1]!) * (match[1]!.length === 10 ? 1000 : 1)
    found.push({ index: match.index, retry: false, reset: { until, text: match[0], dated: true } })
  }
  // A program's own retry is not the reset: it counts where nothing else is said.
  const resets = found.some(({ retry }) => !retry) ? found.filter(({ retry }) => !retry) : found
  return resets.sort((a, b) => a.index - b.index).at(-1)?.reset
}

/** One line, without the box that a banner may stand in, with one spelling for what has several. */
function flatten(text: string): string {
  return text
    .replace(/[\s\u00a0\u2500-\u259f⎿]+/g, ' ')
    .replace(/[∙•]/g, '·')
    .replace(/\b([ap])\. ?m\b\.?/gi, '$1m')
    .slice(-4000)
}

type Moment = ResetTime | undefined
const LEAD = /^(?:(?:on|at|by|around|about|approximately|~) +)*/i

function readMoment(text: string, now: EpochMs, zone: string, bare: boolean): Moment {
  const lead = LEAD.exec(text)![0]
  const rest = text.slice(lead.length)
  const trust = lead ? 'led' : bare ? 'bare' : 'none'
  const moment =
    readIso(rest, zone) ??
    readDated(rest, now, zone) ??
    readDay(rest, now, zone) ??
    readTimeOfDay(rest, now, zone, trust)
  return readDuration(text, now) ?? (moment && { ...moment, text: lead + moment.text })
}

const UNIT_MS: Record<string, number> = { d: DAY, h: 60 * MINUTE, m: MINUTE, s: 1000, w: 7 * DAY }
const AMOUNT =
  '(\\d+(?:\\.\\d+)?|\\ban?(?= )) ?(weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|[wdhms])(?![a-z])'
const DURATION = new RegExp(
  `^(?:in|after|within)? ?(?:about |approximately |less than |~ ?)*(${AMOUNT}(?:,? (?:and )?|(?=\\d))?)+`,
  'i',
)

/** No limit lasts longer: such a number is none of ours. */
const LONGEST_MS = 366 * DAY

function readDuration(text: string, now: EpochMs): Moment {
  const match = DURATION.exec(text)
  if (!match) return undefined
  let ms = 0
  for (const [, count, unit] of match[0].matchAll(new RegExp(AMOUNT, 'gi'))) {
    ms += (/^an?$/i.test(count!) ? 1 : Number(count)) * UNIT_MS[unit![0]!.toLowerCase()]!
  }
  if (ms > LONGEST_MS) return undefined
  return { until: now + Math.ceil(ms), text: match[0].trim(), dated: true }
}

const CLOCK = '(\\d{1,2})(?::(\\d{2})(?::(\\d{2}))?)? ?(am|pm)?(?![\\d:a-z])'
const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:(?:T| at | )(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?/i

function readIso(text: string, zone: string): Moment {
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

function readDated(text: string, now: EpochMs, zone: string): Moment {
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
function nearestYear(now: EpochMs, zone: string, month: number): number {
  const today = wallTimeAt(now, zone)
  if (month - today.month > 6) return today.year - 1
  return today.month - month > 6 ? today.year + 1 : today.year
}

const DAYWORD = new RegExp(`^(?:(today|tonight|tomorrow)|${WEEKDAY})(?![a-z])`, 'i')
const WEEKDAYS = 'sun mon tue wed thu fri sat'.split(' ')

function readDay(text: string, now: EpochMs, zone: string): Moment {
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

/** @param trust how much a bare number counts: after `at`; after `resets`; after other words not at all */
function readTimeOfDay(text: string, now: EpochMs, zone: string, trust: 'led' | 'bare' | 'none'): Moment {
  const tail = clockAfter(text, zone)
  if (!tail?.clock) return undefined
  // "I will reset 9 counters" names no time, nor does "wait for the reset" above "2. Upgrade your plan": a bare number
  // must not be followed by a word, and not number one.
  const sure = trust === 'led' || /[:apm]/i.test(tail.text)
  if (!sure && (trust === 'none' || /^[.)]? ?[a-z]/i.test(tail.after))) return undefined
  const date = dateAfter(tail.after)
  if (date !== undefined) {
    const turned = `${date} at ${tail.text.trim()}`
    return readDated(turned, now, zone) ?? readDay(turned, now, zone)
  }
  const today = wallTimeAt(now, tail.zone)
  const until = instantOf({ ...today, ...tail.clock }, tail.zone)
  if (until > now) return { until, text: tail.text, dated: false }
  return {
    until: instantOf({ ...today, ...tail.clock, day: today.day + 1 }, tail.zone),
    text: tail.text,
    dated: false,
  }
}

/** The date in `3pm tomorrow`, `10pm on Jun 16`. */
function dateAfter(text: string): string | undefined {
  const rest = /^,?(?: on)? +(.*)$/i.exec(text)?.[1]
  if (rest === undefined) return undefined
  return (MONTH_FIRST.exec(rest) ?? DAY_FIRST.exec(rest) ?? DAYWORD.exec(rest))?.[0]
}

interface ClockTail {
  clock: { hour: number; minute: number; second: number } | undefined
  zone: string
  text: string
  /** What follows the time and its zone. */
  after: string
}

/** An optional time of day and zone. Undefined: something like a time stands there and makes no sense. */
function clockAfter(text: string, zone: string): ClockTail | undefined {
  const lead = /^(?:,| at| by| ·| -| –)* */i.exec(text)![0]
  const rest = text.slice(lead.length)
  const word = /^(midnight|noon)(?![a-z])/i.exec(rest)
  const match = word ?? new RegExp(`^${CLOCK}`, 'i').exec(rest)
  if (!match) return /^\d/.test(rest) ? undefined : { clock: undefined, zone, text: '', after: text }
  const clock = word ? { hour: /^n/i.test(word[1]!) ? 12 : 24, minute: 0, second: 0 } : clockOf(match)
  const after = rest.slice(match[0].length)
  const place = zoneAfter(after, zone)
  if (!clock || place === undefined) return undefined
  return {
    clock,
    zone: place.zone,
    text: lead + match[0] + after.slice(0, place.taken),
    after: after.slice(place.taken),
  }
}

function clockOf(match: RegExpExecArray): ClockTail['clock'] {
  const [minute, second] = [Number(match[2] ?? 0), Number(match[3] ?? 0)]
  let hour = Number(match[1])
  if (match[4]) {
    if (hour > 12) return undefined
    hour = (hour % 12) + (match[4].toLowerCase() === 'pm' ? 12 : 0)
  }
  return hour > 23 || minute > 59 || second > 59 ? undefined : { hour, minute, second }
}

/** Abbreviations that mean one place everywhere; ambiguous ones (IST, CST in China) are left to the full names. */
const ABBREVIATIONS: Record<string, string> = {
  UTC: 'UTC',
  GMT: 'UTC',
  Z: 'UTC',
  PT: 'America/Los_Angeles',
  PST: '-08:00',
  PDT: '-07:00',
  MT: 'America/Denver',
  MST: '-07:00',
  MDT: '-06:00',
  CT: 'America/Chicago',
  CST: '-06:00',
  CDT: '-05:00',
  ET: 'America/New_York',
  EST: '-05:00',
  EDT: '-04:00',
  WET: '+00:00',
  BST: '+01:00',
  CET: '+01:00',
  CEST: '+02:00',
  EET: '+02:00',
  EEST: '+03:00',
  JST: '+09:00',
  KST: '+09:00',
  AEST: '+10:00',
  AEDT: '+11:00',
}
const ZONE =
  /^ ?(\()?(?:((?:UTC|GMT)? ?([+-])(\d{1,2})(?::?(\d{2}))?)|([A-Z][A-Za-z_]+(?:\/[A-Za-z_+-]+[0-9]*)+)|([A-Z]{1,5})(?![a-z]))\)?/

/** The zone printed after a time, else `fallback`; undefined when a zone is printed that nobody knows. */
function zoneAfter(text: string, fallback: string): { zone: string; taken: number } | undefined {
  const match = ZONE.exec(text)
  if (!match) return { zone: fallback, taken: 0 }
  const [all, paren, offset, sign, hours, minutes, name, short] = match
  const taken = all.length
  if (offset) {
    return Number(hours) > 14
      ? undefined
      : { zone: `${sign}${hours!.padStart(2, '0')}:${minutes ?? '00'}`, taken }
  }
  if (name) return isZone(name) ? { zone: name, taken } : undefined
  if (Object.hasOwn(ABBREVIATIONS, short!)) return { zone: ABBREVIATIONS[short!]!, taken }
  return paren ? undefined : { zone: fallback, taken: 0 }
}

function dayAt(date: Pick<WallTime, 'year' | 'month' | 'day'>, tail: ClockTail, words: string): ResetTime {
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

function isDate(year: number, month: number, day: number): boolean {
  return new Date(Date.UTC(year, month - 1, day)).getUTCMonth() === month - 1 && day > 0 && year >= 2000
}
