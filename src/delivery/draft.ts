export interface Cursor {
  column: number
  row: number
}

/** Prompt marks of the CLIs' composers, with the frame that some draw around them. */
const promptRow = /^[\s│┃|╎▌]*[>❯›»]\s/u
/** opencode's composer has no prompt mark, only a heavy line at its left, also before its empty rows. */
const gutterRow = /^\s*┃(?:\s|$)/u
/** Rows of a composer at most; above that the cursor stands somewhere else. */
const tallest = 40
/** Line ends that may stand behind a text, the cursor below them: a submit key that was taken for one, a few times. */
const lineEnds = 4
/** A ruled line: the edge of the composer's frame. */
const ruled = /^[\s│┃╭╰├]*[─━═▔▁_-]{4,}/u

/**
 * What stands in the composer before the cursor: a person's half-typed line, or a paste of ours that was never
 * submitted. Empty for an empty composer (a greyed suggestion stands behind the cursor, not before it); undefined when
 * the cursor is in no composer that we know.
 * @param wide also looks past empty lines for the composer's first row: surer to find a draft of several paragraphs, and
 *   to take a text below some other mark for one
 */
export function draftOf(
  screen: string,
  cursor: Cursor,
  options: { wide?: boolean } = {},
): string | undefined {
  const rows = screen.split('\n')
  const last = rows[cursor.row] ?? ''
  const written = [cells(last, cursor.column)]
  if (gutterRow.test(last)) return gutterDraft(rows, cursor)
  for (let row = cursor.row; row >= 0 && row > cursor.row - tallest; row -= 1) {
    const text = rows[row] ?? ''
    if (row !== cursor.row) written.unshift(text)
    if (promptRow.test(`${text} `)) {
      // A text that ends with a line end: the cursor stands below it, where its lines begin.
      if (last.trim() === '' && row !== cursor.row && cursor.column < textColumn(text)) return undefined
      written[0] = (written[0] ?? '').replace(/^[\s│┃|╎▌]*[>❯›»]\s?/u, '')
      return written
        .map((line) => line.trim())
        .join('\n')
        .trim()
    }
    const trailing = row > cursor.row - lineEnds && last.trim() === ''
    if (ruled.test(text) || (text.trim() === '' && !trailing && !options.wide)) return undefined
  }
  return undefined
}

function gutterDraft(rows: readonly string[], cursor: Cursor): string {
  const bare = (row: string): string => row.replace(/^\s*┃\s*/u, '').trim()
  const written = [bare(cells(rows[cursor.row] ?? '', cursor.column))]
  for (let row = cursor.row - 1; gutterRow.test(rows[row] ?? '') && bare(rows[row] ?? '') !== ''; row -= 1) {
    written.unshift(bare(rows[row] ?? ''))
  }
  return written.join('\n').trim()
}

/** The text above the cursor's row, and that of its row up to the cursor. */
export function beforeCursor(screen: string, cursor: Cursor): { above: string; row: string } {
  const rows = screen.split('\n')
  return { above: rows.slice(0, cursor.row).join('\n'), row: cells(rows[cursor.row] ?? '', cursor.column) }
}

const textColumn = (row: string): number => (/^[\s│┃|╎▌]*[>❯›»]\s/u.exec(`${row} `)?.[0] ?? '').length

/** The part of a row before a cell; characters of East Asian scripts and emoji take two cells. */
function cells(row: string, count: number): string {
  let used = 0
  let text = ''
  for (const character of row) {
    if (used >= count) break
    used += wide.test(character) ? 2 : 1
    text += character
  }
  return text
}

const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}]/u
