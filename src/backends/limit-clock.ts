import { isZone } from './zone.ts'

/** Not the first number of `7/1/2026` or of `15.45`. */
const CLOCK = '(\\d{1,2})(?![/.-]\\d)(?::(\\d{2})(?::(\\d{2}))?)? ?(am|pm)?(?![\\d:a-z])'

/** What stands behind a date, or alone. */
export interface ClockTail {
  clock: { hour: number; minute: number; second: number } | undefined
  zone: string
  text: string
  /** What follows the time and its zone. */
  after: string
}

/** An optional time of day and zone. Undefined: something like a time stands there and makes no sense. */
export function clockAfter(text: string, zone: string): ClockTail | undefined {
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
export function zoneAfter(text: string, fallback: string): { zone: string; taken: number } | undefined {
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
