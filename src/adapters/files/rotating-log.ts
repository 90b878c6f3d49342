import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { rotateFile } from './rotate.ts'
import { ensureFolder } from './safe-folder.ts'
import { objection } from './safe-open.ts'

export interface RotatingLog {
  /** Adds text as it is. Never throws and never waits: what cannot be written is counted in `lost`. */
  write(text: string): void
  /** Bytes that never reached the file. */
  lost(): number
  flush(): Promise<void>
  close(): Promise<void>
}

/** Text that waits for a slow disk; more than this is dropped, and said so in the log. */
const MOST_WAITING = 1024 * 1024

/**
 * An append-only log, 0600, moved to `path.1` … `path.<keep>` when it would grow past `maxBytes`. A log that was
 * deleted or moved away by somebody else is begun anew.
 */
export function createRotatingLog(path: string, maxBytes: number, keep: number): RotatingLog {
  let waiting: string[] = []
  let waitingBytes = 0
  let lost = 0
  let writing: Promise<void> | undefined

  function write(text: string): void {
    const bytes = Buffer.byteLength(text)
    if (waitingBytes + bytes > MOST_WAITING) {
      lost += bytes
      return
    }
    waiting.push(text)
    waitingBytes += bytes
    writing ??= drain()
  }

  async function drain(): Promise<void> {
    await Promise.resolve()
    while (waiting.length > 0) {
      const text = waiting.join('')
      const bytes = waitingBytes
      waiting = []
      waitingBytes = 0
      await append(text).catch(() => {
        lost += bytes
      })
    }
    // In the same step as the last look at `waiting`, so that text which comes now starts a new drain.
    writing = undefined
  }

  async function append(text: string): Promise<void> {
    const handle = await openLog(path)
    try {
      const { size } = await handle.stat()
      if (size === 0 || size + Buffer.byteLength(text) <= maxBytes) return await handle.writeFile(text)
    } finally {
      await handle.close()
    }
    await rotateFile(path, keep)
    await append(text)
  }

  const flush = async () => {
    await writing
  }
  return { write, lost: () => lost, flush, close: flush }
}

/** Opened for each batch: a handle kept open would go on writing to a file that somebody moved away. */
async function openLog(path: string): Promise<FileHandle> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  await ensureFolder(dirname(path))
  const handle = await open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  const why = objection(path, await handle.stat())
  if (why === undefined) return handle
  await handle.close()
  throw new Error(why)
}
