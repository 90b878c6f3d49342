/** One row of a screen without the frame around it. */
export interface Row {
  raw: string
  text: string
  /** Where the text begins, in characters from the left edge. */
  column: number
}

const frame = /^(?:\s*[│┃║|╎](?=\s|$))+/u
const closing = /(?:\s*[│┃║|╎]\s*)+$/u
/** A gap this wide is the border to another column of the screen, such as opencode's side bar. */
const otherColumn = /\s{16,}\S.*$/u

export function rowsOf(screen: string): Row[] {
  return screen.split('\n').map(rowOf)
}

function rowOf(raw: string): Row {
  const framed = frame.exec(raw)?.[0] ?? ''
  const inside = raw.slice(framed.length).replace(closing, '')
  const lead = /^\s*/u.exec(inside)![0].length
  return { raw, text: inside.slice(lead).trimEnd(), column: framed.length + lead }
}

/** The row's own column, where a side bar stands at its right. */
export const mainColumn = (text: string): string => text.replace(otherColumn, '').trimEnd()

export const isBlank = (row: Row | undefined): boolean => row === undefined || row.text === ''

/** A ruled line, or the upper or lower edge of a frame. */
export const isEdge = (row: Row): boolean =>
  /^\s*[╭┌┏╔╰└┗╚]?[─━═▔▁╌-]{8,}/u.test(row.raw) || /^\s*[╭┌┏╔╰└┗╚][─━═]/u.test(row.raw)

/** The words that stand in the upper edge of a frame. */
export const edgeTitle = (row: Row): string => row.raw.replace(/[─━═▔▁╌╭┌┏╔╮┐┓╗╰└┗╚╯┘┛╝│┃]+/gu, ' ').trim()

/** A row that tells which keys do what: it belongs to a dialog and is none of its options. */
export const isHint = ({ text }: Row): boolean =>
  /(?:\b(?:enter|return|esc(?:ape)?|tab|space)\b|[↑↓⇆←→↵])[\s/↑↓←→]*(?:to\s+|keys?\b)?\s*(?:confirm|select|choose|navigate|cancel|exit|continue|move|submit|toggle|save|go back|dismiss|close|interrupt|accept|stay|amend)/iu.test(
    text,
  )

/** A turn of the conversation begins here: what stands above is no dialog's that stands below. */
export const isTurn = (row: Row): boolean => /^\s{0,2}[⏺●•✦✻✶✽✢❯›■✓✗]\s/u.test(row.raw)
