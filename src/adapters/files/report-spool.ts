import { readdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { writeAtomic } from './atomic-write.ts'
import { unless } from './errno.ts'
import { parseJson } from './record.ts'
import { ensureFolder } from './safe-folder.ts'
import { readRegular } from './safe-open.ts'

/** Reports that were given while nobody listened: one file for each agent and voice, the newest word in it. */
export interface ReportSpool {
  /**
   * @param name made of `[A-Za-z0-9_.-]`; a file of that name is replaced
   * @throws {OutsideError} FILES_WRITE, FILES_FOLDER
   */
  leave(folder: string, name: string, report: object): Promise<void>
  /** All that wait, oldest name first, and removes them; what is no JSON or not ours is removed or passed over. */
  take(folder: string): Promise<unknown[]>
}

const NAME = /^[A-Za-z0-9_.-]{1,200}\.json$/
/** A report is some hundred bytes. */
const LARGEST = 64 * 1024
/** More files than any fleet has agents: the rest waits for the next time. */
const MOST = 2_000

export function createReportSpool(): ReportSpool {
  return { leave, take }
}

async function leave(folder: string, name: string, report: object): Promise<void> {
  await ensureFolder(folder)
  await writeAtomic(join(folder, `${name}.json`), `${JSON.stringify(report)}\n`)
}

async function take(folder: string): Promise<unknown[]> {
  const names = (await unless(['ENOENT', 'ENOTDIR', 'EACCES'], () => readdir(folder))) ?? []
  const found: unknown[] = []
  for (const name of names
    .filter((one) => NAME.test(one))
    .sort()
    .slice(0, MOST)) {
    const path = join(folder, name)
    const read = await readRegular(path, LARGEST)
    if (read.kind === 'absent') continue
    if (read.kind === 'ok') found.push(parseJson(read.text))
    await unless(['ENOENT', 'EACCES', 'EISDIR', 'EPERM'], () => unlink(path))
  }
  return found
}
