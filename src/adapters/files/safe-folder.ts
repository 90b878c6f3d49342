import { chmod, lstat, stat } from 'node:fs/promises'
import { Exit, UserError } from '../../core/index.ts'
import { errnoOf, filesError, unless } from './errno.ts'
import { makeFolders } from './make-folders.ts'

/**
 * Makes sure that a folder of ours stands: created 0700 with its parents, mended to 0700 when it is ours and wider.
 * A symbolic link to a folder of ours is followed, because people move log folders to other disks; in a folder that
 * everybody may write to, say `followLink: false`.
 * @throws {UserError} `FOLDER_FOREIGN` when it belongs to another user, `FOLDER_NOT_A_FOLDER`; `FOLDER_NOWHERE`, exit 2,
 * when its parent takes no folders, as /proc does
 * @throws {OutsideError} `FILES_FOLDER` when it cannot be made or mended
 */
export async function ensureFolder(path: string, { followLink = true } = {}): Promise<void> {
  try {
    const look = followLink ? stat : lstat
    const seen = (await unless(['ENOENT'], () => look(path))) ?? (await makeFolder(path))
    refuseForeign(path, seen.isDirectory(), seen.uid)
    if ((seen.mode & 0o777) !== 0o700) await chmod(path, 0o700)
  } catch (error) {
    if (error instanceof UserError) throw error
    if (errnoOf(error) === 'ENOTDIR') refuseForeign(path, false, 0)
    throw filesError('FILES_FOLDER', `the folder ${path} cannot be made or mended`, error)
  }
}

async function makeFolder(path: string) {
  try {
    makeFolders(path, 0o700)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw nowhere(path, error)
    throw error
  }
  return lstat(path)
}

function nowhere(path: string, cause: unknown): UserError {
  return new UserError({
    code: 'FOLDER_NOWHERE',
    what: `the folder ${path} cannot be made: what it would be in takes no folders`,
    fix: 'Name another one: log_dir in agents.toml, or XDG_STATE_HOME.',
    file: path,
    exit: Exit.usage,
    cause,
  })
}

function refuseForeign(path: string, isFolder: boolean, uid: number): void {
  if (!isFolder) {
    throw new UserError({
      code: 'FOLDER_NOT_A_FOLDER',
      what: `${path} is needed as a folder and is something else`,
      fix: 'Move it away, or name another folder in log_dir.',
      file: path,
    })
  }
  if (uid === ownUid()) return
  throw new UserError({
    code: 'FOLDER_FOREIGN',
    what: `the folder ${path} belongs to user ${uid}, not to you`,
    fix: `Run as that user, or take it over: chown -R ${ownUid()} '${path}'`,
    file: path,
  })
}

export function ownUid(): number {
  return process.getuid?.() ?? 0
}
