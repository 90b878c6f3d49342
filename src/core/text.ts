/**
 * Gates for text that crosses a border: out to a person's terminal, or in to an agent's. Anything an agent wrote is
 * shown through `visible`; anything typed into a pane goes through `sanitisePaste`.
 */

/** C0, DEL, C1, bidi controls, zero-width and other invisible format characters, line separators, lone surrogates. */
const UNSEEN =
  /[\0-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\ud800-\udfff]|\u034f|\u17b4|\u17b5|\u180b|\u180c|\u180d/gu

/** Most of what is shown is this, and the class above takes milliseconds to compile. */
const PLAIN = /^[\x20-\x7e]*$/

const SHORT: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/**
 * Makes every character that would move the cursor, change colours, hide or reorder text visible as an escape
 * (`\x1b`, `\u202e`). Backslashes themselves are left alone, so the result reads well and the function is idempotent,
 * but it cannot be undone.
 * @param options.newlines keep line feeds and tabs as they are. @default false
 */
export function visible(text: string, options: { newlines?: boolean } = {}): string {
  if (PLAIN.test(text)) return text
  return text.replace(UNSEEN, (char) =>
    options.newlines && (char === '\n' || char === '\t') ? char : (SHORT[char] ?? escaped(char)),
  )
}

function escaped(char: string): string {
  const code = char.codePointAt(0)!
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, '0')}` : `\\u{${code.toString(16)}}`
}

/** Whole control sequences, so that no `[201~` or `[31m` remains of them. */
const SEQUENCE = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)/g

/**
 * Text fit to be pasted into a terminal: no escape, control or DEL character but line feed and tab, so it can neither
 * end the bracketed paste nor press a key; CRLF and CR become line feeds; lone surrogates go. Idempotent.
 */
export function sanitisePaste(text: string): string {
  return text
    .replace(SEQUENCE, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, '')
    .replace(/[\ud800-\udfff]/gu, '')
}

/** All runs of white space to one blank, none at the ends: a wake prompt in one line. */
export function squeeze(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}
