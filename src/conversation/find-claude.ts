import { join } from 'node:path'
import { type ClaudeStatus, claudeFolders, claudeStatus } from './claude.ts'
import type { Member, Place, Search } from './place.ts'

/**
 * By the status file of a process under the pane, so two agents in one folder are never confused. A version without such
 * files is found by the id that its start was given.
 */
export async function findClaude(search: Search): Promise<Place | undefined> {
  for (const member of search.members) {
    const path = join(search.home, 'sessions', `${member.pid}.json`)
    const status = claudeStatus(await search.files.json(path))
    if (status === undefined || !isOf(status, member)) continue
    const paths = [await logOf(search, status.id, status.cwd)]
    return { id: status.id, paths, status: { path, member }, shared: false }
  }
  if (search.given === undefined || search.wanted.taken.has(search.given)) return undefined
  const path = await logOf(search, search.given, undefined)
  if ((await search.files.mark(path)) === undefined) return undefined
  return { id: search.given, paths: [path], shared: false }
}

/** A pid that was used again is another process, and its file an old one. */
export function isOf(status: ClaudeStatus, { pid, start }: Member): boolean {
  if (status.pid !== pid) return false
  const comparable = status.procStart !== undefined && /^\d+$/.test(status.procStart) && /^\d+$/.test(start)
  return !comparable || status.procStart === start
}

/** The log of a conversation; where none is yet, where it will be. */
export async function logOf(search: Search, id: string, cwd: string | undefined): Promise<string> {
  const root = join(search.home, 'projects')
  const likely = claudeFolders(cwd ?? search.subject.dir).map((name) => join(root, name, `${id}.jsonl`))
  for (const path of likely) if ((await search.files.mark(path)) !== undefined) return path
  const folders = await search.files.folders(root)
  const others = await Promise.all(folders.map((name) => search.files.mark(join(root, name, `${id}.jsonl`))))
  return others.find((mark) => mark !== undefined)?.path ?? likely[0]!
}
