import { expect, test } from 'vitest'
import { hostileLines, probeRegex } from './probe.ts'
import { createRegexRunner } from './runner.ts'

const line = `${'a'.repeat(200)}!`
/** Thirty patterns that a person might write and that backtrack without end on `line`. */
const bad = [
  '(\\w+\\s?)*limit$',
  '(a+)+$',
  '([a-z]+)*$',
  '(a|aa)+$',
  '(a|a?)+$',
  '(.*a){25}$',
  '(\\w*)*\\d',
  '(\\w+)+:',
  '^(a+)*b',
  '(x+x+|a+a+)+y',
  '(?:a+)+b',
  '([a-zA-Z0-9]+\\s?)+\\?$',
  '(\\S+\\s*)+#$',
  '^(\\w+\\.?)+@',
  '(a*)*c',
  '(aa|a)*d',
  '(\\w+-?)+=$',
  '(?:\\w+,?)+;$',
  '((a+)b?)+c',
  '(a?a?)*z',
  '(\\w|a)+\\d$',
  '([^:]+a?)+:$',
  '(?:[a-z]|\\w)+\\s$',
  '(.+)+\\n',
  '(?:.+.+)+=',
  '(a+a+)+\\d',
  '(\\w+?)+:',
  '(?:(?:a+)+)+q',
  '(a{1,9})+k',
  '(.*)*~',
]

test('answers like RegExp, with groups and case ignored', () => {
  const regex = createRegexRunner()
  expect(regex.exec('resets (\\d+)(x)?', 'it RESETS 15 soon')).toEqual({
    kind: 'match',
    index: 3,
    text: 'RESETS 15',
    groups: ['15', ''],
  })
  expect(regex.exec('nothing', 'text')).toEqual({ kind: 'none' })
  expect(regex.exec('^b', 'a\nb', 'm').kind).toBe('match')
  expect(regex.exec('a', 'aa', 'g')).toEqual(regex.exec('a', 'aa', 'g'))
})

test('looks at the last 20 KB, and tells places in the whole text', () => {
  const regex = createRegexRunner()
  const text = `first${'-'.repeat(30_000)}last`
  expect(regex.exec('first', text).kind).toBe('none')
  expect(regex.exec('last', text)).toMatchObject({ index: 30_005 })
})

test('a runaway pattern is cut, quarantined, and not run again', () => {
  const regex = createRegexRunner()
  expect(regex.exec(bad[0]!, line)).toEqual({ kind: 'slow' })
  for (let i = 0; i < 20 && regex.slow().length === 0; i += 1) regex.exec(bad[0]!, line)
  expect(regex.slow()).toEqual([bad[0]])
  for (let i = 0; i < 100; i += 1) expect(regex.exec(bad[0]!, 'x')).toEqual({ kind: 'slow' })
})

test('a source that does not compile is never "no match"', () => {
  expect(createRegexRunner().exec('(', 'x')).toEqual({ kind: 'slow' })
})

test('thirty runaway patterns leave the good ones of the same batch answered', () => {
  const regex = createRegexRunner()
  const jobs = bad.flatMap((source) => [
    { source, text: line },
    { source: 'A{200}!', text: line },
  ])
  const outcomes = regex.execAll(jobs)
  expect(outcomes.filter((_, i) => i % 2 === 0).map((o) => o.kind)).toEqual(bad.map(() => 'slow'))
  expect(outcomes.filter((_, i) => i % 2 === 1).map((o) => o.kind)).toEqual(bad.map(() => 'match'))
})

test('all thirty end up in quarantine, however many calls that takes', () => {
  const regex = createRegexRunner({ deadlineMs: 20 })
  for (let call = 0; call < 40 && regex.slow().length < bad.length; call += 1) {
    regex.execAll(bad.map((source) => ({ source, text: line })))
  }
  expect(new Set(regex.slow())).toEqual(new Set(bad))
})

test('the config check finds runaway patterns and lets the usual ones pass', () => {
  for (const source of bad.slice(0, 6)) expect(probeRegex(source)).toBe('slow')
  for (const source of ['esc to interrupt', '\\d+% context', 'You.ve (hit|reached) your .*limit', 'a{1,5}']) {
    expect(probeRegex(source)).toBe('ok')
  }
  expect(
    hostileLines()
      .filter((text) => !text.includes('\n'))
      .every((text) => text.length === 200),
  ).toBe(true)
})
