/** East Asian wide and fullwidth blocks; emoji are asked for by their own property. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f200}-\u{1f320}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const NOTHING = /\p{Mn}|\p{Me}|\p{Cf}|[\u1160-\u11ff]/u
const ASCII = /^[\x20-\x7e]*$/
const ESCAPES = /\x1b\[[0-9;]*m/g

/** Cells that a text without control characters takes on a terminal; our own colour codes count nothing. */
export function width(text: string): number {
  const plain = text.includes('\x1b') ? text.replace(ESCAPES, '') : text
  if (ASCII.test(plain)) return plain.length
  let cells = 0
  for (const char of plain) cells += cellsOf(char)
  return cells
}

function cellsOf(char: string): number {
  if (NOTHING.test(char)) return 0
  return WIDE.test(char) ? 2 : 1
}

/** Blanks after it until it is `cells` wide. */
export function padEnd(text: string, cells: number): string {
  return text + ' '.repeat(Math.max(0, cells - width(text)))
}

/** At most `cells` wide; what is cut is shown by `…`. For text without colour codes. */
export function truncate(text: string, cells: number): string {
  if (width(text) <= cells) return text
  let kept = ''
  let used = 0
  for (const char of text) {
    const next = used + cellsOf(char)
    if (next > cells - 1) break
    kept += char
    used = next
  }
  return cells > 0 ? `${kept}…` : ''
}
