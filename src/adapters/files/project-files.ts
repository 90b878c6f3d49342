import { constants } from 'node:fs'
import { access, copyFile, open, readFile, stat, truncate, unlink } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { makeFolders } from './make-folders.ts'

const largestPrompt = 1024 * 1024

export type TextRead = { kind: 'ok'; text: string } | { kind: 'missing'; why: string }

/** The project's own files as the daemon needs them: prompts, folders, logs. Outcomes are values. */
export interface ProjectFiles {
  /** A regular file of at most 1 MiB; never blocks on a FIFO. */
  readText(path: string): Promise<TextRead>
  /** At most the last so many bytes of a regular file; undefined when it cannot be read. */
  readEnd(path: string, most: number): Promise<string | undefined>
  ensureFolder(path: string): Promise<{ kind: 'ok' } | { kind: 'failed'; why: string }>
  /** Last change, epoch milliseconds; undefined when there is no such file. */
  modifiedAt(path: string): Promise<number | undefined>
  /** Bytes; undefined when there is no such file. */
  size(path: string): Promise<number | undefined>
  exists(path: string): Promise<boolean>
  /**
   * Moves the text of a file that another process keeps open for appending into `path.1`, and empties the file. Lines
   * written in between are lost.
   */
  emptyInto(path: string): Promise<void>
  remove(path: string): Promise<boolean>
  /** Whether `word` names something executable, by path or through `searchPath`. */
  executable(word: string, searchPath: string, cwd: string): Promise<boolean>
}

export function createProjectFiles(): ProjectFiles {
  return { readText, readEnd, ensureFolder, modifiedAt, size, exists, emptyInto, remove, executable }
}

const reason = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

async function readText(path: string): Promise<TextRead> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await file.stat()
      if (!found.isFile()) return { kind: 'missing', why: `${path} is not a regular file` }
      if (found.size > largestPrompt) return { kind: 'missing', why: `${path} is larger than 1 MiB` }
      return { kind: 'ok', text: await readFile(file, 'utf8') }
    } finally {
      await file.close()
    }
  } catch (error) {
    return { kind: 'missing', why: `${path} cannot be read (${reason(error)})` }
  }
}

async function readEnd(path: string, most: number): Promise<string | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const found = await file.stat()
      if (!found.isFile()) return undefined
      const from = Math.max(0, found.size - most)
      const bytes = Buffer.alloc(found.size - from)
      const { bytesRead } = await file.read(bytes, 0, bytes.length, from)
      return bytes.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch {
    // A log that is not there, or is being rotated: it holds no last words.
    return undefined
  }
}

async function ensureFolder(path: string): Promise<{ kind: 'ok' } | { kind: 'failed'; why: string }> {
  try {
    makeFolders(path)
    return { kind: 'ok' }
  } catch (error) {
    return { kind: 'failed', why: `the folder ${path} cannot be made (${reason(error)})` }
  }
}

async function modifiedAt(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mtimeMs
  } catch {
    // Absent is the usual case; an unreadable folder means no claim either.
    return undefined
  }
}

async function size(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch {
    // Absent, or a folder that cannot be searched: there is nothing to rotate.
    return undefined
  }
}

async function exists(path: string): Promise<boolean> {
  return (await modifiedAt(path)) !== undefined
}

async function emptyInto(path: string): Promise<void> {
  await copyFile(path, `${path}.1`)
  await truncate(path, 0)
}

async function remove(path: string): Promise<boolean> {
  try {
    await unlink(path)
    return true
  } catch (error) {
    if (reason(error) === 'ENOENT') return false
    throw error
  }
}

async function executable(word: string, searchPath: string, cwd: string): Promise<boolean> {
  const places = word.includes('/')
    ? [word.startsWith('/') ? word : join(cwd, word)]
    : searchPath.split(delimiter).map((folder) => join(folder === '' ? cwd : folder, word))
  for (const place of places) {
    if (await runs(place)) return true
  }
  return false
}

async function runs(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    // Not there or not ours to run: this place does not count.
    return false
  }
}
