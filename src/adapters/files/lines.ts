import type { FileHandle } from 'node:fs/promises'
import { openRegular } from './safe-open.ts'

const BLOCK = 64 * 1024
/** A "line" of a binary file may be the whole file; longer ones are given in pieces of this size. */
const LONGEST_LINE = 1024 * 1024
const NEWLINE = 0x0a

/**
 * Lines of a file from the last to the first, reading only as much as is taken: a 50 GB log costs no more than a small
 * one. The end after a final newline is not a line. Bytes that are not UTF-8 become U+FFFD. An absent or refused file
 * has no lines.
 */
export async function* linesBackward(path: string): AsyncGenerator<string> {
  const opened = await openRegular(path)
  if (opened.kind !== 'ok') return
  try {
    yield* backward(opened.handle, opened.stat.size)
  } finally {
    await opened.handle.close()
  }
}

async function* backward(handle: FileHandle, size: number): AsyncGenerator<string> {
  let end = size
  let pending = Buffer.alloc(0)
  let first = true
  while (end > 0) {
    const length = Math.min(BLOCK, end)
    const block = Buffer.alloc(length)
    const { bytesRead } = await handle.read(block, 0, length, end - length)
    end -= length
    pending = Buffer.concat([block.subarray(0, bytesRead), pending])
    if (first && pending.at(-1) === NEWLINE) pending = pending.subarray(0, -1)
    first = false
    for (let cut = pending.lastIndexOf(NEWLINE); cut !== -1; cut = pending.lastIndexOf(NEWLINE)) {
      yield pending.toString('utf8', cut + 1)
      pending = pending.subarray(0, cut)
    }
    if (pending.length > LONGEST_LINE) {
      yield pending.toString('utf8')
      pending = Buffer.alloc(0)
    }
  }
  if (!first) yield pending.toString('utf8')
}
