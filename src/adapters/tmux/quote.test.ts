import { describe, expect, test } from 'vitest'
import { answersTo, either, escapeFormat, escapeTimeFormat, listLine, tmuxQuote } from './quote.ts'

describe('tmuxQuote', () => {
  test.each([
    ['', '""'],
    ['plain', '"plain"'],
    [`it's "so"`, `"it's \\"so\\""`],
    ['$HOME ~ \\', '"\\$HOME \\~ \\\\"'],
    ['a;b #{c} {d}', '"a;b #{c} {d}"'],
    ['two\nlines\t\x07\x7f', '"two\\012lines\\011\\007\\177"'],
    ['漢字', '"漢字"'],
  ])('%j', (word, quoted) => {
    expect(tmuxQuote(word)).toBe(quoted)
  })

  test('keeps a list on one line, whatever its words hold', () => {
    const line = listLine([
      ['a', 'x\ny'],
      ['b', ';'],
    ])
    expect(line).toBe('"a" "x\\012y" ; "b" ";"')
  })
})

test('escapeFormat doubles every # but those of a style, which tmux copies', () => {
  expect(escapeFormat('a#b ##{c} #(d)')).toBe('a##b ####{c} ##(d)')
  expect(escapeFormat('a#[b ##[c')).toBe('a#[b ##[c')
  expect(escapeFormat('%H #')).toBe('%H ##')
  expect(escapeTimeFormat('%H #')).toBe('%%H ##')
})

test('a conditional command is counted with the two commands of its branch', () => {
  const list = [['copy-mode'], either('%1', '#{pane_dead}', [['a'], ['b']], [['c'], ['d']])]
  expect(answersTo(list)).toBe(4)
})
