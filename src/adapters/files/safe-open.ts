import type { BigIntStats, Stats } from 'node:fs'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { errnoOf, filesError } from './errno.ts'
import { ownUid } from './safe-folder.ts'

export type Opened =
  | { kind: 'ok'; handle: FileHandle; stat: Stats }
  | { kind: 'absent' }
  /** A symbolic link, FIFO, device, folder, or a file of another user. */
  | { kind: 'refused'; why: string }

/**
 * Opens a regular file of ours for reading, judged by the descriptor and not by its name, so that nothing can be
 * swapped in between. Never blocks on a FIFO. Hard links are let through: we never write in place, so a second
 * name cannot be used to reach another file.
 * @throws {OutsideError} `FILES_READ` when the system fails
 */
export async function openRegular(path: string): Promise<Opened> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants
  try {
    const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
    return await judge(path, handle)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR') return { kind: 'absent' }
    if (errno === 'ELOOP') return { kind: 'refused', why: `${path} is a symbolic link` }
    if (errno === 'ENXIO') return { kind: 'refused', why: `${path} is not a regular file` }
    if (errno === 'EACCES') return { kind: 'refused', why: `${path} may not be read` }
    throw filesError('FILES_READ', `${path} cannot be opened`, error)
  }
}

async function judge(path: string, handle: FileHandle): Promise<Opened> {
  const stat = await handle.stat()
  const why = objection(path, stat)
  if (why === undefined) return { kind: 'ok', handle, stat }
  await handle.close()
  return { kind: 'refused', why }
}

/** Why a path's content is not read or replaced; undefined for a regular file of ours. */
export function objection(path: string, stat: Stats | BigIntStats): string | undefined {
  if (stat.isSymbolicLink()) return `${path} is a symbolic link`
  if (!stat.isFile()) return `${path} is not a regular file`
  if (Number(stat.uid) !== ownUid()) return `${path} belongs to user ${stat.uid}`
  return undefined
}

/** Reads a whole file of ours. `refused` too when it is larger than `maxBytes`. */
export async function readRegular(
  path: string,
  maxBytes: number,
): Promise<{ kind: 'ok'; text: string } | Exclude<Opened, { kind: 'ok' }>> {
  const opened = await openRegular(path)
  if (opened.kind !== 'ok') return opened
  try {
    if (opened.stat.size > maxBytes)
      return { kind: 'refused', why: `${path} is larger than ${maxBytes} bytes` }
    return { kind: 'ok', text: await opened.handle.readFile('utf8') }
  } catch (error) {
    throw filesError('FILES_READ', `${path} cannot be read`, error)
  } finally {
    await opened.handle.close()
  }
}
