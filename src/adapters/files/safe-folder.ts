import { chmod, lstat, mkdir, stat } from 'node:fs/promises'
import { UserError } from '../../core/index.ts'
import { errnoOf, filesError, unless } from './errno.ts'

/**
 * Makes sure that a folder of ours stands: created 0700 with its parents, mended to 0700 when it is ours and wider.
 * A symbolic link to a folder of ours is followed, because people move log folders to other disks; in a folder that
 * everybody may write to, say `followLink: false`.
 * @throws {UserError} `FOLDER_FOREIGN` when it belongs to another user, `FOLDER_NOT_A_FOLDER`
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
  await mkdir(path, { recursive: true, mode: 0o700 })
  return lstat(path)
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
