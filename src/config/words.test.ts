import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_DURATION_MS, parseDuration, parseSize } from './duration.ts'
import { mendedName, NAME, nameFault } from './names.ts'
import { distance, nearest } from './nearest.ts'
import { renderProblems } from './problem.ts'

describe('durations', () => {
  test.each([
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
    ['500ms', 500],
    ['1d', 86_400_000],
    ['1h 30m', 5_400_000],
    ['1.5s', 1500],
    ['30', 30_000],
    [30, 30_000],
    [0.5, 500],
    [0, 0],
    [' 5 s ', 5000],
    [1e9, MAX_DURATION_MS],
  ])('%j is %d ms', (input, value) => {
    expect(parseDuration(input)).toEqual({ kind: 'ok', value })
  })
  test.each([
    '5 min',
    'abc',
    '',
    '-3',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    1e308,
    '1e5',
    '5m x',
    'm',
    '10000000000000d',
    true,
  ])('%j is none', (input) => {
    expect(parseDuration(input).kind).toBe('bad')
  })
  test('sizes', () => {
    const sizes = ['10MB', '512 kb', '1G', 4096, '7'].map((text) => parseSize(text))
    expect(sizes.map((s) => s.kind === 'ok' && s.value)).toEqual([
      10_485_760, 524_288, 1_073_741_824, 4096, 7,
    ])
    for (const bad of ['', 'x', '-1', '10 MiBs', '99999GB', Number.NaN])
      expect(parseSize(bad).kind).toBe('bad')
  })
})

describe('names', () => {
  test.each(['a', 'A_b-9', '_x', '0', 'n'.repeat(64)])('%s is one', (name) =>
    expect(nameFault(name)).toBeUndefined(),
  )
  test.each([
    ['my.app', /would become "my_app"/],
    ['a:b', /would become "a_b"/],
    ['', /empty/],
    ['-a', /dash/],
    ['a b', /holds " "/],
    ['#S', /expands/],
    ['50%H', /expands/],
    ['ünit', /holds "ü"/],
    ['a\n', /holds/],
    ['a/b', /holds "\/"/],
    ['n'.repeat(65), /65 characters/],
  ])('%j is none', (name, why) => expect(nameFault(name)).toMatch(why))
  test('what is offered is always a name', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => NAME.test(mendedName(text))))
  })
})

describe('the nearest word', () => {
  test.each([
    ['wacth', 'watch'],
    ['stall-grace', 'stall_grace'],
    ['Enabled', 'enabled'],
    ['promtp_file', 'prompt_file'],
    ['zebra', undefined],
  ])('to %s is %s', (word, near) => {
    expect(nearest(word, ['watch', 'stall_grace', 'enabled', 'prompt_file', 'prompt'])).toBe(near)
  })
  test('distance counts a swap once, is symmetric and zero only for equals', () => {
    expect(distance('ab', 'ba')).toBe(1)
    const word = fc.string({ maxLength: 8 })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(distance(a, b)).toBe(distance(b, a))
        expect(distance(a, b) === 0).toBe(a === b)
      }),
    )
  })
})

test('problems are shown with place, key, code, fault and mending; control characters are visible', () => {
  const text = renderProblems([
    {
      code: 'CONFIG_X',
      severity: 'error',
      file: '/p/agents.toml',
      line: 14,
      column: 1,
      key: 'agent.scout.backend',
      what: 'It is \x1b[31m wrong.',
      fix: 'Write right.',
    },
    {
      code: 'CONFIG_Y',
      severity: 'warning',
      file: 'environment',
      key: 'AGENT_MODEL_a',
      what: 'Odd.',
      fix: '',
    },
  ])
  expect(text.split('\n')).toEqual([
    expect.stringMatching(/^agents\.toml:14 {2}agent\.scout\.backend {40,}CONFIG_X$/),
    expect.stringMatching(/^ {2}It is .+\[31m wrong\.$/),
    '  Write right.',
    '',
    expect.stringMatching(/^environment {2}AGENT_MODEL_a {30,}warning CONFIG_Y$/),
    '  Odd.',
  ])
  expect(text).not.toContain('\x1b')
})
