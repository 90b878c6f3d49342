import { sanitisePaste } from '../core/text.ts'

/** A last word that opens a picker of files or commands, which would take the submit key for its own. */
const opensPicker = /(?:^|\s)[@/]\S*$/u

/** Line ends at the end say nothing, and leave the cursor in a row in which no text is found again. */
const emptyEnd = /(?:[ \t]*\n)+[ \t]*$/

/**
 * What is pasted for a text: sanitised, without line ends at its end, and with a blank behind a last word like `@path` or `/command`. That closes the
 * picker (Codex 0.169 puts its first match in instead of submitting, Claude Code 2.1 needs the key twice). Idempotent.
 */
export function pasteOf(text: string): string {
  const clean = sanitisePaste(text).replace(emptyEnd, '')
  return opensPicker.test(clean) ? `${clean} ` : clean
}
