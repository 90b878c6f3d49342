const NEWLINE = 0x0a

/**
 * Cuts a byte stream into lines. Answers false when a line grows past `maxBytes`: the stream cannot be trusted then,
 * and nothing more is cut from it.
 */
export function createLineSplitter(maxBytes: number, onLine: (line: string) => void) {
  let parts: Buffer[] = []
  let held = 0

  return function push(chunk: Buffer): boolean {
    let from = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      if (held + end - from > maxBytes) return false
      onLine(Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8'))
      parts = []
      held = 0
      from = end + 1
    }
    parts.push(chunk.subarray(from))
    held += chunk.length - from
    return held <= maxBytes
  }
}
