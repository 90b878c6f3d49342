import { createHash } from 'node:crypto'
import { visible } from '../core/text.ts'
import { identify } from './identify.ts'
import { keyedMenu } from './keyed.ts'
import { acrossMenu, listedMenu } from './listed.ts'
import { numberedMenu } from './numbered.ts'
import { questionOf } from './question.ts'
import { edgeTitle, isBlank, isEdge, isHint, isTurn, mainColumn, type Row, rowsOf } from './rows.ts'
import type { Dialog, Menu } from './types.ts'

/** Rows above the options at most that belong to a dialog, and characters of its text. */
const tallest = 40
const longest = 4_000
/** Rows from below in which a question without options is looked for. */
const lastRows = 12

/**
 * The dialog on a screen of a program that is known to ask: its text, its options, where its cursor is and what moves
 * it. Found by structure. Of several menus the lowest is meant: what stands above it was answered.
 * @param program name of the preset whose part of the catalogue is asked first
 */
export function findDialog(screen: string, program: string | undefined): Dialog {
  const rows = rowsOf(screen)
  const menu = withVisible(findMenu(rows))
  const text = visible(aboveOf(rows, menu).join('\n'), { newlines: true }).slice(-longest)
  const { id, kind } = identify(
    program,
    text,
    menu.options.map(({ label, more }) => `${label} ${more}`.trim()),
  )
  const parts = [id, timeless(text), ...menu.options.map(({ label }) => label)]
  return { ...menu, id, kind, text, question: questionOf(text), fingerprint: hash(parts) }
}

const withVisible = (menu: Menu): Menu => ({
  ...menu,
  options: menu.options.map((one) => ({ ...one, label: visible(one.label), more: visible(one.more) })),
})

/** Numbers and arrows are surer than the rows of keys that stand below them. */
export function findMenu(rows: readonly Row[]): Menu {
  const numbered = numberedMenu(rows)
  const listed = listedMenu(rows)
  const apart =
    numbered === undefined || listed === undefined || listed.first > numbered.last ? listed : undefined
  const found = [numbered, apart, acrossMenu(rows)].filter((menu) => menu !== undefined)
  const sure = found.filter((menu) => menu.cursor !== undefined || menu.how === 'across')
  const lowest = sure.toSorted((a, b) => b.last - a.last)[0]
  return lowest ?? keyedMenu(rows) ?? numbered ?? noMenu(rows)
}

function noMenu(rows: readonly Row[]): Menu {
  const end = rows.findLastIndex((row) => !isBlank(row) && !isHint(row) && !isEdge(row)) + 1
  return { how: 'text', options: [], cursor: undefined, several: false, first: end, last: end }
}

function aboveOf(rows: readonly Row[], menu: Menu): string[] {
  const least = menu.how === 'text' ? Math.max(0, menu.first - lastRows) : Math.max(0, menu.first - tallest)
  const own = menu.how === 'key' || menu.how === 'letter' ? [rows[menu.first]!.text] : []
  const out: string[] = []
  for (let at = menu.first - 1; at >= least; at -= 1) {
    const row = rows[at]!
    if (isTurn(row)) break
    if (isEdge(row)) {
      const title = edgeTitle(row)
      if (title !== '') out.unshift(title)
      if (out.some((line) => line !== '')) break
      continue
    }
    // Codex leaves two rows free above a dialog.
    if (isBlank(row) && isBlank(rows[at + 1]) && out.some((line) => line.includes('?'))) break
    out.unshift(mainColumn(row.text))
    if (row.text.startsWith('△')) break
  }
  return trimBlank([...out, ...own])
}

function trimBlank(lines: readonly string[]): string[] {
  const filled = lines.flatMap((line, at) => (line === '' ? [] : [at]))
  const once = lines.slice(filled[0] ?? 0, (filled.at(-1) ?? -1) + 1)
  return once.filter((line, at) => line !== '' || once[at - 1] !== '')
}

/** Without clocks and spinners: the dialog is the same one a second later. */
const timeless = (text: string): string =>
  text
    .replace(/\b\d+(?:\.\d+)?\s?(?:ms|[hms])\b|\b\d{1,2}:\d{2}(?::\d{2})?\b|[\u2800-\u28ff]/gu, '')
    .replace(/\s+/gu, ' ')

const hash = (parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16)
