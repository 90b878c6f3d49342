import { expect, test } from 'vitest'
import { draftOf } from './draft.ts'

const at = (row: number, column: number) => ({ row, column })

test.each([
  ['an empty composer', 'Ready\n> ', at(1, 2), ''],
  ['a half-typed line', 'Ready\n> do not', at(1, 8), 'do not'],
  ['a suggestion behind the cursor', '❯ Try "fix the tests"', at(0, 2), ''],
  ['a framed composer', '╭────────╮\n│ > hi   │\n╰────────╯', at(1, 6), 'hi'],
  ['a draft of several rows', '> one\n  two', at(1, 5), 'one\ntwo'],
  ['a line end that was typed after the text', ' > one\n   \n\n workspace', at(1, 3), 'one'],
  ['a composer with a gutter', '  ┃\n  ┃  hi there\n  ┃\n  ╹▀▀▀', at(1, 13), 'hi there'],
  ['an empty composer with a gutter', '  ┃\n  ┃  Ask anything\n  ┃', at(1, 5), ''],
  ['several rows beside a gutter', '  ┃  one\n  ┃  two\n  ┃', at(1, 8), 'one\ntwo'],
  ['wide characters', '> 你好 there', at(0, 6), '你好'],
])('finds what stands before the cursor: %s', (_what, screen, cursor, draft) => {
  expect(draftOf(screen, cursor)).toBe(draft)
})

test.each([
  ['a cursor parked under a ruled line', '> text\n──────────\n  ? for shortcuts', at(2, 0)],
  ['a cursor below a blank row', '> quoted earlier\n\nworking', at(2, 3)],
  ['a cursor at the start of the row below', '> submitted\n\n', at(1, 0)],
  ['a screen without a composer', 'building…', at(0, 9)],
  ['a cursor outside of the text', '> x', at(9, 0)],
])('says nothing where the cursor is in no composer: %s', (_what, screen, cursor) => {
  expect(draftOf(screen, cursor)).toBeUndefined()
})
