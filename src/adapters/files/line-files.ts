import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, stat, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { syncFolder } from './atomic-write.ts'
import { errnoOf } from './errno.ts'
import { makeFolders } from './make-folders.ts'

export type LinesWritten =
  | { kind: 'written'; bytes: number }
  | { kind: 'exists' }
  | { kind: 'failed'; why: string }

export type LinesRead =
  /** `lines` may be asked for more than once; each time it reads from the beginning. Without their line feeds. */
  { kind: 'ok'; lines(): AsyncIterable<string> } | { kind: 'absent' } | { kind: 'refused'; why: string }

/** Files of many lines, of any size; never the whole of it in memory. */
export interface LineFiles {
  /** A new file of 0600 in folders of 0700; whole or not at all, and never in the place of another. */
  writeNew(path: string, lines: Iterable<string>): Promise<LinesWritten>
  read(path: string): Promise<LinesRead>
}

/** Characters that are gathered before they are written. */
const CHUNK = 256 * 1024

export function createLineFiles(): LineFiles {
  return { writeNew, read }
}

async function writeNew(path: string, lines: Iterable<string>): Promise<LinesWritten> {
  const folder = dirname(path)
  const temp = join(folder, `.agents-${basename(path)}.${process.pid}.${randomBytes(8).toString('hex')}.tmp`)
  try {
    makeFolders(folder, 0o700)
    const bytes = await writeDurable(temp, lines)
    // A link fails where a rename would replace what is there.
    await link(temp, path)
    await syncFolder(folder)
    return { kind: 'written', bytes }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === undefined) throw error
    return errno === 'EEXIST' ? { kind: 'exists' } : { kind: 'failed', why: errno }
  } finally {
    await unlink(temp).catch(() => undefined)
  }
}

async function writeDurable(path: string, lines: Iterable<string>): Promise<number> {
  const file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
  try {
    let waiting = ''
    for (const line of lines) {
      waiting += line
      if (waiting.length < CHUNK) continue
      await file.writeFile(waiting)
      waiting = ''
    }
    await file.writeFile(waiting)
    await file.sync()
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}

async function read(path: string): Promise<LinesRead> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return { kind: 'refused', why: 'is not a regular file' }
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    await file.close()
    return { kind: 'ok', lines: () => linesOf(path) }
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'absent' }
    return { kind: 'refused', why: `cannot be read (${errno ?? String(error)})` }
  }
}

/** At line feeds only: other line ends may stand within a text of JSON. */
async function* linesOf(path: string): AsyncGenerator<string> {
  const file: FileHandle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of file.createReadStream({ autoClose: false, highWaterMark: CHUNK })) {
      const parts = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n')
      rest = parts.pop() ?? ''
      yield* parts
    }
    rest += decoder.decode()
    if (rest !== '') yield rest
  } finally {
    await file.close()
  }
}
