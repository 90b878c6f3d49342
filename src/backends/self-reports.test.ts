import fc from 'fast-check'
import { expect, test } from 'vitest'
import { REPORT_STATES, type Reading, type ReadingState, type SelfReport } from '../core/index.ts'
import { heedReports, type Moment } from './self-reports.ts'

const now = 1_000_000_000
const seconds = (count: number): number => now - count * 1000
const moment = (parts: Partial<Moment> = {}): Moment => ({
  now,
  since: seconds(60),
  movedAt: seconds(60),
  ...parts,
})
const screen = (state: ReadingState, parts: Partial<Reading> = {}): Reading => ({
  state,
  claims: [],
  rule: `screen-${state}`,
  ...parts,
})
const report = (state: SelfReport['state'], parts: Partial<SelfReport> = {}): SelfReport => ({
  voice: 'hook',
  state,
  reason: undefined,
  at: seconds(10),
  until: now + 600_000,
  promised: false,
  ...parts,
})
const own = (state: SelfReport['state'], parts: Partial<SelfReport> = {}) =>
  report(state, { voice: 'agent', promised: state !== 'working' && state !== 'idle', ...parts })
const read = (seen: Reading, reports: SelfReport[], when: Partial<Moment> = {}) => {
  const found = heedReports(seen, reports, moment(when))
  return `${found.state} by ${found.rule}`
}

test.each<[string, Reading, SelfReport[], Partial<Moment>, string]>([
  [
    'a report that is over says nothing',
    screen('idle'),
    [report('working', { until: now })],
    {},
    'idle by screen-idle',
  ],
  ['a shell stands, whatever is said', screen('shell'), [own('working')], {}, 'shell by screen-shell'],
  ['a dialog beats "working"', screen('asking'), [report('working')], {}, 'asking by screen-asking'],
  ['a limit beats "idle"', screen('limited'), [report('idle')], {}, 'limited by screen-limited'],
  [
    'a limit beats work from before it',
    screen('limited'),
    [report('working', { at: seconds(90) })],
    {},
    'limited by screen-limited',
  ],
  ['newer work beats a limit', screen('limited'), [report('working')], {}, 'working by report-newer-work'],
  ['newer work beats an error', screen('failing'), [report('working')], {}, 'working by report-newer-work'],
  [
    'a promise to wait does not hide an error',
    screen('failing'),
    [own('waiting')],
    {},
    'failing by screen-failing',
  ],
  [
    'a screen that moves beats "idle"',
    screen('working'),
    [report('idle')],
    { movedAt: seconds(0.2) },
    'working by screen-working',
  ],
  [
    'a screen that moved after "idle" beats it',
    screen('working'),
    [report('idle')],
    { movedAt: seconds(5) },
    'working by screen-working',
  ],
  [
    'a screen that stood still since "idle" is a leftover',
    screen('working'),
    [report('idle')],
    { movedAt: seconds(11) },
    'idle by report-after-work',
  ],
  [
    '"waiting" said in a turn that still runs',
    screen('working'),
    [own('waiting')],
    { movedAt: seconds(1) },
    'working by screen-working',
  ],
  [
    '"waiting" when the turn is over',
    screen('idle'),
    [own('waiting')],
    { since: seconds(5) },
    'waiting by report',
  ],
  [
    '"waiting" goes before what a hook says later',
    screen('idle'),
    [own('waiting'), report('idle', { at: seconds(1) })],
    {},
    'waiting by report',
  ],
  [
    '"working" of a screen that has come to rest since',
    screen('idle'),
    [report('working')],
    { since: seconds(5) },
    'idle by screen-idle',
  ],
  ['"working" of a screen at rest before it', screen('idle'), [report('working')], {}, 'working by report'],
  [
    '"working" of a screen without any sign',
    screen('idle', { rule: 'nothing-else' }),
    [report('working')],
    { since: seconds(5) },
    'working by report',
  ],
  [
    '"working" promised for a time',
    screen('idle'),
    [own('working', { promised: true })],
    { since: seconds(5) },
    'working by report',
  ],
  [
    'a question that no pattern knows',
    screen('idle'),
    [report('asking')],
    { movedAt: seconds(11) },
    'asking by report',
  ],
  [
    'a question of a hook is gone when the screen went on',
    screen('idle'),
    [report('asking')],
    { movedAt: seconds(2) },
    'idle by screen-idle',
  ],
  [
    'a question of a hook is gone with its dialog, however soon it was answered',
    screen('idle'),
    [report('asking')],
    { movedAt: seconds(9), since: seconds(9), before: 'asking' },
    'idle by screen-idle',
  ],
  [
    'a dialog that was gone long before the question is another one',
    screen('idle'),
    [report('asking')],
    { movedAt: seconds(11), since: seconds(20), before: 'asking' },
    'asking by report',
  ],
  [
    'a question of its own stays',
    screen('idle'),
    [own('asking')],
    { movedAt: seconds(2) },
    'asking by report',
  ],
  [
    'the newest of two voices',
    screen('unknown'),
    [report('idle', { at: seconds(20) }), report('working', { voice: 'option' })],
    {},
    'working by report',
  ],
  [
    'a marker on the screen beats "idle"',
    screen('waiting'),
    [report('idle')],
    {},
    'waiting by screen-waiting',
  ],
])('%s', (_, seen, reports, when, wanted) => {
  expect(read(seen, reports, when)).toBe(wanted)
})

test('a failure that only the agent tells of is marked so, unless a hook gives its class', () => {
  expect(heedReports(screen('idle'), [own('failing')], moment()).failClass).toBe('reported')
  expect(
    heedReports(screen('idle'), [report('failing', { failClass: 'overload' })], moment()).failClass,
  ).toBe('overload')
})

test('a limit that the agent promised ends with its promise; one of a hook has no known end', () => {
  const promised = heedReports(screen('idle'), [own('limited', { reason: 'quota' })], moment())
  expect(promised).toMatchObject({
    until: now + 600_000,
    limit: { kind: 'unparsed', text: 'the agent says so itself: quota' },
  })
  expect(heedReports(screen('idle'), [report('limited')], moment()).until).toBeUndefined()
})

test('every report is among the claims with its end, whoever wins, and none ever says quiet or fatal', () => {
  const states: ReadingState[] = [
    'working',
    'idle',
    'asking',
    'limited',
    'waiting',
    'failing',
    'shell',
    'unknown',
  ]
  const anyReport = fc.record({
    voice: fc.constantFrom('agent' as const, 'hook' as const, 'option' as const),
    state: fc.constantFrom(...REPORT_STATES),
    reason: fc.constant(undefined),
    at: fc.integer({ min: seconds(1000), max: now }),
    until: fc.integer({ min: seconds(10), max: now + 1000 }),
    promised: fc.boolean(),
  })
  fc.assert(
    fc.property(
      fc.constantFrom(...states),
      fc.array(anyReport, { maxLength: 3 }),
      fc.integer({ min: seconds(2000), max: now }),
      fc.integer({ min: seconds(2000), max: now }),
      (state, reports, since, movedAt) => {
        const found = heedReports(screen(state), reports, { now, since, movedAt })
        const valid = reports.filter(({ until }) => until > now)
        expect(found.claims.map(({ says, until }) => [says, until])).toEqual(
          valid.map((one) => [one.state, one.until]),
        )
        // Two of them no word of anybody can hide.
        if (state === 'shell' || state === 'asking') expect(found.state).toBe(state)
        // A moving screen is never called idle.
        if (state === 'working' && now - movedAt < 3000) expect(found.state).toBe('working')
        if (found.state !== state) expect(valid.map((one) => one.state)).toContain(found.state)
      },
    ),
  )
})
