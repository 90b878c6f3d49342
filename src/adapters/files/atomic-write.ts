import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { chmod, copyFile, link, open, rename, unlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { errnoOf, filesError, unless } from './errno.ts'

/** Temporary files carry the pid of their writer, so that a sweep leaves those of a live process alone. */
export const TEMP_NAME = /^\.agents-.+\.(\d+)\.[0-9a-f]{16}\.tmp$/

export function tempPath(path: string): string {
  const random = randomBytes(8).toString('hex')
  return join(dirname(path), `.agents-${basename(path)}.${process.pid}.${random}.tmp`)
}

/**
 * Replaces `path` by `bytes` so that a crash at any instant leaves a complete old or a complete new file: temporary
 * file, fsync, rename, fsync of the folder. When it throws, the old file stands again and the temporary ones are gone.
 * @param olderPath where the replaced file is kept; undefined keeps none
 * @throws {OutsideError} `FILES_WRITE`
 */
export async function writeAtomic(
  path: string,
  bytes: string,
  olderPath?: string,
  mode = 0o600,
): Promise<void> {
  const temp = tempPath(path)
  const old = tempPath(path)
  try {
    await writeDurable(temp, bytes, mode)
    const hadOld = await keepOld(path, old)
    // Whoever opened the file up meanwhile did not mean the older generation to stay open, either.
    if (hadOld && olderPath !== undefined) await unless(['EPERM'], () => chmod(old, mode))
    await rename(temp, path)
    await syncOrPutBack(path, hadOld ? old : undefined)
    // The new file is safe by now. Without this step the older generation is one older still, and that is all.
    if (hadOld && olderPath !== undefined) await rename(old, olderPath).catch(() => undefined)
  } catch (error) {
    throw filesError('FILES_WRITE', `${path} cannot be written`, error)
  } finally {
    await discard(temp)
    // Also needed after a good rename: between two names of one file, rename(2) does nothing and leaves both.
    await discard(old)
  }
}

/** Writes a new file that did not exist, to the disk and not only to the cache. A failed fsync is a failed write. */
async function writeDurable(path: string, bytes: string, mode: number): Promise<void> {
  const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants
  const handle = await open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const NO_HARD_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']

/** Gives the old file a second name, or a copy where the file system has no hard links. False when there is none. */
async function keepOld(path: string, old: string): Promise<boolean> {
  try {
    await link(path, old)
    return true
  } catch (error) {
    const errno = errnoOf(error) ?? ''
    if (errno === 'ENOENT') return false
    if (!NO_HARD_LINKS.includes(errno)) throw error
    await copyFile(path, old, constants.COPYFILE_EXCL)
    return true
  }
}

/** The rename is undone when the folder cannot be synced: a save that failed must not be found later. */
async function syncOrPutBack(path: string, old: string | undefined): Promise<void> {
  try {
    await syncFolder(dirname(path))
  } catch (error) {
    if (old === undefined) await discard(path)
    else await rename(old, path)
    throw error
  }
}

export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    // Some network and FUSE file systems cannot sync folders and say EINVAL.
    await unless(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP'], () => handle.sync())
  } finally {
    await handle.close()
  }
}

/** Removes a file if it is there. Never throws: a temporary file left behind is swept at the next start. */
export async function discard(path: string): Promise<void> {
  await unlink(path).catch(() => undefined)
}
