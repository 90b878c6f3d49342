import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'

/** Reads what was appended to a file since the last call, whole lines only; follows a rotation to `older`. */
export function createTail(path: string, older = `${path}.1`): () => string[] {
  let inode = 0
  let offset = 0
  let rest = ''

  function take(from: string): { inode: number; text: string } | undefined {
    let fd: number | undefined
    try {
      fd = openSync(from, 'r')
      const { ino, size } = fstatSync(fd)
      if (ino === inode && size < offset) offset = 0
      const start = ino === inode ? offset : 0
      const buffer = Buffer.alloc(Math.max(0, size - start))
      const length = readSync(fd, buffer, 0, buffer.length, start)
      offset = start + length
      inode = ino
      return { inode: ino, text: buffer.toString('utf8', 0, length) }
    } catch {
      return undefined // Not there yet, or being replaced.
    } finally {
      if (fd !== undefined) closeSync(fd)
    }
  }

  return () => {
    let text = ''
    if (inode !== 0 && inodeOf(path) !== inode && inodeOf(older) === inode) text += take(older)?.text ?? ''
    text += take(path)?.text ?? ''
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    return lines.filter((line) => line !== '')
  }
}

function inodeOf(path: string): number {
  try {
    return statSync(path).ino
  } catch {
    return -1 // Not there.
  }
}
