import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { errnoOf } from './errno.ts'

/**
 * Makes a folder and its parents. Node's own `recursive` turns for ever below a folder that answers "no such file" to
 * who makes something in it, as /proc does; here that is an error like others. Done at once: a folder is made once.
 * @param mode of each folder that is made, less the umask. @default 0o777
 * @returns false when it stood already
 * @throws the error of the system: `ENOENT` where the parent stands and takes no folders
 */
export function makeFolders(path: string, mode = 0o777): boolean {
  const parent = dirname(path)
  try {
    return makeOne(path, mode)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || parent === path) throw error
  }
  makeFolders(parent, mode)
  return makeOne(path, mode)
}

function makeOne(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode })
    return true
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && statSync(path).isDirectory()) return false
    throw error
  }
}
