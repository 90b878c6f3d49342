import { stat } from 'node:fs/promises'
import { followFile } from './follow-file.ts'
import { linesBackward } from './lines.ts'

/** A session's log, `<session>.log`, with its rotated older parts `.1`, `.2`, …, newest first. */
export interface SessionLog {
  /** The last `count` lines over all parts, oldest first; `absent` when there is no part at all. */
  tail(path: string, count: number): Promise<string[] | 'absent'>
  /** Gives what is added from now on, also over a rotation, until aborted. */
  follow(path: string, listener: (text: string) => void, signal: AbortSignal): Promise<void>
}

/** More rotated parts than anybody keeps. */
const MOST_PARTS = 100
/** Lines are held in memory until they are printed. */
const MOST_CHARS = 64 * 1024 * 1024

export function createSessionLog(): SessionLog {
  return { tail, follow: (path, listener, signal) => followFile(path, listener, signal) }
}

async function tail(path: string, count: number): Promise<string[] | 'absent'> {
  const lines: string[] = []
  let chars = 0
  let parts = 0
  for (let part = 0; part <= MOST_PARTS; part++) {
    const name = part === 0 ? path : `${path}.${part}`
    // The newest part may be missing for an instant while it is rotated.
    if (!(await isFile(name))) {
      if (part === 0) continue
      break
    }
    parts += 1
    for await (const line of linesBackward(name)) {
      if (lines.length >= count || chars > MOST_CHARS) return lines.reverse()
      chars += line.length
      lines.push(line)
    }
  }
  return parts === 0 ? 'absent' : lines.reverse()
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
