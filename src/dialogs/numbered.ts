import { isBlank, isHint, type Row } from './rows.ts'
import type { Menu, MenuOption } from './types.ts'

/** Marks that stand before the chosen row of a menu. */
export const cursorMarks = '❯›❭>→▶▸➜●◉»▌'

interface Numbered {
  at: number
  number: number
  /** The row shows the cursor. */
  chosen: boolean
  ticked: boolean
  label: string
  /** Columns of the number and of the label. */
  column: number
  labelColumn: number
}

const dotted = new RegExp(`^(?:([${cursorMarks}])\\s*)?(\\d{1,2})[.)]\\s+(\\S.*)$`, 'u')
/** Without a dot: only behind a mark that every row of the menu has. */
const marked = /^([❭❯›→▸·])\s+(\d{1,2})\s+(\S.*)$/u
const radio = /^(\d{1,2})\s+\(([●○ ])\)\s+(\S.*)$/u
const tick = /^[[(][ xX✓✔*][\])]\s+/u

/** Rows between two options of one menu: descriptions and blank rows. */
const widestGap = 5

/** The lowest menu with numbers from 1, one with a cursor before one without. */
export function numberedMenu(rows: readonly Row[]): Menu | undefined {
  const options = rows.flatMap((row, at) => numberedRow(row, at) ?? [])
  const menus: Menu[] = []
  for (let last = options.length - 1; last >= 0; last -= 1) {
    const run = runEndingAt(options, last)
    if (run === undefined) continue
    menus.push(menuOf(rows, run))
    last -= run.length - 1
  }
  return menus.find((menu) => menu.cursor !== undefined) ?? menus[0]
}

function numberedRow(row: Row, at: number): Numbered | undefined {
  const one = dotted.exec(row.text) ?? marked.exec(row.text)
  const [mark, number, text] = one === null ? radioRow(row) : [one[1], one[2], one[3]]
  if (number === undefined || text === undefined) return undefined
  const label = text.replace(tick, '')
  return {
    at,
    number: Number(number),
    chosen: mark !== undefined && mark !== '·',
    ticked: label !== text,
    label,
    column: row.column,
    labelColumn: row.column + row.text.length - text.length,
  }
}

function radioRow(row: Row): [string | undefined, string | undefined, string | undefined] {
  const one = radio.exec(row.text)
  return one === null ? [undefined, undefined, undefined] : [one[2] === '●' ? '●' : undefined, one[1], one[3]]
}

/** The options `1..n` of which `options[last]` is the last one. */
function runEndingAt(options: readonly Numbered[], last: number): Numbered[] | undefined {
  const run: Numbered[] = [options[last]!]
  for (let before = last - 1; run[0]!.number > 1; before -= 1) {
    const one = options[before]
    const next = run[0]!
    if (one === undefined || one.number !== next.number - 1 || next.at - one.at > widestGap) return undefined
    run.unshift(one)
  }
  const lone = run.length === 1 && !run[0]!.chosen && !run[0]!.ticked
  return run[0]!.number !== 1 || lone ? undefined : run
}

function menuOf(rows: readonly Row[], run: readonly Numbered[]): Menu {
  const ends = run.map((one, index) => endOf(rows, one, run[index + 1]?.at))
  const options = run.map((one, index) => optionOf(rows, one, ends[index]!))
  const chosen = run.flatMap((one, index) => (one.chosen ? [index] : []))
  return {
    how: 'down',
    options,
    cursor: chosen.length === 1 ? chosen[0] : undefined,
    several: run.some((one) => one.ticked),
    first: run[0]!.at,
    last: ends.at(-1)!,
  }
}

/** The last row of an option's description: indented at least as far as its number, without a blank row in between. */
function endOf(rows: readonly Row[], one: Numbered, next: number | undefined): number {
  let end = one.at
  for (let at = one.at + 1; at < (next ?? one.at + widestGap); at += 1) {
    const row = rows[at]
    if (row === undefined || isBlank(row) || isHint(row) || row.column <= one.column) break
    if (row.column < one.labelColumn - 1) break
    end = at
  }
  return end
}

function optionOf(rows: readonly Row[], one: Numbered, end: number): MenuOption {
  const { label, more } = split(one.label)
  const below = rows.slice(one.at + 1, end + 1).map((row) => row.text)
  return { number: one.number, label, more: [more, ...below].filter((part) => part !== '').join(' ') }
}

/** A label and the description beside it: two blanks or more are between them. */
export function split(text: string): { label: string; more: string } {
  const [label = '', ...more] = text.split(/\s{2,}/u)
  return { label: label.trim(), more: more.join(' ').trim() }
}
