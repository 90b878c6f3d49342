import { createHash } from 'node:crypto'
import { readFile, readlink, realpath } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ensureFolder, ownUid } from '../files/safe-folder.ts'

/**
 * Where the state of a config lives, kept outside of the project: a command finds the running watchdog also while the
 * config is broken or gone, and can show which config is in force.
 */
export async function pointerPaths(configPath: string, tmp: string): Promise<string[]> {
  const folder = join(tmp, `agents-${ownUid()}`)
  await ensureFolder(folder, { followLink: false })
  // Also by the name itself: a link may lead elsewhere by now.
  const named = `named:${await inRealFolder(configPath)}`
  return [await canonical(configPath), named].map((key) => {
    const hash = createHash('sha256').update(key).digest('hex')
    return join(folder, `${hash.slice(0, 24)}.state`)
  })
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
    const place = await inRealFolder(path)
    const target = await readlink(place).catch(() => undefined)
    return target === undefined || links === 0 ? place : canonical(resolve(dirname(place), target), links - 1)
  }
}

async function inRealFolder(configPath: string): Promise<string> {
  const path = resolve(configPath)
  const folder = await realpath(dirname(path)).catch(() => dirname(path))
  return join(folder, basename(path))
}

/** @returns undefined when no watchdog of this config ever ran here. */
export async function recallState(configPath: string, tmp = '/tmp'): Promise<string | undefined> {
  try {
    const [own = '', named = ''] = await pointerPaths(configPath, tmp)
    return await readFile(own, 'utf8').catch(() => readFile(named, 'utf8'))
  } catch {
    // Nothing was remembered, or the folder is not ours to read: the same to the caller.
    return undefined
  }
}
