import { describe, expect, test } from 'vitest'
import { highlighted } from './highlight.ts'

const labels = ['Allow once', 'Allow always', 'Reject']
const row = (at: number, on: string, off: string): string =>
  `\x1b[48;2;20;20;20m  ┃  ${labels.map((label, i) => (i === at ? `${on} ${label} ${off}` : ` ${label} `)).join(' ')}     ⇆ select  enter confirm\x1b[0m`

describe('the chosen one of labels in a row', () => {
  test.each([0, 1, 2])('number %i, by its ground', (at) => {
    expect(highlighted(row(at, '\x1b[48;2;250;178;131m', '\x1b[48;2;20;20;20m'), labels)).toBe(at)
    expect(highlighted(row(at, '\x1b[7m', '\x1b[27m'), labels)).toBe(at)
    expect(highlighted(row(at, '\x1b[48;5;209m', '\x1b[48;2;20;20;20m'), labels)).toBe(at)
    expect(highlighted(row(at, '\x1b[38;5;209;1m', '\x1b[39;22m'), labels)).toBe(at)
  })

  test('is not known where all look alike, two differ, or a label is missing', () => {
    expect(highlighted(row(9, '', ''), labels)).toBeUndefined()
    const two = `\x1b[7m Allow once \x1b[27m \x1b[7m Allow always \x1b[27m Reject      `
    expect(highlighted(two, labels)).toBeUndefined()
    expect(highlighted(row(1, '\x1b[7m', '\x1b[27m'), ['Never'])).toBeUndefined()
  })
})
