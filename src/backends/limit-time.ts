import type { EpochMs } from '../core/index.ts'
import { clockAfter } from './limit-clock.ts'
import { dateAt, type Moment, type ResetTime, readDated, readDay, readIso } from './limit-date.ts'
import { NUMBERS, readNumbers } from './limit-numbers.ts'
import { instantOf, systemZone, wallTimeAt } from './zone.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const TRIGGER =
  /(?<![a-z])(?:reset(?:s|ting)?|try again|retry(?:ing)?|available(?: again)?|regain access|continuing automatically|refresh(?:es)?|renews?|(?:wait|limited|blocked) until|(?:cycle|period) ends)(?![a-z])(?: +(?:time|date))? *[:=~]? *(?:again *)?/gi
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

const LEAD = /^(?:(?:on|at|by|around|about|approximately|~) +)*/i

function readMoment(text: string, now: EpochMs, zone: string, bare: boolean): Moment {
  const lead = LEAD.exec(text)![0]
  const rest = text.slice(lead.length)
  const trust = lead ? 'led' : bare ? 'bare' : 'none'
  const moment =
    readIso(rest, zone) ??
    readDated(rest, now, zone) ??
    readNumbers(rest, now, zone) ??
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

/** @param trust how much a bare number counts: after `at`; after `resets`; after other words not at all */
function readTimeOfDay(text: string, now: EpochMs, zone: string, trust: 'led' | 'bare' | 'none'): Moment {
  const tail = clockAfter(text, zone)
  if (!tail?.clock) return undefined
  // "I will reset 9 counters" names no time, nor does "wait for the reset" above "2. Upgrade your plan": a bare number
  // is none when a word follows, or when it numbers an item of a list.
  const sure = trust === 'led' || /[:apm]/i.test(tail.text)
  if (!sure && (trust === 'none' || /^[.)]? ?[a-z]/i.test(tail.after))) return undefined
  const date = dateAfter(tail.after)
  if (date !== undefined) {
    const turned = `${date} at ${tail.text.trim()}`
    return readDated(turned, now, zone) ?? readNumbers(turned, now, zone) ?? readDay(turned, now, zone)
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
  return rest === undefined ? undefined : (dateAt(rest) ?? NUMBERS.exec(rest)?.[0])
}
