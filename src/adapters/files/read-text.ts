import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { errnoOf } from './errno.ts'

export type FileText =
  | { kind: 'ok'; text: string }
  | { kind: 'absent' }
  /** A folder, FIFO or device; too large; not permitted; not UTF-8. One clause for a person. */
  | { kind: 'refused'; why: string }

/**
 * A regular file as text, through links; absent and refused are answers. Synchronous.
 * Opens without waiting, so that a FIFO holds nobody up, and judges the descriptor, so that a file which is swapped
 * meanwhile is read whole or refused.
 */
export function readText(path: string, maxBytes: number): FileText {
  return withFile(path, maxBytes, decode)
}

/** The same judgement without reading; `text` is empty. */
export function lookAt(path: string, maxBytes: number): FileText {
  return withFile(path, maxBytes, () => ({ kind: 'ok', text: '' }))
}

function withFile(path: string, maxBytes: number, use: (fd: number, size: number) => FileText): FileText {
  const opened = open(path)
  if (typeof opened !== 'number') return opened
  try {
    const stats = fstatSync(opened)
    const fault = faultOf(stats, maxBytes)
    return fault === undefined ? use(opened, stats.size) : { kind: 'refused', why: fault }
  } catch (error) {
    return { kind: 'refused', why: `cannot be read (${errnoOf(error) ?? 'unknown error'})` }
  } finally {
    closeSync(opened)
  }
}

function open(path: string): number | FileText {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  } catch (error) {
    const code = errnoOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' }
    return {
      kind: 'refused',
      why: code === 'EACCES' ? 'may not be read by you' : `cannot be opened (${code})`,
    }
  }
}

function faultOf(stats: Stats, maxBytes: number): string | undefined {
  if (stats.isDirectory()) return 'is a folder'
  if (!stats.isFile()) return stats.isFIFO() ? 'is a FIFO' : 'is not a regular file'
  if (stats.size > maxBytes) return `has ${stats.size} bytes; at most ${maxBytes} are read`
  return undefined
}

/** Reads what the descriptor had when it was judged; a file that grows meanwhile is cut there. */
function decode(fd: number, size: number): FileText {
  const bytes = Buffer.alloc(size)
  let length = 0
  while (length < size) {
    const got = readSync(fd, bytes, length, size - length, length)
    if (got === 0) break
    length += got
  }
  try {
    return { kind: 'ok', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)) }
  } catch {
    return { kind: 'refused', why: 'is not UTF-8 text' }
  }
}
