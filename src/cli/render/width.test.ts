import fc from 'fast-check'
import { expect, test } from 'vitest'
import { padEnd, truncate, width } from './width.ts'

test.each([
  ['abc', 3],
  ['測試', 4],
  ['ｱ', 1],
  ['Ａ', 2],
  ['é', 1],
  ['e\u0301', 1],
  ['🙂', 2],
  ['한국', 4],
  ['\x1b[31mred\x1b[39m', 3],
  ['', 0],
])('%j takes %i cells', (text, cells) => {
  expect(width(text)).toBe(cells)
})

test.each([
  ['abcdef', 4, 'abc…'],
  ['abcd', 4, 'abcd'],
  ['測試測試', 4, '測…'],
  ['測試測試', 5, '測試…'],
  ['abc', 0, ''],
])('%j cut to %i cells is %j', (text, cells, cut) => {
  expect(truncate(text, cells)).toBe(cut)
})

test('what is cut or padded has the width that was asked for', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (text, cells) => {
      expect(width(truncate(text, cells))).toBeLessThanOrEqual(cells)
      expect(width(padEnd(truncate(text, cells), cells))).toBe(cells)
    }),
  )
})
