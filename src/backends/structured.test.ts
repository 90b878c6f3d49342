import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Reading, ReadingState, Sight } from '../core/index.ts'
import { type FileMoment, heedFiles } from './structured.ts'

const now = 1_795_180_000_000
const seconds = (count: number): number => now - count * 1000
const moment = (parts: Partial<FileMoment> = {}): FileMoment => ({
  now,
  since: seconds(60),
  movedAt: seconds(60),
  startedAt: seconds(3600),
  ...parts,
})
const screen = (state: ReadingState, parts: Partial<Reading> = {}): Reading => ({
  state,
  claims: [],
  rule: `screen-${state}`,
  ...parts,
})
const file = (state: Sight['state'], parts: Partial<Sight> = {}): Sight => ({
  source: 'status-file',
  ...(state === undefined ? {} : { state }),
  at: seconds(10),
  ...parts,
})
const spins = screen('working', { rule: 'title-working' })
const moves = screen('working', { rule: 'screen-changes' })
const read = (seen: Reading, sight: Sight | undefined, when: Partial<FileMoment> = {}) => {
  const found = heedFiles(seen, sight, moment(when))
  return `${found.state} by ${found.rule}`
}

test.each<[string, Reading, Sight | undefined, Partial<FileMoment>, string]>([
  ['nothing is known of its files', screen('idle'), undefined, {}, 'idle by screen-idle'],
  ['the file is the structured word', screen('unknown'), file('working'), {}, 'working by file'],
  [
    'a quiet screen of a busy program',
    screen('idle'),
    file('working'),
    { movedAt: seconds(5) },
    'working by file',
  ],
  [
    'a busy file of a program that draws nothing any more is over',
    screen('idle'),
    file('working', { at: seconds(500) }),
    { movedAt: seconds(400) },
    'idle by screen-idle',
  ],
  [
    'an idle file while the screen spins and moves is behind',
    spins,
    file('idle'),
    { movedAt: seconds(1) },
    'working by title-working',
  ],
  [
    'a spinner that has not moved since the file said idle is a leftover',
    spins,
    file('idle'),
    { movedAt: seconds(30) },
    'idle by file',
  ],
  ['somebody types into an idle program', moves, file('idle'), { movedAt: seconds(0) }, 'idle by file'],
  [
    'a conversation that was left for another one',
    moves,
    file('idle', { source: 'transcript' }),
    { movedAt: seconds(0) },
    'working by screen-changes',
  ],
  ['a busy file while a dialog stands', screen('asking'), file('working'), {}, 'asking by screen-asking'],
  ['an idle file while a dialog stands', screen('asking'), file('idle'), {}, 'asking by screen-asking'],
  ['a dialog that the screen’s patterns do not know', screen('idle'), file('asking'), {}, 'asking by file'],
  ['an answered dialog', spins, file('asking'), { movedAt: seconds(2) }, 'working by title-working'],
  ['a banner and an idle file', screen('limited'), file('idle'), {}, 'limited by screen-limited'],
  [
    'a banner that stood before a new turn began',
    screen('limited'),
    file('working'),
    { since: seconds(60), movedAt: seconds(1) },
    'working by file-newer-work',
  ],
  [
    'a banner that came up in the turn',
    screen('limited'),
    file('working', { at: seconds(60) }),
    { since: seconds(10), movedAt: seconds(10) },
    'limited by screen-limited',
  ],
  [
    'a limit that scrolled away',
    screen('idle'),
    file('limited', { limit: { text: 'resets', until: now + 9_000 } }),
    {},
    'limited by file',
  ],
  [
    'a limit whose instant has passed',
    screen('idle'),
    file('limited', { limit: { text: 'resets', until: now - 1 } }),
    {},
    'idle by screen-idle',
  ],
  ['a shell where the program was', screen('shell'), file('working'), {}, 'shell by screen-shell'],
  [
    'the user’s own fatal pattern',
    screen('failing', { rule: 'fatal-pattern' }),
    file('working', { at: seconds(1) }),
    {},
    'failing by fatal-pattern',
  ],
  [
    'a WAITING-UNTIL and an idle program',
    screen('waiting', { until: now + 60_000 }),
    file('idle'),
    {},
    'waiting by screen-waiting',
  ],
  [
    'what was written before the process began is about another one',
    screen('idle'),
    file('working', { at: seconds(90) }),
    { startedAt: seconds(60), movedAt: seconds(1) },
    'idle by screen-idle',
  ],
  [
    'a full conversation is not believed on the word of the file alone',
    screen('idle'),
    file('failing', { failClass: 'context' }),
    {},
    'idle by screen-idle',
  ],
  [
    'a lost login that left no words on the screen',
    screen('idle'),
    file('failing', { failClass: 'auth' }),
    {},
    'failing by file',
  ],
  [
    'an error after which the screen moved on',
    screen('idle'),
    file('failing', { failClass: 'auth', at: seconds(60) }),
    { movedAt: seconds(10) },
    'idle by screen-idle',
  ],
])('%s', (_what, seen, sight, when, wanted) => {
  expect(read(seen, sight, when)).toBe(wanted)
})

test('of two limits the words are the screen’s and the exact instant is the file’s', () => {
  const seen = screen('limited', { until: now + 60_000, limit: { kind: 'banner', text: 'resets 2:39pm' } })
  const exact = file('limited', { limit: { text: 'x', until: now + 59_000, window: 'session' } })
  expect(heedFiles(seen, exact, moment())).toMatchObject({
    until: now + 59_000,
    limit: { kind: 'banner', text: 'resets 2:39pm', window: 'session' },
  })
  const weekly = { ...seen, until: now + 86_400_000 }
  expect(heedFiles(weekly, exact, moment()).until).toBe(now + 86_400_000)
})

test('a limit without an instant of its own is read from its words', () => {
  const sight = file('limited', { limit: { text: 'You have hit your usage limit, try again in 2 hours' } })
  const found = heedFiles(screen('idle'), sight, moment())
  expect(found.limit?.kind).toBe('banner')
  expect(found.until).toBeGreaterThanOrEqual(now + 2 * 3_600_000 - 60_000)
})

test('a claim has its source, its time and its end, and no control characters', () => {
  const sight = file('asking', { waitingFor: 'permission\x1b[2J prompt' })
  const [claim] = heedFiles(screen('idle'), sight, moment()).claims
  expect(claim).toEqual({
    source: 'status-file',
    says: 'asking',
    evidence: 'its status file says asking: permission\\x1b[2J prompt',
    at: seconds(10),
  })
})

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
const anyScreen = fc.record({
  state: fc.constantFrom(...states),
  rule: fc.constantFrom('title-working', 'composer'),
})
const anyFile = fc.record({
  source: fc.constantFrom('status-file' as const, 'transcript' as const),
  state: fc.constantFrom(
    'working' as const,
    'idle' as const,
    'asking' as const,
    'limited' as const,
    'failing' as const,
  ),
  failClass: fc.constantFrom('auth' as const, 'context' as const, 'crash' as const, 'overload' as const),
  at: fc.integer({ min: seconds(4000), max: now }),
})
const anyMoment = fc.record({
  since: fc.integer({ min: seconds(4000), max: now }),
  movedAt: fc.integer({ min: seconds(4000), max: now }),
  startedAt: fc.integer({ min: seconds(4000), max: now }),
})

test('no file makes a shell, an end or a reason to begin anew, and none hides a dialog', () => {
  fc.assert(
    fc.property(anyScreen, anyFile, anyMoment, (seen, sight, when) => {
      const found = heedFiles({ ...seen, claims: [] }, sight, { now, ...when })
      if (seen.state === 'shell' || seen.state === 'asking') expect(found.state).toBe(seen.state)
      if (seen.state !== 'failing' && found.state === 'failing')
        expect(['auth', 'billing', 'overload']).toContain(found.failClass)
      expect(['shell', 'unknown', 'waiting'].includes(found.state) && found.state !== seen.state).toBe(false)
    }),
  )
})
