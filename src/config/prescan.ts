export const MAX_CONFIG_BYTES = 1024 * 1024
export const MAX_DEPTH = 64

/**
 * Finds nesting deeper than 64 in one pass over the text, before any parser recurses into it: the tables of the last
 * header, open brackets, and the dots of the current key, added up. Strings and comments are skipped. Lenient about
 * everything else: the parser follows. Answers the 1-based line, or undefined.
 */
export function tooDeepAt(text: string): number | undefined {
  let line = 1
  /** Dots of the keys around each open bracket. */
  const around: number[] = []
  let outer = 0
  let header = 0
  let dots = 0
  let inKey = true
  let lineBegins = true
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!
    if (c === ' ' || c === '\t' || c === '\r') continue
    if (c === '\n') {
      line += 1
      if (around.length > 0) continue
      inKey = lineBegins = true
      dots = 0
      continue
    }
    if (c === '#') {
      i = endOfLine(text, i) - 1
    } else if (c === '[' && lineBegins) {
      const end = endOfLine(text, i)
      header = dotsIn(text, i, end) + 1
      dots = 0
      i = end - 1
    } else if (c === '"' || c === "'") {
      const end = endOfString(text, i)
      line += countLines(text, i, end)
      i = end
    } else if (c === '[' || c === '{') {
      around.push(dots)
      outer += dots
      inKey = c === '{'
      dots = 0
    } else if (c === ']' || c === '}') {
      dots = around.pop() ?? 0
      outer -= dots
      inKey = false
    } else if (c === '=') {
      inKey = false
    } else if (c === ',') {
      inKey = true
      dots = 0
    } else if (c === '.' && inKey) dots += 1
    lineBegins = false
    if (header + around.length + outer + dots > MAX_DEPTH) return line
  }
  return undefined
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

function dotsIn(text: string, from: number, to: number): number {
  let dots = 0
  for (let i = from; i < to && text[i] !== '#'; i++) {
    if (text[i] === '"' || text[i] === "'") i = endOfString(text, i)
    else if (text[i] === '.') dots += 1
  }
  return dots
}

/** Index of the closing quote; of the last character of the line where a one-line string is not closed. */
function endOfString(text: string, from: number): number {
  const quote = text[from]!
  const long = text.startsWith(quote.repeat(3), from)
  const close = long ? quote.repeat(3) : quote
  for (let i = from + close.length; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i += 1
    else if (text[i] === '\n' && !long) return i - 1
    else if (text[i] === quote && text.startsWith(close, i)) return i + close.length - 1
  }
  return text.length
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0
  for (let i = text.indexOf('\n', from); i >= 0 && i < to; i = text.indexOf('\n', i + 1)) lines += 1
  return lines
}
