import type { Stats } from 'node:fs'
import { readdir, readlink, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { orElse, readAppended, readText, readUnsized } from './read.ts'
import type { ConversationFiles, FileMark } from './types.ts'

export type { Appended, ConversationFiles, FileMark } from './types.ts'

const LARGEST_JSON = 256 * 1024
/** Files of one listing: a home of years has thousands of conversations, and only the newest can matter. */
const MOST_FILES = 4096

/** The files of agent CLIs as this machine has them. @param proc for tests, another folder of the form of `/proc` */
export function createConversationFiles(proc = '/proc'): ConversationFiles {
  return {
    mark: (path) => orElse(() => markOf(path), undefined),
    appended: (path, from, most) => orElse(() => readAppended(path, from, most), undefined),
    json: (path) => orElse(async () => JSON.parse((await readText(path, LARGEST_JSON)) ?? ''), undefined),
    list: async (folder, { suffix = '', depth = 0 } = {}) => {
      const found = await collect(folder, suffix, depth, { left: MOST_FILES })
      return found.sort((a, b) => b.modifiedAt - a.modifiedAt)
    },
    folders: async (folder) =>
      (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map((entry) => entry.name),
    environ: (pid, names) => orElse(() => environ(proc, pid, names), undefined),
    openPaths: (pid) => openPaths(proc, pid),
    canonical: (path) => orElse(() => realpath(path), path),
    text: (path, most) => orElse(() => readText(path, most), undefined),
  }
}

async function markOf(path: string): Promise<FileMark | undefined> {
  const found = await stat(path)
  return found.isFile() ? mark(path, found) : undefined
}

function mark(path: string, { size, mtimeMs, birthtimeMs, ino }: Stats): FileMark {
  return { path, size, modifiedAt: mtimeMs, bornAt: birthtimeMs > 0 ? birthtimeMs : mtimeMs, inode: ino }
}

const entriesOf = (folder: string) => orElse(() => readdir(folder, { withFileTypes: true }), [])

/** Folders by name downwards: the CLIs name them by date, and what counts is in the newest. */
async function collect(
  folder: string,
  suffix: string,
  depth: number,
  budget: { left: number },
): Promise<FileMark[]> {
  const found: FileMark[] = []
  const entries = await entriesOf(folder)
  entries.sort((a, b) => (a.name < b.name ? 1 : -1))
  for (const entry of entries) {
    if (budget.left <= 0) break
    const path = join(folder, entry.name)
    if (entry.isDirectory() && depth > 0) found.push(...(await collect(path, suffix, depth - 1, budget)))
    if (!entry.isFile() || !entry.name.endsWith(suffix)) continue
    budget.left -= 1
    const own = await orElse(() => markOf(path), undefined)
    if (own !== undefined) found.push(own)
  }
  return found
}

async function environ(
  proc: string,
  pid: number,
  names: readonly string[],
): Promise<Record<string, string> | undefined> {
  const bytes = await readUnsized(join(proc, String(pid), 'environ'))
  if (bytes === undefined) return undefined
  const found: Record<string, string> = {}
  for (const line of bytes.toString('utf8').split('\0')) {
    const at = line.indexOf('=')
    const name = line.slice(0, at)
    if (at > 0 && names.includes(name)) found[name] = line.slice(at + 1)
  }
  return found
}

async function openPaths(proc: string, pid: number): Promise<string[]> {
  const folder = join(proc, String(pid), 'fd')
  const names = await orElse(() => readdir(folder), [])
  const paths = await Promise.all(names.map((name) => orElse(() => readlink(join(folder, name)), '')))
  return paths.filter((path) => path.startsWith('/'))
}
