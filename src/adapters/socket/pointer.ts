import { createHash } from 'node:crypto'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ensureFolder, ownUid } from '../files/safe-folder.ts'

/**
 * Where the state of a config lives, kept outside of the project: a command finds the running watchdog also while the
 * config is broken or gone, and can show which config is in force.
 */
export async function pointerPath(configPath: string, tmp: string): Promise<string> {
  const folder = join(tmp, `agents-${ownUid()}`)
  await ensureFolder(folder, { followLink: false })
  const hash = createHash('sha256').update(await canonical(configPath))
  return join(folder, `${hash.digest('hex').slice(0, 24)}.state`)
}

/** Links that lead on from a link; more is a loop. */
const LONGEST_CHAIN = 40

/** The file itself may be gone: then where its links lead, its folder's real path and its name. */
async function canonical(configPath: string, links = LONGEST_CHAIN): Promise<string> {
  const path = resolve(configPath)
  try {
    return await realpath(path)
  } catch {
    // Gone or unreadable: the folder and the links tell enough.
    const folder = await realpath(dirname(path)).catch(() => dirname(path))
    const place = join(folder, basename(path))
    const target = await readlink(place).catch(() => undefined)
    return target === undefined || links === 0 ? place : canonical(resolve(folder, target), links - 1)
  }
}

/** @returns undefined when no watchdog of this config ever ran here. */
export async function recallState(configPath: string, tmp = '/tmp'): Promise<string | undefined> {
  try {
    return await readFile(await pointerPath(configPath, tmp), 'utf8')
  } catch {
    // Nothing was remembered, or the folder is not ours to read: the same to the caller.
    return undefined
  }
}
