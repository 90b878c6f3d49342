import { randomBytes } from 'node:crypto'
import { readlink, symlink, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { errnoOf, filesError, unless } from './errno.ts'
import { type Owner, ownerIsAlive, ownOwner } from './owner.ts'
import { ensureFolder } from './safe-folder.ts'

/** Texts of links of this process that it could not remove. */
const abandoned = new Set<string>()

/**
 * A lock that is a dangling symbolic link whose text names the owner. symlink(2) makes name and text in one step and
 * fails when the name is taken, so there is never an empty lock whose owner is not known yet, as with `O_EXCL` and a
 * write after it.
 */
export type Taken =
  | { kind: 'got'; release: () => Promise<void> }
  /** `owner` is undefined when the link's text is not ours: somebody made it by hand. */
  | { kind: 'held'; owner: Owner | undefined }

/**
 * Takes the lock or says who has it. A dead owner's lock is taken over.
 * @throws {OutsideError} `FILES_LOCK` when the folder cannot be written
 */
export async function takeLink(path: string): Promise<Taken> {
  const own = await ownText()
  for (;;) {
    if (await makeLink(own, path)) return { kind: 'got', release: () => dropLink(path, own) }
    const text = await unless(['ENOENT', 'EINVAL'], () => readlink(path))
    if (text === undefined) {
      if (await isForeign(path)) return { kind: 'held', owner: undefined }
      continue
    }
    const owner = parseOwner(text)
    if (owner === undefined || (await lives(text, owner))) return { kind: 'held', owner }
    if (!(await breakLink(path, text, owner.nonce))) return { kind: 'held', owner: undefined }
  }
}

/** Who has the lock, without taking it. A dead owner has it no more. */
export async function lookAtLink(path: string): Promise<Exclude<Taken, { kind: 'got' }> | { kind: 'free' }> {
  const text = await unless(['ENOENT', 'EINVAL'], () => readlink(path))
  if (text === undefined)
    return (await isForeign(path)) ? { kind: 'held', owner: undefined } : { kind: 'free' }
  const owner = parseOwner(text)
  return owner === undefined || (await lives(text, owner)) ? { kind: 'held', owner } : { kind: 'free' }
}

const lives = async (text: string, owner: Owner): Promise<boolean> =>
  !abandoned.has(text) && (await ownerIsAlive(owner))

/**
 * Removes a dead owner's link. Only the holder of a second lock, named after that very link, may do so, after a second
 * look: so of two that found the same dead owner none can remove what the other has put there since. A taker that dies
 * in between leaves a second lock with a dead owner, which is broken in the same way.
 */
async function breakLink(path: string, text: string, nonce: string): Promise<boolean> {
  const guard = await takeLink(`${path}.${nonce}`)
  if (guard.kind === 'held') return false
  try {
    const now = await unless(['ENOENT', 'EINVAL'], () => readlink(path))
    if (now === text) await unless(['ENOENT'], () => unlink(path))
    return true
  } finally {
    await guard.release()
  }
}

async function makeLink(text: string, path: string): Promise<boolean> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await symlink(text, path)
      return true
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false
      if (errnoOf(error) !== 'ENOENT' || attempt > 0) {
        throw filesError('FILES_LOCK', `the lock ${path} cannot be made`, error)
      }
      await ensureFolder(dirname(path))
    }
  }
}

/** Something that is no link sits at the lock's name. */
async function isForeign(path: string): Promise<boolean> {
  const kind = await readlink(path).then(
    () => undefined,
    (error) => errnoOf(error),
  )
  return kind === 'EINVAL'
}

/**
 * Never throws: the work under the lock is done, and a failure here must not say otherwise. A link that cannot be
 * removed keeps other processes out until this one ends; this one itself passes over it.
 */
async function dropLink(path: string, own: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const gone = await removeOwn(path, own).catch(() => false)
    if (gone) return
    await pause(10)
  }
  abandoned.add(own)
}

/** False when it is still there. */
async function removeOwn(path: string, own: string): Promise<boolean> {
  const text = await unless(['ENOENT', 'EINVAL', 'ENOTDIR'], () => readlink(path))
  if (text === own) await unless(['ENOENT'], () => unlink(path))
  return true
}

async function ownText(): Promise<string> {
  const { pid, start, boot } = await ownOwner()
  return [pid, randomBytes(6).toString('hex'), boot, encodeURIComponent(start)].join(' ')
}

function parseOwner(text: string): (Owner & { nonce: string }) | undefined {
  const found = /^(\d+) ([0-9a-f]{12}) ([0-9a-f]*) (\S*)$/.exec(text)
  if (found === null) return undefined
  return { pid: Number(found[1]), nonce: found[2]!, boot: found[3]!, start: decodeURIComponent(found[4]!) }
}
