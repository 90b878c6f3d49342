import { rename } from 'node:fs/promises'
import { discard } from './atomic-write.ts'
import { filesError, unless } from './errno.ts'

/**
 * Moves `path` to `path.1`, that to `path.2` and so on; what would be number `keep + 1` is overwritten. Who has the
 * file open goes on writing to `path.1`. False when there was no file.
 * @param keep older files to keep; 0 deletes the file
 * @throws {OutsideError} `FILES_ROTATE`
 */
export async function rotateFile(path: string, keep: number): Promise<boolean> {
  try {
    for (let index = keep - 1; index > 0; index -= 1) await move(`${path}.${index}`, `${path}.${index + 1}`)
    if (keep > 0) return await move(path, `${path}.1`)
    await discard(path)
    return true
  } catch (error) {
    throw filesError('FILES_ROTATE', `${path} cannot be rotated`, error)
  }
}

async function move(from: string, to: string): Promise<boolean> {
  return (await unless(['ENOENT', 'ENOTDIR'], () => rename(from, to).then(() => true))) ?? false
}
