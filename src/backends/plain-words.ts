/**
 * The words of a command that needs no shell: blanks part them, quotes and backslashes work as in `sh`.
 * @returns undefined for what only a shell can run: variables, pipes, lists, patterns, redirections, an open quote
 */
export function plainWords(command: string): string[] | undefined {
  const words: string[] = []
  let rest = command.trimStart()
  while (rest !== '') {
    const taken = WORD.exec(rest)?.[0]
    if (taken === undefined) return undefined
    words.push(unquoted(taken))
    rest = rest.slice(taken.length)
    if (rest !== '' && !/^\s/.test(rest)) return undefined
    rest = rest.trimStart()
  }
  // `A=b command` sets a variable.
  return /^[A-Za-z_]\w*=/.test(words[0] ?? '') ? undefined : words
}

const PIECE = /'[^']*'|"(?:[^"\\$`]|\\.)*"|\\[^\n]|[^\s'"\\$`;&|<>(){}*?[\]~#!]|(?<=.)[#~!]/
const WORD = new RegExp(`^(?:${PIECE.source})+`, 's')

function unquoted(word: string): string {
  return word.replace(new RegExp(PIECE.source, 'gs'), (piece) => {
    if (piece.startsWith("'")) return piece.slice(1, -1)
    if (piece.startsWith('"')) return piece.slice(1, -1).replace(/\\(["\\$`])/g, '$1')
    return piece.startsWith('\\') ? piece.slice(1) : piece
  })
}
