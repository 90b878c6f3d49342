import { createHash, randomBytes } from 'node:crypto'
import { lstat, readdir, realpath, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from './atomic-write.ts'
import { unless } from './errno.ts'
import { parseJson } from './record.ts'
import { ensureFolder, ownUid } from './safe-folder.ts'
import { readRegular } from './safe-open.ts'

/**
 * What agents say who may write a file and open no connection: one file a word, in a folder of this user alone below /tmp,
 * where the sandboxes of agent CLIs let their commands write. Kept until it is carried out.
 */
export interface LeftWords {
  /** On disk when it resolves. @throws {OutsideError} FILES_FOLDER, FILES_WRITE; {UserError} FOLDER_FOREIGN */
  leave(stateDir: string, word: object): Promise<void>
  /** Oldest first, a thousand at most; undefined as a value: none that could be read. */
  list(stateDir: string): Promise<{ name: string; value: unknown }[]>
  remove(stateDir: string, name: string): Promise<void>
}

/** Microseconds since 1970, then chance. */
const NAME = /^\d{18}-[0-9a-f]{16}\.json$/
const LARGEST = 256 * 1024
const MOST = 1_000

/** @param tmp for tests. @default '/tmp' */
export function createLeftWords(tmp = '/tmp'): LeftWords {
  const own = join(tmp, `agents-${ownUid()}`)
  const folderOf = async (stateDir: string): Promise<string> => {
    const hash = createHash('sha256').update(await realpath(stateDir))
    return join(own, `${hash.digest('hex').slice(0, 24)}.left`)
  }
  return {
    async leave(stateDir, word) {
      const folder = await folderOf(stateDir)
      await ensureFolder(own, { followLink: false })
      await ensureFolder(folder, { followLink: false })
      const now = Math.floor((performance.timeOrigin + performance.now()) * 1000)
      const name = `${String(now).padStart(18, '0')}-${randomBytes(8).toString('hex')}.json`
      await writeAtomic(join(folder, name), `${JSON.stringify(word)}\n`)
    },
    async list(stateDir) {
      const folder = (await unless(['ENOENT', 'ENOTDIR'], () => folderOf(stateDir))) ?? ''
      if (folder === '' || !(await isOurs(own)) || !(await isOurs(folder))) return []
      const names = (await readdir(folder)).filter((one) => NAME.test(one)).sort()
      const found: { name: string; value: unknown }[] = []
      for (const name of names.slice(0, MOST)) {
        const read = await readRegular(join(folder, name), LARGEST)
        if (read.kind !== 'absent')
          found.push({ name, value: read.kind === 'ok' ? parseJson(read.text) : undefined })
      }
      return found
    },
    async remove(stateDir, name) {
      const path = join(await folderOf(stateDir), name)
      await unless(['ENOENT', 'EISDIR', 'EPERM'], () => unlink(path))
    },
  }
}

/** A folder of this user that nobody else writes to. */
async function isOurs(path: string): Promise<boolean> {
  const seen = await unless(['ENOENT', 'ENOTDIR'], () => lstat(path))
  return seen?.isDirectory() === true && seen.uid === ownUid() && (seen.mode & 0o022) === 0
}
