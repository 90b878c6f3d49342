import { describe, expect, test } from 'vitest'
import { layoutOf, ownWords, placeOf } from './layout.ts'
import { lookAt, plainBackend, presetBackend, readingOf } from './testing.ts'

const SCREEN = [
  '❯ first',
  '⏺ done',
  '❯ second',
  '  ⎿  an error',
  '',
  '────',
  '❯ ',
  '────',
  '  ? for shortcuts',
]

test('the lowest input line is the composer, and the newest turn begins with the last prompt that was answered', () => {
  const layout = layoutOf(SCREEN)
  expect(layout).toEqual({ composer: 6, turn: 2 })
  expect([1, 3, 6, 8].map((row) => placeOf(layout, row))).toEqual([
    'earlier turn',
    'newest turn',
    'composer',
    'footer',
  ])
  expect(layoutOf(['❯ first', '⏺ done', '❯ second', '❯ '])).toEqual({ composer: 3, turn: 0 })
  expect(layoutOf(['text', '  ❯ 1. Yes', '    2. No'])).toEqual({ composer: undefined, turn: 0 })
  expect(layoutOf(['❯ old', ...Array.from({ length: 30 }, () => 'row of text')]).composer).toBeUndefined()
})

test.each([
  ['a fence', ['```', 'limit', '```'], [0, 1, 2]],
  ['a diff', ['+ limit', '- limit', '  12 + limit', '  13 │ limit'], [0, 1, 2, 3]],
  ['output of a tool', ['⏺ Bash(cat x)', '  ⎿  limit', '     limit', '  ⎿  You have hit a limit'], [1, 2]],
  ['the rest of a sentence', ['⏺ I have seen that the program prints', '  You have come far'], [1]],
  ['what is announced', ['⏺ It prints:', '  limit', '  limit'], [1, 2]],
  ['a fence without a partner', ['```', 'limit'], []],
])('%s is not the program’s own word', (_, rows, emptied) => {
  const left = ownWords(rows)
  expect(rows.flatMap((row, at) => (left[at] === '' && row !== '' ? [at] : []))).toEqual(emptied)
})

describe('where a pattern is searched', () => {
  const old = `❯ one\n  ⎿  You've hit your limit · resets 3pm\n❯ two\n⏺ it works\n${'⏺ more\n'.repeat(3)}\n❯ `
  test('one of a preset in the newest turn, with its region as evidence', () => {
    expect(readingOf(presetBackend('claude'), lookAt({ text: old })).state).toBe('idle')
    const now = `${old}go\n  ⎿  You've hit your limit · resets 3pm\n\n❯ `
    expect(readingOf(presetBackend('claude'), lookAt({ text: now })).claims[0]?.evidence).toMatch(
      /^line \d+ \(newest turn\): ⎿ {2}You've hit/,
    )
  })
  test('one of the config in the rows that the Python driver searched, whatever they quote', () => {
    const limit = "You've hit your limit"
    const own = presetBackend('claude', { patterns: { limit }, ownPatterns: ['limit'] })
    expect(readingOf(own, lookAt({ text: old })).state).toBe('limited')
    expect(readingOf(plainBackend({ patterns: { limit } }), lookAt({ text: old })).state).toBe('limited')
  })
  test('signs of work above a list that is longer than ten rows', () => {
    const list = Array.from({ length: 20 }, (_, i) => `     ◻ step ${i}`).join('\n')
    const text = `❯ go\n✻ Building… (1m 2s)\n${list}\n────\n❯ \n────`
    expect(readingOf(presetBackend('claude'), lookAt({ text })).state).toBe('working')
  })
  test('a crash is one only while no composer stands below it', () => {
    const panic = 'The application panicked (crashed).\nLocation: x.rs:1'
    expect(readingOf(presetBackend('codex'), lookAt({ text: panic })).failClass).toBe('crash')
    expect(readingOf(presetBackend('codex'), lookAt({ text: `${panic}\n\n› Ask` })).state).toBe('idle')
  })
})
