import { padEnd, truncate, width } from './width.ts'

export interface Cell {
  text: string
  /** Applied after padding, so that colour codes never count as width. */
  paint?: (text: string) => string
}

export type Row = readonly Cell[]

export const cell = (text: string, paint?: (text: string) => string): Cell =>
  paint === undefined ? { text } : { text, paint }

/**
 * Rows in columns as wide as their widest cell, one blank before, two between; the last cell of a row is not padded.
 * @param columns width of the terminal: longer rows are cut. undefined: nothing is cut, for pipes and files
 */
export function columnsOf(rows: readonly Row[], columns: number | undefined): string[] {
  const widths = columnWidths(rows)
  return rows.map((row) => line(row, widths, columns))
}

function columnWidths(rows: readonly Row[]): number[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [at, { text }] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, width(text))
  }
  return widths
}

function line(row: Row, widths: readonly number[], columns: number | undefined): string {
  let left = (columns ?? Number.POSITIVE_INFINITY) - 1
  const parts: string[] = []
  const lastFilled = row.findLastIndex((each) => each.text !== '')
  for (const [at, each] of row.slice(0, lastFilled + 1).entries()) {
    if (left <= 0) break
    const padded = at === lastFilled ? each.text : padEnd(each.text, widths[at]!)
    const text = columns === undefined ? padded : truncate(padded, left)
    parts.push(each.paint === undefined ? text : each.paint(text))
    left -= width(text) + 2
  }
  return ` ${parts.join('  ')}`.trimEnd()
}
