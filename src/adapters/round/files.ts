import { constants } from 'node:fs'
import { type FileHandle, open, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { filesError, unless } from '../files/errno.ts'
import { ensureFolder } from '../files/safe-folder.ts'

/** Rounds whose files are kept. */
const KEPT = 20
const NAME = /^round-(\d{1,9})\.(?:prompt\.md|out)$/

/** The two files of a new round, open; its number is one more than that of any before. */
export interface RoundFiles {
  number: number
  promptPath: string
  /** For reading, from its beginning. */
  prompt: FileHandle
  /** For appending. */
  output: FileHandle
}

/**
 * Makes the files of the next round, 0600 in a folder 0700, and removes those of rounds that are too old.
 * @throws {OutsideError} FILES_FOLDER, FILES_WRITE
 */
export async function makeRoundFiles(folder: string, text: string): Promise<RoundFiles> {
  await ensureFolder(folder)
  try {
    const numbers = (await readdir(folder)).flatMap((name) => numberOf(name) ?? [])
    const number = Math.max(0, ...numbers) + 1
    const promptPath = join(folder, `round-${number}.prompt.md`)
    await writeNew(promptPath, text)
    const prompt = await open(promptPath, constants.O_RDONLY | constants.O_NOFOLLOW)
    const output = await open(
      join(folder, `round-${number}.out`),
      constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL,
      0o600,
    )
    await sweep(folder, number - KEPT)
    return { number, promptPath, prompt, output }
  } catch (error) {
    throw filesError('FILES_WRITE', `the files of a round cannot be made in ${folder}`, error)
  }
}

const numberOf = (name: string): number | undefined => {
  const found = NAME.exec(name)?.[1]
  return found === undefined ? undefined : Number(found)
}

async function writeNew(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(text)
  } finally {
    await file.close()
  }
}

async function sweep(folder: string, upTo: number): Promise<void> {
  const old = (await readdir(folder)).filter((name) => (numberOf(name) ?? upTo + 1) <= upTo)
  await Promise.all(old.map((name) => unless(['ENOENT'], () => rm(join(folder, name)))))
}
