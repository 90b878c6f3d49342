import { join } from 'node:path'
import { choose } from './choose.ts'
import { homeOf } from './home.ts'
import { opencodeCreated } from './opencode.ts'
import { type Place, type Search, since } from './place.ts'

/** Where the texts are kept that its users gave; its sessions lie in a database that only it can read. */
export const OPENCODE_STATE = ['$XDG_STATE_HOME/opencode', '~/.local/state/opencode']

/** So much of the end of its log is searched. Bytes. */
const LOG_TAIL = 2 * 1024 * 1024

/** What was said stands in one file for all sessions of a home; which session is the agent's, in the log. */
export async function findOpencode(search: Search): Promise<Place | undefined> {
  const state = homeOf(OPENCODE_STATE, search.env)
  if (state === undefined) return undefined
  const id = search.given ?? (await begun(search))
  return { id, paths: [join(state, 'prompt-history.jsonl')], shared: true }
}

/** A session keeps no first text there: it must be the only one that began in the folder since the process did. */
async function begun(search: Search): Promise<string | undefined> {
  const [log] = await search.files.list(join(search.home, 'log'), { suffix: '.log' })
  if (log === undefined || log.modifiedAt < since(search)) return undefined
  const read = await search.files.appended(log.path, Math.max(0, log.size - LOG_TAIL), LOG_TAIL)
  const sessions = (read?.lines ?? []).flatMap((row) => opencodeCreated(row) ?? [])
  const found = sessions.filter(({ cwd, at }) => cwd === search.subject.dir && at >= since(search))
  const candidates = found.map(({ id, at }) => ({ id, at, path: log.path, first: undefined }))
  return choose(candidates, { ...search.wanted, kickoffs: [] })?.id
}
