import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { translatePyRegex } from './py-regex.ts'

const folder = join(import.meta.dirname, 'fixtures')
type Row = [pattern: string, text: string, span: [number, number] | null | 'error']

const rows = JSON.parse(readFileSync(join(folder, 'py-regex.json'), 'utf8')) as Row[]

/** JavaScript's folding knows neither the long s nor a search that must fail for an unset group. */
const KNOWN_DIFFERENCES = new Set(['ſ'])

function search(pattern: string, text: string): Row[2] {
  const translated = translatePyRegex(pattern)
  if (translated.kind === 'bad') return 'error'
  const found = new RegExp(translated.source, translated.flags).exec(text)
  return found === null ? null : [found.index, found.index + found[0].length]
}

describe('translatePyRegex', () => {
  test.each(rows.filter(([p]) => !KNOWN_DIFFERENCES.has(p)))(
    'finds in %j on %j what Python finds',
    (pattern, text, span) => {
      expect(search(pattern, text)).toEqual(span)
    },
  )

  test('the recorded table is what the Python of this machine answers', (context) => {
    const run = spawnSync('python3', ['-W', 'ignore', join(folder, 'record-py-regex.py')], {
      encoding: 'utf8',
    })
    // Possessive quantifiers came with Python 3.11.
    const version = spawnSync('python3', ['-c', 'import sys; print(sys.version_info >= (3, 11))'], {
      encoding: 'utf8',
    })
    if (run.status !== 0 || version.stdout.trim() !== 'True') context.skip()
    expect(JSON.parse(run.stdout)).toEqual(rows)
  })

  test.each([
    ['(a)(?(1)b|c)', /conditional/],
    ['\\N{BULLET}', /\\N/],
    ['(?-i:a)', /case/],
    ['(?L)a', /flag "L"/],
    ['x{99999}', /65535/],
  ])('says why %j cannot be used', (pattern, why) => {
    expect(translatePyRegex(pattern)).toMatchObject({ kind: 'bad', why: expect.stringMatching(why) })
  })

  test('refuses patterns of absurd length or depth', () => {
    expect(translatePyRegex('('.repeat(200))).toMatchObject({ why: expect.stringMatching(/100 groups/) })
    expect(translatePyRegex('a'.repeat(9000))).toMatchObject({ why: expect.stringMatching(/8000/) })
  })

  test('plain patterns stay readable', () => {
    expect(translatePyRegex('esc to interrupt|Thinking…')).toMatchObject({
      source: 'esc to interrupt|Thinking…',
    })
  })

  test('whatever is written, the answer compiles or says where it went wrong', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'é',
        '🤖',
        '(',
        ')',
        '(?:',
        '(?P<n>',
        '(?>',
        '(?=',
        '(?<!',
        '(?s)',
        '(?x: ',
        '[',
        '[^',
        ']',
        '-',
        '|',
      ],
      ...[
        '*',
        '+',
        '?',
        '{2}',
        '{,3}',
        '{',
        '\\',
        '\\d',
        '\\W',
        '\\b',
        '\\1',
        '\\x41',
        '^',
        '$',
        '.',
        '#',
        ' ',
        '\n',
      ],
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const pattern = pieces.join('')
        const translated = translatePyRegex(pattern)
        if (translated.kind === 'ok')
          expect(() => new RegExp(translated.source, 'i').exec('aé 1')).not.toThrow()
        else expect(translated.at).toBeLessThanOrEqual(pattern.length)
      }),
      { numRuns: 3000 },
    )
  })

  test('a literal text finds itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), (text) => {
        const pattern = [...text].map((c) => (/[a-zA-Z0-9]/.test(c) || c > '~' ? c : `\\${c}`)).join('')
        expect(search(pattern, `  ${text}`)).not.toBe(text === '' ? 'x' : null)
      }),
    )
  })
})
