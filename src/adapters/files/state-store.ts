import type { BigIntStats } from 'node:fs'
import { lstat, readdir, stat, unlink } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { UserError } from '../../core/index.ts'
import { discard, syncFolder, TEMP_NAME, writeAtomic } from './atomic-write.ts'
import { filesError, unless } from './errno.ts'
import { processIsAlive } from './owner.ts'
import { decodeRecord, encodeRecord } from './record.ts'
import { ensureFolder } from './safe-folder.ts'
import { objection, readRegular } from './safe-open.ts'
import type { Loaded, StateStore } from './types.ts'
import { createWriteQueue } from './write-queue.ts'

export interface StateStoreOptions {
  /** Other folders in which `saveText` is used and whose temporary files `sweep` removes, e.g. the log folder. */
  sweepFolders?: readonly string[]
  /** Largest record or text that is read, bytes. @default 16 MiB */
  maxBytes?: number
}

const RECORD_NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/

/** The state folder of a fleet; see `StateStore`. Nothing is touched before the first call. */
export function createStateStore(folder: string, options: StateStoreOptions = {}): StateStore {
  const stateDir = resolve(folder)
  const maxBytes = options.maxBytes ?? 16 * 1024 * 1024
  const recordPath = (name: string) => join(stateDir, checkedName(name))

  /** Of the records that were written here, as they stood then: nobody has to read those again to know them good. */
  const own = new Map<string, string>()
  const saveBytes = createWriteQueue(async (path, bytes) => {
    await ensureFolder(stateDir)
    const seen = stampOf(await refuseStranger(path))
    const good = (seen !== undefined && seen === own.get(path)) || (await isGood(path, maxBytes))
    own.delete(path)
    await writeAtomic(path, bytes, good ? `${path}.1` : undefined)
    const stamp = stampOf(await look(path))
    if (stamp !== undefined) own.set(path, stamp)
  })
  const saveAs = (mode: number) =>
    createWriteQueue(async (path, text) => {
      if (!(await exists(dirname(path))) || dirname(path) === stateDir) await ensureFolder(dirname(path))
      await refuseStranger(path)
      await writeAtomic(path, text, undefined, mode)
    })
  const saveText = saveAs(0o600)
  const saveProgram = saveAs(0o700)

  return {
    load: (name, check) => loadRecord(recordPath(name), maxBytes, check),
    save: async (name, value) => saveBytes(recordPath(name), encodeRecord(value)),
    saveText: async (path, text) => saveText(resolve(stateDir, path), text),
    saveProgram: async (path, text) => saveProgram(resolve(stateDir, path), text),
    loadText: (path) => readRegular(resolve(stateDir, path), maxBytes),
    remove: (path) => removeFile(stateDir, resolve(stateDir, path)),
    sweep: () => sweepFolders([stateDir, ...(options.sweepFolders ?? [])]),
  }
}

function checkedName(name: string): string {
  if (RECORD_NAME.test(name) && !name.endsWith('.1')) return name
  throw new UserError({ code: 'FILES_NAME', what: `"${name}" cannot be the name of a state record` })
}

const look = (path: string): Promise<BigIntStats | undefined> =>
  unless(['ENOENT'], () => lstat(path, { bigint: true }))

/** Whatever is done to a file changes this, its times set back included: ctime nobody can set. */
const stampOf = (seen: BigIntStats | undefined): string | undefined =>
  seen === undefined ? undefined : `${seen.dev}:${seen.ino}:${seen.ctimeNs}:${seen.size}`

/** A rename would replace a link or a FIFO without a word; whoever put it there meant something by it. */
async function refuseStranger(path: string): Promise<BigIntStats | undefined> {
  const seen = await look(path)
  const why = seen === undefined ? undefined : objection(path, seen)
  if (why === undefined) return seen
  throw new UserError({
    code: 'FILES_REFUSED',
    what: why,
    fix: `Move it away: mv '${path}' '${path}.old'`,
    file: path,
  })
}

/**
 * Whether what stands is worth keeping as the older generation: a damaged file must not push out a good one.
 * @throws {UserError} `FILES_NEWER` for a newer program's record, which is not ours to overwrite
 */
async function isGood(path: string, maxBytes: number): Promise<boolean> {
  const seen = await readGeneration(path, maxBytes, (value) => ({ value }))
  if (seen.kind !== 'newer') return seen.kind === 'ok'
  throw new UserError({
    code: 'FILES_NEWER',
    what: `${path} was written by a newer agents (record format ${seen.version}) and is left as it is`,
    fix: 'Upgrade agents, or move the file away.',
    file: path,
  })
}

async function readGeneration<T>(path: string, maxBytes: number, check: (value: unknown) => T | undefined) {
  const read = await readRegular(path, maxBytes)
  if (read.kind === 'refused') return { kind: 'corrupt' as const, why: read.why }
  if (read.kind === 'absent') return read
  return decodeRecord(read.text, check)
}

async function loadRecord<T>(
  path: string,
  maxBytes: number,
  check: (value: unknown) => T | undefined,
): Promise<Loaded<T>> {
  const current = await readGeneration(path, maxBytes, check)
  if (current.kind === 'ok') return { ...current, generation: 'current' }
  if (current.kind === 'newer') return current
  const previous = await readGeneration(`${path}.1`, maxBytes, check)
  if (previous.kind === 'ok') return { ...previous, generation: 'previous' }
  if (previous.kind === 'newer' || current.kind === 'absent') return previous
  return { kind: 'corrupt', why: `${path}: ${current.why}` }
}

/** The older generation goes first: a crash in between must not bring it back. */
async function removeFile(stateDir: string, path: string): Promise<boolean> {
  try {
    if (dirname(path) === stateDir) await unless(['ENOENT'], () => unlink(`${path}.1`))
    const removed = await unless(['ENOENT', 'ENOTDIR'], () => unlink(path).then(() => true))
    if (removed) await syncFolder(dirname(path))
    return removed ?? false
  } catch (error) {
    throw filesError('FILES_REMOVE', `${path} cannot be removed`, error)
  }
}

async function sweepFolders(folders: readonly string[]): Promise<number> {
  let swept = 0
  for (const folder of folders) {
    const names = (await unless(['ENOENT', 'ENOTDIR', 'EACCES'], () => readdir(folder))) ?? []
    for (const name of names) if (await sweepOne(folder, name)) swept += 1
  }
  return swept
}

async function sweepOne(folder: string, name: string): Promise<boolean> {
  const pid = Number(TEMP_NAME.exec(name)?.[1])
  if (!Number.isSafeInteger(pid)) return false
  // Our own are in use, and so are those of another living `agents` command.
  if (pid === process.pid || (await processIsAlive(pid))) return false
  await discard(join(folder, name))
  return true
}

async function exists(path: string): Promise<boolean> {
  return (await unless(['ENOENT', 'ENOTDIR'], () => stat(path))) !== undefined
}
