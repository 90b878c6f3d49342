import { expect } from 'vitest'

/** C0 but line feed and tab, DEL, C1, bidi and invisible format characters: what a terminal obeys or hides. */
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/u

/** Fails with the place when a text holds something that a terminal would obey. */
export function expectQuiet(text: string, where: string): void {
  const found = obeyed.exec(text)
  if (found === null) return
  const near = JSON.stringify(text.slice(Math.max(0, found.index - 40), found.index + 20))
  expect.fail(`${where} prints U+${found[0].codePointAt(0)!.toString(16)} in ${near}`)
}

/** Every byte, as bytes and as characters of UTF-8; the ends of pastes and strings; titles; reordering; hidden text. */
export const hostileBytes = Buffer.concat([
  Buffer.from(Array.from({ length: 256 }, (_, code) => code)),
  Buffer.from(Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')),
  Buffer.from(
    '\x1b]0;title\x1b[31m\u202e\x07\x1b]2;other\x9b31m\x1b\\\x1bP1;2|dcs\x1b\\\x1b[201~\rrm -rf /\r\x1b[200~' +
      '\u202eevil\u202c\u2066x\u2069\u200bhidden\u2028line\ufeff\r\n\x1b[8mconcealed\x1b[0m\x1b[2J\x1b]52;c;ZXZpbA==\x07\n',
  ),
])
