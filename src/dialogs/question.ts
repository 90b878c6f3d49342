/** Codex shows here what the agent says why it asks. */
const reason = /^reason:/iu

/** The last sentence that asks, also one that is wrapped; else the first row. */
export function questionOf(text: string): string {
  const lines = text.split('\n').filter((line) => line !== '')
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const asked = reason.test(lines[at]!) ? undefined : asksIn(lines[at]!).at(-1)
    if (asked !== undefined) return unwrapped(lines, at, asked)
  }
  return lines[0] ?? ''
}

/** Every sentence of a text that asks. Part of them may be the agent's own words. */
export const questionsIn = (text: string): string[] => text.split('\n').flatMap(asksIn)

const asksIn = (line: string): string[] => sentencesOf(line).filter((one) => /\p{L}.*[?？]$/u.test(one))

const sentencesOf = (line: string): string[] => line.split(/(?<=[.?!？])\s+/u)

/** A sentence that goes on in lower case from the row above. */
function unwrapped(lines: readonly string[], at: number, sentence: string): string {
  const above = lines[at - 1]
  const goesOn = lines[at]!.startsWith(sentence) && /^\p{Ll}/u.test(sentence) && above !== undefined
  return goesOn ? unwrapped(lines, at - 1, `${sentencesOf(above).at(-1)} ${sentence}`) : sentence
}
