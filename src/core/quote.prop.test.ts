import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shellQuote, substitute } from './quote.ts'

const piece = fc.oneof(
  fc.constantFrom(
    "'",
    '"',
    '\\',
    '$',
    '`',
    '$(echo no)',
    '${HOME}',
    '\n',
    '\t',
    '{a}',
    '{b}',
    ' ',
    '#',
    ';',
    '!',
    '*',
    '~',
    '-',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const value = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('').replaceAll('\0', ''))

/** One shell for all of them: 300 processes would only test the machine. */
function throughShell(words: readonly string[]): string[] {
  const out = execFileSync('/bin/sh', ['-c', words.map((word) => `printf '%s\\0' ${word}`).join('\n')])
  return out.toString('utf8').split('\0').slice(0, -1)
}

const contexts = { bare: '{a}', single: "'{a}'", double: '"{a}"', mixed: 'x{a}\'y{a}\'"z{a}"' }

test('300 random strings arrive byte for byte in every context', () => {
  const values = fc.sample(value, { numRuns: 300, seed: 7 })
  expect(throughShell(values.map(shellQuote))).toEqual(values)
  for (const [name, template] of Object.entries(contexts)) {
    const got = throughShell(values.map((a) => substitute(template, { a, b: 'B' }, { mode: 'shell' })))
    const want = values.map((a) => (name === 'mixed' ? `x${a}y${a}z${a}` : a))
    expect(got).toEqual(want)
  }
})
