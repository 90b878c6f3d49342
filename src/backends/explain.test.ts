import { expect, test } from 'vitest'
import { createRegexRunner } from '../adapters/regex/index.ts'
import type { BackendSpec, Reading } from '../core/index.ts'
import { explanationOf, readScreens, restsOn, swayedBy } from './explain.ts'
import { plainBackend, presetBackend } from './testing.ts'

const NOON = Date.parse('2026-06-10T12:00:00Z')
const own = plainBackend({
  processName: 'own',
  patterns: {
    active: 'busy \\d+s',
    limit: 'limit reached',
    fatal: 'it broke',
    asking: 'proceed\\?',
    composer: '^> ',
  },
})

function explained(text: string, backend: BackendSpec = own, title = '') {
  const [still] = readScreens(backend, [{ text, title }], NOON, createRegexRunner())
  return { ...explanationOf(still!.reading), change: swayedBy(backend, still!, NOON) }
}

test('tells the reading, the rule, and each claim with its line', () => {
  expect(explained('hello\nbusy 12s\n\n')).toEqual({
    reading: 'working',
    rule: 'active-pattern',
    claims: [{ source: 'screen', says: 'active', evidence: 'line 2: busy 12s' }],
    change: 'It would read idle without a match of active_re.',
  })
})

test('a limit tells its reset as an ISO instant, and from which line', () => {
  const told = explained('words\nlimit reached, resets 2026-06-10 15:00 UTC')
  expect(told.limit).toMatchObject({ until: '2026-06-10T15:00:00.000Z', kind: 'banner' })
  expect(told.limit?.source).toMatch(/^line 2: limit reached/)
})

test('a limit without a time that is understood has no instant', () => {
  const { reading, limit } = explained('limit reached, come back some day')
  expect(reading).toBe('limited')
  expect(limit).toEqual({ kind: 'unparsed', source: 'line 1: limit reached, come back some day' })
})

test('a failing screen has a class', () => {
  expect(explained('it broke')).toMatchObject({ reading: 'failing', class: expect.any(String) })
})

test('what is idle tells what would make it anything else', () => {
  const { reading, change } = explained('> ')
  expect(reading).toBe('idle')
  expect(change).toMatch(/^It would read .*working with a match of active_re/)
  expect(change).toContain('limited with a match of limit_re')
  expect(change).toContain('asking with a match of asking_re')
})

test('a turning spinner in the title outlasts a single pattern: the title is what would change it', () => {
  const { reading, change } = explained('⏺ words', presetBackend('claude'), '⠐ task')
  expect(reading).toBe('working')
  expect(change).toContain('without its title')
})

test('what is waiting tells the instant, and what follows it', () => {
  const told = explained('WAITING-UNTIL: 2026-06-10T13:00:00Z')
  expect(told).toMatchObject({ reading: 'waiting', until: '2026-06-10T13:00:00.000Z' })
  expect(told.change).toBe('It would read idle after 2026-06-10T13:00:00.000Z.')
})

test("a shell's prompt in the last row is enough, and no process is claimed", () => {
  const told = explained('bye\nme@host:~$ ')
  expect(told).toMatchObject({
    reading: 'shell',
    change: 'It would read idle with another program than a shell.',
  })
  expect(told.claims.map(({ source }) => source)).not.toContain('process')
  expect(told.claims.at(-1)?.evidence).toMatch(/^line 2: /)
})

test('nothing that a terminal obeys is left in a claim', () => {
  expect(JSON.stringify(explained('busy 1s \x1b[2J\u202e').claims)).not.toMatch(/\x1b|\\u001b|\u202e/)
})

test('a runaway pattern makes its screens unknown, and the others are read all the same', () => {
  const slow = plainBackend({ patterns: { active: '(a+)+$|busy' } })
  const texts = [`${'a'.repeat(200)}!`, 'busy', '']
  const regex = createRegexRunner({ deadlineMs: 20 })
  const screens = texts.map((text) => ({ text, title: '' }))
  const [first] = readScreens(slow, screens, NOON, regex)
  expect(first!.reading).toMatchObject({ state: 'unknown', rule: 'pattern-slow' })
  expect(swayedBy(slow, first!, NOON)).toContain('active_re')
})

test('a thousand screens are read in order, batch by batch', () => {
  const row = 'a row of ordinary words that fills the terminal from one side to the other\n'
  const texts = Array.from({ length: 1000 }, (_, at) => `${row.repeat(40)}${at % 2 ? 'busy 3s' : '> '}\n`)
  const screens = texts.map((text) => ({ text, title: '' }))
  const regex = createRegexRunner({ deadlineMs: 250 })
  const read = readScreens(own, screens, NOON, regex)
  expect(read.map(({ reading }) => reading.state)).toEqual(
    texts.map((_, at) => (at % 2 ? 'working' : 'idle')),
  )
})

test('without the screen the claims tell what a reading rests on', () => {
  const reading = (claims: Reading['claims']): Reading => ({ state: 'working', rule: 'r', claims })
  expect(
    restsOn(
      reading([
        { source: 'title', says: 'working', evidence: '' },
        { source: 'screen', says: 'active', evidence: '' },
        { source: 'log', says: 'quiet', evidence: '' },
      ]),
    ),
  ).toBe('It rests on title and screen, and changes when those no longer say so.')
  expect(restsOn(reading([]))).toMatch(/^No claim carries it/)
})
