import { setTimeout as sleep } from 'node:timers/promises'
import { OutsideError } from '../../core/index.ts'
import { parseInfo } from './info.ts'
import type { Link } from './link.ts'

/** Connections to servers that keep no such file, or do not tell. */
const untold = new WeakSet<object>()

/** Between two looks: an fsync that is under way takes some milliseconds. */
const LOOK_MS = 5
/** Redis itself waits two seconds, to the second, and writes then. Milliseconds. */
const MOST_MS = 5_000

/**
 * Waits until the server has handed to the kernel what it has answered. With `appendfsync everysec` Redis answers first and
 * keeps what it should append for up to two seconds while an fsync is under way: killed then, it forgets what it has
 * acknowledged. One INFO when the disk is quick.
 * @param send INFO on this connection, within its deadline
 * @returns false when it is not written for longer than Redis itself would wait
 */
export async function untilWritten(link: object, send: Link['send']): Promise<boolean> {
  if (untold.has(link)) return true
  const end = performance.now() + MOST_MS
  let wanted: number | undefined
  let size = 0
  for (;;) {
    const seen = await look(send)
    if (seen === undefined) {
      untold.add(link)
      return true
    }
    wanted ??= seen.size + seen.kept
    // A file that shrinks was written anew, with everything in it.
    if (seen.kept === 0 || seen.size >= wanted || seen.size < size) return true
    if (performance.now() > end) return false
    size = seen.size
    await sleep(LOOK_MS)
  }
}

/** Bytes of the append-only file, and bytes that are still to be appended. undefined: there is none, or nobody says. */
async function look(send: Link['send']): Promise<{ size: number; kept: number } | undefined> {
  const text = await send(['INFO', 'persistence']).catch((error: unknown) => {
    if (error instanceof OutsideError && ['REDIS_AUTH', 'REDIS_REPLY'].includes(error.code)) return ''
    throw error
  })
  const info = parseInfo(String(text))
  const [size, kept] = [Number(info.aof_current_size), Number(info.aof_buffer_length)]
  return info.aof_enabled === '1' && Number.isFinite(size) && Number.isFinite(kept)
    ? { size, kept }
    : undefined
}
