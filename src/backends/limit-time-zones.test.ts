import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseReset } from './limit-time.ts'
import { wallTimeAt } from './zone.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const pad = (n: number): string => String(n).padStart(2, '0')

interface At {
  day: number
  month: number
  year: number
  hour: number
  minute: number
}
const twelve = ({ hour, minute }: At, gap = ''): string =>
  `${hour % 12 || 12}${minute === 0 ? '' : `:${pad(minute)}`}${gap}${hour < 12 ? 'am' : 'pm'}`
const long12 = ({ hour, minute }: At): string =>
  `${hour % 12 || 12}:${pad(minute)} ${hour < 12 ? 'AM' : 'PM'}`
const dotted = (at: At): string => long12(at).replace('AM', 'a.m.').replace('PM', 'p.m.')
const long24 = ({ hour, minute }: At): string => `${pad(hour)}:${pad(minute)}`
const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
)
const month = (at: At): string => MONTHS[at.month - 1]!
const mon = (at: At): string => month(at).slice(0, 3)
const iso = (at: At): string => `${at.year}-${pad(at.month)}-${pad(at.day)}`
const nth = ({ day }: At): string =>
  `${day}${day % 100 > 10 && day % 100 < 14 ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th')}`
const weekday = (at: At): string =>
  'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')[
    new Date(Date.UTC(at.year, at.month - 1, at.day)).getUTCDay()
  ]!

/** Banners with a time of day alone, and with a day as well; wall-clock time of the zone that is meant. */
const BARE: ((at: At, zone: string) => string)[] = [
  (at) => `You've hit your session limit · resets ${twelve(at)}`,
  (at) => `You’ve hit your session limit ∙ resets ${twelve(at)}`,
  (at) => `You've hit your limit • resets ${twelve(at)}`,
  (at, zone) => `You've hit your session limit · resets ${twelve(at)} (${zone})`,
  (at, zone) => `5-hour limit reached ∙ resets ${twelve(at)} (${zone})`,
  (at) => `5-hour limit reached - resets ${twelve(at)}`,
  (at) => `Session limit reached ∙ resets ${twelve(at)}\n     /upgrade to increase your usage limit.`,
  (at) => `Claude usage limit reached. Your limit will reset at ${twelve(at)}.`,
  (at, zone) => `Claude usage limit reached. Your limit will reset at ${twelve(at)} (${zone}).`,
  (at) => `You're out of extra usage · resets ${twelve(at)}`,
  (at) => `⚠ Usage limit reached · continuing automatically at ${twelve(at)} · esc to cancel`,
  (at) => `│ ⚠ You've hit your limit │\n│ · resets ${twelve(at)} │`,
  (at) => `■ You've hit your usage limit. Upgrade to Pro (https://x.y/z) or try again at ${long12(at)}.`,
  (at) => `■ You have hit your usage limit. Send a new request after your limit resets at ${long12(at)}.`,
  (at) =>
    `■ You've hit your usage limit. Upgrade to Pro, visit\nhttps://x.y/z to purchase more credits or\ntry again at ${long12(at)}.`,
  (at) =>
    `You've hit your usage limit for gpt-5. Switch to another model now, or try again at ${long12(at)}.`,
  (at) => `Usage limit reached for all Pro models.\nAccess resets at ${long12(at)}.`,
  (at) => `Usage limit reached. Access resets at ${long24(at)}.`,
  (at) => `Limit reached: try again at ${dotted(at)}`,
  (at) => `Rate limit reached, available again at ${long24(at)}`,
  (at) => `quota exceeded, resets\nat ${twelve(at, ' ')}`,
  (at) => `You can regain access by ${long12(at)}`,
  (at) => `Usage limit reached; wait until ${long24(at)}`,
  (at) => `Your limit resets\u00a0${twelve(at)}`,
  (at) => `limit reached, blocked until ${twelve(at)}`,
]
const DATED: ((at: At, zone: string) => string)[] = [
  (at) => `You've hit your weekly limit · resets ${mon(at)} ${at.day} at ${twelve(at)}`,
  (at, zone) => `You've hit your weekly limit · resets ${mon(at)} ${at.day} at ${twelve(at)} (${zone})`,
  (at, zone) => `You've hit your weekly limit · resets ${mon(at)} ${at.day}, ${twelve(at)} (${zone})`,
  (at) => `You've hit your monthly limit · resets ${mon(at)} ${at.day} at ${long12(at)}`,
  (at) => `You've hit your Opus limit · resets ${month(at)} ${at.day} at ${twelve(at)}`,
  (at) => `You've hit your Opus limit ∙ resets ${at.day} ${mon(at)} ${long24(at)}`,
  (at) => `■ You've hit your usage limit. Try again at ${mon(at)} ${nth(at)}, ${at.year} ${long12(at)}.`,
  (at) => `■ You've hit your usage limit. Try again at ${month(at)} ${nth(at)}, ${at.year} at ${long12(at)}.`,
  (at) => `■ You've hit your usage limit. or try again at ${mon(at)} ${at.day}, ${at.year} ${long12(at)}.`,
  (at) => `limit reached, resets ${weekday(at)}, ${mon(at)} ${at.day} at ${long12(at)}`,
  (at) => `limit reached, resets on ${at.day} ${month(at)} ${at.year} at ${long24(at)}`,
  (at) => `limit reached, resets on the ${nth(at)} of ${month(at)} at ${long24(at)}`,
  (at) => `limit reached, resets ${iso(at)} ${long24(at)}`,
  (at) => `limit reached, resets at ${iso(at)}T${long24(at)}:00`,
  (at) => `You will regain access on ${iso(at)} at ${long24(at)}`,
  (at) => `limit reached, resets at ${twelve(at)} on ${mon(at)} ${at.day}`,
  (at) => `limit reached, resets ${long12(at)} on ${month(at)} ${nth(at)}`,
  (at) => `You've hit your weekly limit · resets ${weekday(at).slice(0, 3)} ${twelve(at)}`,
  (at, zone) => `You've hit your weekly limit · resets ${weekday(at).slice(0, 3)} ${twelve(at)} (${zone})`,
  (at) => `weekly limit reached, resets ${weekday(at)} at ${long12(at)}`,
  (at) => `weekly limit reached, resets ${long12(at)}, ${weekday(at)}`,
  (at) => `weekly limit reached; it renews on ${weekday(at)} at ${long24(at)}`,
]
/** Banners that name an instant, or how long it is until then. */
const EXACT: ((ms: number, until: Date) => string)[] = [
  (ms) => `Your quota will reset after ${Math.floor(ms / HOUR)}h${(ms % HOUR) / MINUTE}m0s.`,
  (ms) => `Rate Limited [retrying in ${Math.floor(ms / HOUR)}h${(ms % HOUR) / MINUTE}m attempt #4]`,
  (ms) => `or try again in ${Math.floor(ms / HOUR)} hours ${(ms % HOUR) / MINUTE} minutes.`,
  (ms) =>
    `It will reset in ${Math.floor(ms / HOUR / 24)} days ${Math.floor(ms / HOUR) % 24} hours and ${(ms % HOUR) / MINUTE} minutes.`,
  (ms) => `Please try again in ${ms / MINUTE} minutes.`,
  (ms) => `Please retry in ${ms / 1000}s`,
  (ms) => `Please retry in ${ms / 1000}.00s`,
  (ms) => `limit reached, resets in ${ms / MINUTE} mins`,
  (ms) =>
    `Refreshes in ${Math.floor(ms / HOUR / 24)} days, ${Math.floor(ms / HOUR) % 24} hours and ${(ms % HOUR) / MINUTE} minutes`,
  (_, until) => `Claude AI usage limit reached|${until.getTime() / 1000}`,
  (_, until) => `Claude AI usage limit reached|${until.getTime()}`,
  (_, until) =>
    `You will regain access on ${until.toISOString().slice(0, 10)} at ${until.toISOString().slice(11, 16)} UTC.`,
  (_, until) => `limit reached, resets at ${until.toISOString()}`,
  (_, until) => `limit reached, resets at ${until.toISOString().replace('.000Z', '+00:00')}`,
  (_, until) => `limit reached, resets ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
]

/** Five zones with both days on which their clocks change in 2026; by an hour, by half of one, at midnight. */
const DAYS: [zone: string, day: string][] = [
  ['America/New_York', '2026-03-08'],
  ['America/New_York', '2026-11-01'],
  ['Europe/Berlin', '2026-03-29'],
  ['Europe/Berlin', '2026-10-25'],
  ['Australia/Sydney', '2026-04-05'],
  ['Australia/Sydney', '2026-10-04'],
  ['Australia/Lord_Howe', '2026-04-05'],
  ['Australia/Lord_Howe', '2026-10-04'],
  ['America/Santiago', '2026-04-05'],
  ['America/Santiago', '2026-09-06'],
]
const QUARTER = 15 * MINUTE
const key = (at: At): string => `${iso(at)} ${long24(at)}`

/** Every quarter of an hour around a day, with what the clocks of the zone show then: the truth, without arithmetic. */
function clocks(zone: string, day: string): { at: At; instant: number }[] {
  const from = Date.parse(`${day}T00:00:00Z`) - 36 * HOUR
  return Array.from({ length: (6 * 24 * HOUR) / QUARTER }, (_, i) => {
    const instant = from + i * QUARTER
    return { instant, at: wallTimeAt(instant, zone) }
  })
}

test('there are more than sixty forms', () => {
  expect(BARE.length + DATED.length + EXACT.length).toBeGreaterThan(60)
})

describe.each(DAYS)('%s around %s', (zone, day) => {
  const truth = clocks(zone, day)
  const shown = new Map<string, number[]>()
  for (const { at, instant } of truth) shown.set(key(at), [...(shown.get(key(at)) ?? []), instant])
  const midnight = truth.find(({ at }) => key(at) >= `${day} 00:00`)!.instant
  const nows = [midnight - 4 * HOUR, midnight + 100 * MINUTE]

  /** The time of day that is about `from` ahead, and the last instant that shows it: waiting for it is exact or later. */
  const meant = (now: number, from: number): { at: At; instant: number } => {
    const { at } = truth.find(({ instant }) => instant > now + from)!
    return { at, instant: shown.get(key(at))!.at(-1)! }
  }
  const wrong: string[] = []
  const check = (text: string, now: number, want: number): void => {
    const until = parseReset(text, now, zone)?.until
    if (until !== want)
      wrong.push(`${text}: ${until && new Date(until).toISOString()}, not ${new Date(want).toISOString()}`)
  }

  test.each(nows.map((now) => [new Date(now).toISOString(), now]))('seen at %s', (_, now) => {
    for (let ahead = 0; ahead < 23 * HOUR; ahead += 7 * QUARTER) {
      const { at, instant } = meant(now, ahead)
      for (const form of BARE) check(form(at, zone), now, instant)
    }
    for (let ahead = 0; ahead < 60 * HOUR; ahead += 11 * QUARTER) {
      const { at, instant } = meant(now, ahead)
      for (const form of DATED) check(form(at, zone), now, instant)
      for (const form of EXACT) check(form(instant - now, new Date(instant)), now, instant)
    }
    expect(wrong).toEqual([])
  })
})

test('a time that the clocks skip is never taken for one before the jump', () => {
  for (const [zone, day] of DAYS) {
    const truth = clocks(zone, day)
    truth.forEach(({ at, instant }, i) => {
      const before = truth[i - 1]
      if (before === undefined || at.hour * 60 + at.minute - before.at.hour * 60 - before.at.minute === 15)
        return
      const skipped = { ...before.at, minute: before.at.minute }
      for (const form of [...BARE, ...DATED]) {
        const until = parseReset(form(skipped, zone), before.instant - 5 * HOUR, zone)?.until
        expect(until, form(skipped, zone)).toBeGreaterThanOrEqual(before.instant)
        expect(until, form(skipped, zone)).toBeLessThanOrEqual(instant + 24 * HOUR)
      }
    })
  }
})

test('a duration that no limit lasts is not understood', () => {
  const now = Date.parse('2026-03-08T05:17:00Z')
  expect(parseReset('resets 1781103600 days', now, 'UTC')).toBeUndefined()
  expect(parseReset('resets in 29 days', now, 'UTC')?.until).toBe(now + 29 * 24 * HOUR)
})

test('what is read of any words lies ahead of now, or is a date that they name', () => {
  const word = fc.constantFrom(
    'resets',
    'reset',
    'at',
    'in',
    'on',
    'try again',
    '3pm',
    '15:45',
    '12',
    'Jun',
    '26',
    '2026',
    'Mon',
    'tomorrow',
    '(UTC)',
    '(Europe/Berlin)',
    'days',
    'hours',
    'm',
    '·',
    ',',
    '.',
    '5',
    'UTC',
    'a',
    'am',
    'limit reached|',
    '1781103600',
  )
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), fc.constantFrom(...DAYS), (words, [zone, day]) => {
      const now = Date.parse(`${day}T05:17:00Z`)
      const reset = parseReset(words.join(' '), now, zone)
      if (reset === undefined) return
      expect(Number.isSafeInteger(reset.until)).toBe(true)
      if (!reset.dated) {
        expect(reset.until).toBeGreaterThan(now)
        expect(reset.until).toBeLessThanOrEqual(now + 26 * HOUR)
      }
    }),
    { numRuns: 500 },
  )
})
