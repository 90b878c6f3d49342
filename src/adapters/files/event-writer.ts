import { constants } from 'node:fs'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import type { EventDraft, FleetEvent } from '../../core/index.ts'
import { discard } from './atomic-write.ts'
import { unless } from './errno.ts'
import { encodeEvent, GENESIS, type Head } from './event-chain.ts'
import { fileMark, lastHead } from './event-files.ts'
import { ensureFolder } from './safe-folder.ts'
import { objection } from './safe-open.ts'

export interface Draft {
  draft: EventDraft
  at: number
}

/**
 * Writes batches at the end of the log. The caller holds the lock of the log; what another process wrote meanwhile is
 * seen by the file's size.
 */
export function createEventWriter(logDir: string, paths: readonly string[], maxBytes: number) {
  const [path] = paths as [string]
  const headPath = join(logDir, '.events.head')
  let head: Head | undefined
  let mark: Awaited<ReturnType<typeof fileMark>>

  async function currentHead(): Promise<Head> {
    const now = await fileMark(path)
    if (head !== undefined && now !== undefined && now.ino === mark?.ino && now.size === mark.size)
      return head
    const found = [await lastHead(paths), await readHead(headPath), head].filter((one) => one !== undefined)
    return found.reduce((newest, one) => (one.seq > newest.seq ? one : newest), GENESIS)
  }

  /** @throws whatever the system said; nothing of the batch is then in the log */
  return async function write(batch: readonly Draft[]): Promise<FleetEvent[]> {
    await ensureFolder(logDir)
    const from = await currentHead()
    const { text, events, last } = encodeBatch(batch, from)
    const size = (await fileMark(path))?.size ?? 0
    if (size > 0 && size + Buffer.byteLength(text) > maxBytes) await rotate(paths)
    mark = await appendWhole(path, text)
    head = last
    await saveHead(headPath, last)
    return events
  }
}

function encodeBatch(batch: readonly Draft[], from: Head) {
  let last = from
  let text = ''
  const events: FleetEvent[] = []
  for (const { draft, at } of batch) {
    const line = encodeEvent(draft, at, last)
    text += line.text
    last = line.head
    events.push(line.event)
  }
  return { text, events, last }
}

/**
 * All or nothing, as far as the system lets us: a short write is cut off again. Once the write has succeeded the events
 * are in the log, and nothing after it may say otherwise, or they would be written a second time.
 */
async function appendWhole(path: string, text: string) {
  const { O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants
  const handle = await open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600)
  try {
    const before = await handle.stat()
    const why = objection(path, before)
    if (why !== undefined) throw new Error(why)
    const torn = before.size > 0 && !(await endsWithNewline(handle, before.size))
    const bytes = Buffer.from(torn ? `\n${text}` : text)
    try {
      await handle.writeFile(bytes)
    } catch (error) {
      await handle.truncate(before.size).catch(() => undefined)
      throw error
    }
    return { ino: before.ino, size: before.size + bytes.length }
  } finally {
    await handle.close().catch(() => undefined)
  }
}

async function endsWithNewline(handle: FileHandle, size: number): Promise<boolean> {
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer[0] === 0x0a
}

/** The oldest file is overwritten by the one after it. */
async function rotate(paths: readonly string[]): Promise<void> {
  for (let index = paths.length - 1; index > 0; index -= 1) {
    await unless(['ENOENT'], () => rename(paths[index - 1]!, paths[index]!))
  }
  if (paths.length === 1) await discard(paths[0]!)
}

/**
 * The end of the chain beside the log, so that lines cut off the end are noticed. Written after the log and of one
 * size, so that it may lag behind a crash but is never ahead of the log.
 */
async function saveHead(path: string, { seq, hash }: Head): Promise<void> {
  const { O_WRONLY, O_CREAT, O_NOFOLLOW } = constants
  // The events are in the log already; a head that lags only sees less.
  await (async () => {
    const handle = await open(path, O_WRONLY | O_CREAT | O_NOFOLLOW, 0o600)
    await handle.write(`${String(seq).padStart(16)} ${hash}\n`, 0).finally(() => handle.close())
  })().catch(() => undefined)
}

export async function readHead(path: string): Promise<Head | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const found = /^ *(\d+) ([0-9a-f]{32})\n$/.exec(text)
  return found === null ? undefined : { seq: Number(found[1]), hash: found[2]! }
}
