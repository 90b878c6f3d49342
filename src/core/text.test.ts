import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sanitisePaste, squeeze, visible } from './text.ts'

const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code))
const isControl = (char: string): boolean => /[\0-\x1f\x7f-\x9f\xad]/.test(char)

test('every control character of the first 256 is shown, every other one is left', () => {
  for (const char of bytes) {
    const shown = visible(char)
    if (isControl(char)) expect(shown).toMatch(/^\\(x[0-9a-f]{2}|[nrt])$/)
    else expect(shown).toBe(char)
  }
})

test('newlines and tabs may be kept, nothing else is', () => {
  for (const char of bytes) {
    const kept = char === '\n' || char === '\t' || !isControl(char)
    expect(visible(char, { newlines: true }) === char).toBe(kept)
  }
})

test.each(['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2066', '\u2067', '\u2068', '\u2069'])(
  'the bidi control %j is shown',
  (char) => expect(visible(`a${char}b`)).toBe(`a\\u${char.codePointAt(0)!.toString(16)}b`),
)

test.each([
  '\u061c',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u2060',
  '\ufeff',
])('the invisible %j is shown', (char) => expect(visible(char)).toMatch(/^\\u[0-9a-f]{4}$/))

test('tag characters and lone surrogates are shown, emoji and text in any script are not touched', () => {
  expect(visible('\u{e0041}')).toBe('\\u{e0041}')
  expect(visible('\ud800x')).toBe('\\ud800x')
  expect(visible('❯ héllo 日本語 😀 ✻')).toBe('❯ héllo 日本語 😀 ✻')
})

test('showing twice is showing once', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(visible(visible(text))).toBe(visible(text))
    }),
    { numRuns: 200 },
  )
})

test('a bracketed-paste end cannot be smuggled in', () => {
  expect(sanitisePaste('a\x1b[201~\rrm -rf /')).toBe('a\nrm -rf /')
  expect(sanitisePaste('a\x1b[2\x1b[201~01~b')).not.toContain('\x1b')
  expect(sanitisePaste('a\x9b201~b')).toBe('ab')
})

test('keys are taken out, line structure and tabs stay', () => {
  expect(sanitisePaste('one\r\ntwo\rthree\n\tfour\x03\x04\x1a\x7f\x9b')).toBe('one\ntwo\nthree\n\tfour')
  expect(sanitisePaste('\x1b[31mred\x1b[0m \x1b]0;title\x07x')).toBe('red x')
  expect(sanitisePaste('a\ud800b😀')).toBe('ab😀')
})

test('sanitising is idempotent and leaves no control character', () => {
  const text = fc.array(
    fc.oneof(
      fc.constantFrom(
        '\x1b',
        '\x1b[',
        '201~',
        '\x1b]',
        '\x07',
        '\r',
        '\n',
        '\0',
        '\x9b',
        '\ud800',
        '\udc00',
        ';',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    ),
  )
  fc.assert(
    fc.property(text, (pieces) => {
      const once = sanitisePaste(pieces.join(''))
      expect(sanitisePaste(once)).toBe(once)
      expect(once).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]/)
    }),
    { numRuns: 300 },
  )
})

test('a wake prompt becomes one line', () => {
  expect(squeeze('  look\n\n at\tthe  board \n')).toBe('look at the board')
})
