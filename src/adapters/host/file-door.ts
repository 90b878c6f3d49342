import { constants, type Stats } from 'node:fs'
import {
  appendFile,
  chmod as chmodFile,
  lstat,
  mkdtemp,
  open,
  readdir,
  realpath,
  rm,
  statfs,
  unlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { writeAtomic } from '../files/atomic-write.ts'
import { makeFolders } from '../files/make-folders.ts'
import type { Host, PathSight } from './types.ts'

const LARGEST_TEXT = 4 * 1024 * 1024

type FileDoor = Pick<
  Host,
  | 'look'
  | 'list'
  | 'readText'
  | 'writeNew'
  | 'replace'
  | 'append'
  | 'makeFolder'
  | 'chmod'
  | 'remove'
  | 'disk'
  | 'tempFolder'
  | 'removeTree'
>

export const fileDoor: FileDoor = {
  look: (path) => orUndefined(async () => sight(await lstat(path))),
  list: async (folder) => (await orUndefined(async () => (await readdir(folder)).sort())) ?? [],
  readText: (path) => orUndefined(() => readRegular(path)),
  writeNew,
  replace,
  append: (path, text) => succeeds(() => appendFile(path, text)),
  makeFolder: (path) => succeeds(async () => makeFolders(path)),
  chmod: (path, mode) => succeeds(() => chmodFile(path, mode)),
  remove: (path) => succeeds(() => unlink(path)),
  disk: (path) => orUndefined(() => disk(path)),
  tempFolder: async () => mkdtemp(join(await realpath(tmpdir()), 'ag-')),
  removeTree: (path) => rm(path, { recursive: true, force: true, maxRetries: 3 }),
}

/** Absence and refusal are answers here: the caller asks because it does not know. */
async function orUndefined<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch {
    return undefined
  }
}

async function succeeds(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch {
    return false
  }
}

function sight(found: Stats): PathSight {
  return {
    kind: kindOf(found),
    mode: found.mode & 0o7777,
    uid: found.uid,
    size: found.size,
    modifiedAt: found.mtimeMs,
  }
}

function kindOf(found: Stats): PathSight['kind'] {
  if (found.isFile()) return 'file'
  if (found.isDirectory()) return 'folder'
  if (found.isSocket()) return 'socket'
  return found.isSymbolicLink() ? 'link' : 'other'
}

/** Never blocks on a FIFO, never reads more than the limit. */
async function readRegular(path: string): Promise<string | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size > LARGEST_TEXT) return undefined
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

async function writeNew(
  path: string,
  text: string,
  options: { private?: boolean } = {},
): ReturnType<Host['writeNew']> {
  const own = options.private === true
  try {
    makeFolders(dirname(path), own ? 0o700 : undefined)
  } catch (error) {
    return { kind: 'failed', why: codeOf(error) }
  }
  try {
    await writeFile(path, text, { flag: 'wx', ...(own ? { mode: 0o600 } : {}) })
    return { kind: 'written' }
  } catch (error) {
    return codeOf(error) === 'EEXIST' ? { kind: 'exists' } : { kind: 'failed', why: codeOf(error) }
  }
}

async function replace(path: string, text: string): ReturnType<Host['replace']> {
  try {
    makeFolders(dirname(path))
    await writeAtomic(path, text)
    return { kind: 'written' }
  } catch (error) {
    return { kind: 'failed', why: error instanceof Error ? error.message : String(error) }
  }
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)

async function disk(path: string): Promise<{ freeBytes: number; totalBytes: number }> {
  const found = await statfs(path)
  return { freeBytes: found.bavail * found.bsize, totalBytes: found.blocks * found.bsize }
}
