import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ensureFolder, ownUid } from './safe-folder.ts'

/** Linux takes 107 bytes for the path of a socket, macOS 103. */
const LONGEST_PATH = 100

/**
 * Where a socket of a state folder lives: `<name>.sock` in it, or, when that is too long for a socket, in
 * `/tmp/agents-<uid>/`, a folder of ours alone, under a hash of the state folder. Not in TMPDIR: a tmux server and a
 * terminal often disagree about it, and both ends must find the same place (tmux itself does the same). Makes the folder.
 * @param suffix of the name with the hash
 * @param tmp for tests. @default '/tmp'
 * @throws {UserError} `FOLDER_FOREIGN` when another user has taken the folder
 */
export async function socketPath(
  stateDir: string,
  name: string,
  suffix: string,
  tmp = '/tmp',
): Promise<string> {
  await ensureFolder(stateDir)
  const direct = join(resolve(stateDir), `${name}.sock`)
  if (Buffer.byteLength(direct) <= LONGEST_PATH) return direct
  const folder = join(tmp, `agents-${ownUid()}`)
  await ensureFolder(folder, { followLink: false })
  const hash = createHash('sha256').update(await realpath(stateDir))
  return join(folder, `${hash.digest('hex').slice(0, 24)}${suffix}.sock`)
}
