import { describe, expect, test } from 'vitest'
import { parseReset } from './limit-time.ts'
import { instantOf, isZone, wallTimeAt } from './zone.ts'

const at = (iso: string): number => Date.parse(iso)
const iso = (until: number | undefined): string | undefined =>
  until === undefined ? undefined : new Date(until).toISOString().replace('.000', '')

const ZONES = ['UTC', 'America/New_York', 'Asia/Kolkata']
/** The same wall-clock moment everywhere: Wednesday, 10 June 2026, 12:00. */
const noonIn = (zone: string): number =>
  instantOf({ year: 2026, month: 6, day: 10, hour: 12, minute: 0 }, zone)

/** Text -> day of June 2026 (30 + n = July n), hour, minute, in the reader's zone. */
const LOCAL: [string, number, number, number][] = [
  ['resets 3pm', 10, 15, 0],
  ['resets3pm', 10, 15, 0],
  ['resets 3:30pm', 10, 15, 30],
  ['reset at 4 PM', 10, 16, 0],
  ['resets at 15:45', 10, 15, 45],
  ['resets 17', 10, 17, 0],
  ['resets 5', 11, 5, 0],
  ['resets 12am', 11, 0, 0],
  ['resets 12pm', 11, 12, 0],
  ['resets at\n3pm', 10, 15, 0],
  ['resets 3pm. previous: resets 6pm', 10, 18, 0],
  ['resets at 3:30 p.m.', 10, 15, 30],
  ['resets at 3:30 A.M. tomorrow', 11, 3, 30],
  ['resets 9pm', 10, 21, 0],
  ['resets at 3:30 PM tomorrow', 11, 15, 30],
  ['resets at 10pm on Jun 16', 16, 22, 0],
  ['resets 9:00 AM, Friday', 12, 9, 0],
  ['resets 10 Jun 15:00', 10, 15, 0],
  ['resets Jun 16, 10pm', 16, 22, 0],
  ['resets Jun 26 at 5am', 26, 5, 0],
  ['resets 16 June at 10pm', 16, 22, 0],
  ['resets June 16th', 17, 0, 0],
  ['resets Jul 2 at 12:00am', 32, 0, 0],
  ['resets tomorrow at 9am', 11, 9, 0],
  ['resets tomorrow', 12, 0, 0],
  ['resets today at 6pm', 10, 18, 0],
  ['resets at midnight', 11, 0, 0],
  ['resets Mon 12:00am', 15, 0, 0],
  ['resets Monday at 9:00 AM', 15, 9, 0],
  ['resets Wed 11am', 17, 11, 0],
  ['resets Wednesday 1pm', 10, 13, 0],
  ['resets Thursday', 12, 0, 0],
  ['resets in 2 hours', 10, 14, 0],
  ['resets in 2 hours 5 minutes', 10, 14, 5],
  ['It will reset in 1 day 3 hours.', 11, 15, 0],
  ['or try again in 4 days 20 hours 9 minutes.', 15, 8, 9],
  ['Your quota will reset after 21h53m', 11, 9, 53],
  ['Retry in 45 minutes.', 10, 12, 45],
  ['try again in an hour', 10, 13, 0],
  ['try again in less than a minute', 10, 12, 1],
  ['Refreshes in 6 days and 18 hours', 17, 6, 0],
  ['try again at 10:31 AM', 11, 10, 31],
  ['or try again at 3:51 PM.', 10, 15, 51],
  ['try again at Jun 23rd, 2026 9:01 PM.', 23, 21, 1],
  ['resets 2026-06-12 15:00', 12, 15, 0],
  ['resets at 2026-06-12T15:00:00', 12, 15, 0],
  ['It will reset in 1 day 3 hours. To continue, add funds [retrying in ~1 day attempt #7]', 11, 15, 0],
  ['Rate Limited [retrying in 2h5m attempt #4]', 10, 14, 5],
  ['Your limit will reset at 3pm.\n❯ 1. Wait and continue\n  2. Switch', 10, 15, 0],
  ['continuing automatically at 2am', 11, 2, 0],
  ["│ ⚠ You've hit your limit │\n│ · resets 3pm │", 10, 15, 0],
  // Dates in numbers: the order of month and day that lies ahead, and not far; of two the later.
  ['Your usage limits will reset when your monthly cycle ends on 7/1/2026.', 32, 0, 0],
  ['resets 6/12/2026, 3:00 PM', 12, 15, 0],
  ['resets on 12/6/26', 13, 0, 0],
  ['resets at 3:00 PM on 6/12/2026', 12, 15, 0],
  ['resets 7/6', 37, 0, 0],
  ['resets 7/6/2026, 3:00 PM', 36, 15, 0],
  ['resets 12.6.2026 15:45', 12, 15, 45],
  ['resets 2026/06/12 15:45', 12, 15, 45],
  ['resets\u00a03pm', 10, 15, 0],
]

describe.each(ZONES)('read in %s', (zone) => {
  test.each(LOCAL)('%s', (text, day, hour, minute) => {
    const want = instantOf({ year: 2026, month: 6, day, hour, minute }, zone)
    expect(iso(parseReset(text, noonIn(zone), zone)?.until)).toBe(iso(want))
  })
})

/** Text -> instant, whatever the reader's zone. */
const ABSOLUTE: [string, string][] = [
  ['resets 3pm (America/New_York)', '2026-06-10T19:00:00Z'],
  ['resets 3pm (Asia/Calcutta)', '2026-06-11T09:30:00Z'],
  ['resets 6:30pm (America/Sao_Paulo)', '2026-06-10T21:30:00Z'],
  ['resets Jun 27 at 4:30am (Asia/Calcutta)', '2026-06-26T23:00:00Z'],
  ['Access resets at 10:36 PM UTC.', '2026-06-10T22:36:00Z'],
  ['Access resets at 10:36 PM GMT+5:30.', '2026-06-10T17:06:00Z'],
  ['resets 3pm (America/New_York) on Jun 16', '2026-06-16T19:00:00Z'],
  ['resets 5pm PDT', '2026-06-11T00:00:00Z'],
  ['You will regain access on 2026-08-01 at 00:00 UTC.', '2026-08-01T00:00:00Z'],
  ['resets at 2026-06-12T15:00:00+02:00', '2026-06-12T13:00:00Z'],
  ['resets at 2026-06-12T15:00:00.123Z', '2026-06-12T15:00:00Z'],
  ['Claude AI usage limit reached|1781103600', '2026-06-10T15:00:00Z'],
  ['Claude AI usage limit reached|1781103600000', '2026-06-10T15:00:00Z'],
]

test.each(ABSOLUTE)('%s is the same instant in every zone', (text, want) => {
  for (const zone of ZONES) expect(iso(parseReset(text, at('2026-06-10T14:59:00Z'), zone)?.until)).toBe(want)
})

test.each([
  'resets 25',
  'resets 3:75pm',
  'resets 13pm',
  'presets 16',
  'I will reset 9 counters',
  'Stop and wait for limit to reset\n    2. Upgrade your plan',
  'resets soon',
  'resets 3pm (Mars/Olympus)',
  'resets Feb 30 at 3pm',
  'or try again later.',
  'resets 3/5/2024',
  'resets 15.45',
  'available: 2.1.330',
  'the reset button',
  '',
])('%j is not understood', (text) => {
  for (const zone of ZONES) expect(parseReset(text, noonIn(zone), zone)).toBeUndefined()
})

test('a date without a year is the nearest one', () => {
  expect(iso(parseReset('resets Jan 2 at 1am', at('2026-12-30T00:00:00Z'), 'UTC')?.until)).toBe(
    '2027-01-02T01:00:00Z',
  )
  expect(iso(parseReset('resets Dec 31 at 1am', at('2027-01-01T00:00:00Z'), 'UTC')?.until)).toBe(
    '2026-12-31T01:00:00Z',
  )
})

describe('on the days when clocks change', () => {
  const newYork = 'America/New_York'
  test('the hour that is skipped means the later instant', () => {
    const now = at('2026-03-08T05:00:00Z')
    expect(iso(parseReset('resets 2:30am', now, newYork)?.until)).toBe('2026-03-08T07:30:00Z')
  })
  test('the hour that comes twice means its second half, also between the two', () => {
    for (const now of ['2026-11-01T04:00:00Z', '2026-11-01T05:45:00Z']) {
      expect(iso(parseReset('resets 1:30am', at(now), newYork)?.until)).toBe('2026-11-01T06:30:00Z')
    }
  })
  test('times after the change use the new offset', () => {
    expect(iso(parseReset('resets 5am', at('2026-03-08T05:00:00Z'), newYork)?.until)).toBe(
      '2026-03-08T09:00:00Z',
    )
    expect(iso(parseReset('resets 5am', at('2026-11-01T04:00:00Z'), newYork)?.until)).toBe(
      '2026-11-01T10:00:00Z',
    )
    expect(iso(parseReset('resets tomorrow at 5am', at('2026-03-08T04:59:00Z'), newYork)?.until)).toBe(
      '2026-03-08T09:00:00Z',
    )
  })
  test('half-hour shifts and southern summers hold too', () => {
    const now = at('2026-10-03T12:00:00Z')
    expect(iso(parseReset('resets 2:15am', now, 'Australia/Lord_Howe')?.until)).toBe('2026-10-03T15:45:00Z')
  })
})

test('wall time and instant are each other’s inverse away from the changes', () => {
  for (const zone of [...ZONES, '+05:45', 'Australia/Lord_Howe']) {
    const when = at('2026-06-10T14:59:07Z')
    expect(instantOf(wallTimeAt(when, zone), zone)).toBe(when)
  }
  expect([isZone('Europe/Berlin'), isZone('Mars/Olympus'), isZone('UTC')]).toEqual([true, false, true])
})
