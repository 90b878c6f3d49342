import { cursorMarks, split } from './numbered.ts'
import { isBlank, isEdge, isHint, isTurn, mainColumn, type Row } from './rows.ts'
import type { Menu, MenuOption } from './types.ts'

const pointed = new RegExp(`^([${cursorMarks.replace('●', '')}])\\s+(\\S.*)$`, 'u')
/** A menu's hint stands at most this many rows below it. */
const near = 4
/** Its question stands at most this many rows above: some programs explain themselves in between. */
const above = 14
const asks = /\?$|permission required|requesting approval|is asking|choose|select/iu
const mostOptions = 40

/**
 * The lowest menu without numbers: one row with a cursor, the others below each other at the same column. The text of a
 * message that somebody sent looks alike, so a row of key hints must be near, or a question above.
 */
export function listedMenu(rows: readonly Row[]): Menu | undefined {
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at]!
    const found = pointed.exec(row.text)
    if (found === null) continue
    const column = row.column + row.text.length - found[2]!.length
    const first = stretch(rows, at, column, -1)
    const last = stretch(rows, at, column, 1)
    if (last - first < 1 || last - first > mostOptions || !isAsked(rows, first, last)) continue
    return {
      how: 'down',
      options: optionsOf(rows, first, last, at),
      cursor: at - first,
      several: false,
      first,
      last,
    }
  }
  return undefined
}

function stretch(rows: readonly Row[], from: number, column: number, step: 1 | -1): number {
  let at = from
  for (;;) {
    const next = rows[at + step]
    if (next === undefined || isBlank(next) || isHint(next) || isEdge(next) || next.column !== column)
      return at
    at += step
  }
}

function isAsked(rows: readonly Row[], first: number, last: number): boolean {
  if (rows.slice(last + 1, last + 1 + near).some(isHint)) return true
  for (let at = first - 1; at >= Math.max(0, first - above); at -= 1) {
    const row = rows[at]!
    if (isTurn(row) || isEdge(row)) return false
    if (asks.test(row.text)) return true
  }
  return false
}

function optionsOf(rows: readonly Row[], first: number, last: number, at: number): MenuOption[] {
  return rows.slice(first, last + 1).map((row, index) => {
    const text = first + index === at ? pointed.exec(row.text)![2]! : row.text
    return { number: index + 1, ...split(mainColumn(text)) }
  })
}

const hints = /\s{2,}(?:ctrl\+|shift\+|alt\+|⇆|↑|↓|←|→|enter\b|esc\b|tab\b)/iu
const sideways = /[⇆↔]|←\s*\/?\s*→|\btab\b/iu

/** Options beside each other, as opencode draws them. Which one is chosen, only its colours tell. */
export function acrossMenu(rows: readonly Row[]): Menu | undefined {
  for (let at = rows.length - 1; at >= 0; at -= 1) {
    const row = rows[at]!
    if (!isHint(row) || !sideways.test(row.text)) continue
    const own = row.text.split(hints)[0]!
    const labels = own.split(/\s{2,}/u).filter((label) => /^\p{L}[\p{L}\p{N}' -]*$/u.test(label))
    if (labels.length < 2) continue
    const options = labels.map((label, index) => ({ number: index + 1, label, more: '' }))
    return { how: 'across', options, cursor: undefined, several: false, first: at, last: at }
  }
  return undefined
}
