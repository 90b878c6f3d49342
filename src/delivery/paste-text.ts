import { sanitisePaste } from '../core/text.ts'

/** A last word that opens a picker of files or commands, which would take the submit key for its own. */
const opensPicker = /(?:^|\s)[@/]\S*$/u

/**
 * What is pasted for a text: sanitised, and with a blank behind a last word like `@path` or `/command`. That closes the
 * picker (Codex 0.169 puts its first match in instead of submitting, Claude Code 2.1 needs the key twice). Idempotent.
 */
export function pasteOf(text: string): string {
  const clean = sanitisePaste(text)
  return opensPicker.test(clean) ? `${clean} ` : clean
}
