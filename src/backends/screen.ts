/** A lower part of a screen. */
export interface Region {
  text: string
  /** 1-based row of the screen on which `text` begins. */
  firstRow: number
}

/** Rows without the blank ones below the last text: a tall pane must not hide what stands in it. */
export function screenRows(text: string): string[] {
  const rows = text.split(/\r?\n/)
  let end = rows.length
  while (end > 0 && rows[end - 1]!.trim() === '') end -= 1
  return rows.slice(0, end)
}

/** The part that begins with the `count`-th last row that holds text; blank rows and ruled lines are not counted. */
export function lowerPart(rows: readonly string[], count: number): Region {
  const start = startOfLower(rows, rows.length, count)
  return { text: rows.slice(start).join('\n'), firstRow: start + 1 }
}

/** Index of the `count`-th row with text above `end`. */
export function startOfLower(rows: readonly string[], end: number, count: number): number {
  let start = end
  for (let left = count; start > 0 && left > 0; start -= 1) if (!isOrnament(rows[start - 1]!)) left -= 1
  return start
}

/** 1-based row of the screen for a place in a region. */
export function rowAt(region: Region, index: number): number {
  return region.firstRow + region.text.slice(0, index).split('\n').length - 1
}

/**
 * Whether two captures differ by more than the time of day: a clock in a status line ticks on an idle screen too.
 * Timers of a spinner (`12s`, `1m 04s`) do count, they stop with the work.
 */
export function screenChanged(before: string, after: string): boolean {
  return before !== after && withoutClocks(before) !== withoutClocks(after)
}

function withoutClocks(text: string): string {
  return text.replace(/\b\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]m)?\b/gi, '@').replace(/[ \t]+/g, ' ')
}

export function isOrnament(row: string): boolean {
  return !/[^\s\u2500-\u259f]/.test(row)
}
