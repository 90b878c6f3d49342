import { linesBackward } from './lines.ts'
import { openRegular } from './safe-open.ts'

export type Tail = { kind: 'ok'; lines: string[] } | { kind: 'absent' } | { kind: 'refused'; why: string }

const MOST_CHARS = 16 * 1024 * 1024

/**
 * The last `count` lines of a file, oldest first, whatever its size and whatever bytes it holds. At most 16 Mi
 * characters in all.
 */
export async function readTail(path: string, count: number): Promise<Tail> {
  const opened = await openRegular(path)
  if (opened.kind !== 'ok') return opened
  await opened.handle.close()
  const lines: string[] = []
  let chars = 0
  if (count <= 0) return { kind: 'ok', lines }
  for await (const line of linesBackward(path)) {
    chars += line.length
    if (chars > MOST_CHARS) break
    lines.push(line)
    if (lines.length >= count) break
  }
  return { kind: 'ok', lines: lines.reverse() }
}
