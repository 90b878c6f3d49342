import type { ConversationFiles } from '../adapters/conversations/types.ts'
import type { EpochMs } from '../core/index.ts'
import type { Candidate, Wanted } from './choose.ts'
import type { Subject } from './types.ts'

/** A process under an agent's pane. */
export interface Member {
  pid: number
  /** Opaque; see `ProcessId`. */
  start: string
  /** Its program, where the system tells: another one, mostly, once it has become another program. */
  command?: string
}

/** Where an agent's files are. */
export interface Place {
  /** undefined: the file is one of all agents of a home, and does not tell whose its records are. */
  id: string | undefined
  /** Files that may grow; more than one when the CLI goes on in an older one. */
  paths: string[]
  /** A file of the process itself, read anew whenever it changes. */
  status?: { path: string; member: Member }
  /** `paths` are shared with other agents. */
  shared: boolean
}

/** All that a search for an agent's files may go by. */
export interface Search {
  subject: Subject
  files: ConversationFiles
  home: string
  /** Environment of the agent's process. */
  env: Readonly<Record<string, string | undefined>>
  /** The process of the pane and all under it. */
  members: readonly Member[]
  given: string | undefined
  wanted: Wanted
}

/** tmux tells whole seconds, rounded down; the rest is for a clock that was put right meanwhile. Milliseconds. */
export const EARLIER_MS = 1_000

export const since = ({ subject }: Search): EpochMs => subject.pane.createdAt - EARLIER_MS

/** Files that can belong to a process which began then: the newest, and not the conversations of years. */
const MOST_CANDIDATES = 40
/** So much of a file's beginning is read to tell whose it is. Bytes. */
const HEAD = 512 * 1024

/** Reads the heads of the newest files; `tell` makes a candidate of one, or leaves it out. */
export async function candidatesIn(
  search: Search,
  paths: readonly { path: string; modifiedAt: EpochMs }[],
  tell: (records: readonly unknown[], path: string) => Candidate | undefined,
): Promise<Candidate[]> {
  const recent = paths.filter((one) => one.modifiedAt >= since(search)).slice(0, MOST_CANDIDATES)
  const found = await Promise.all(
    recent.map(async ({ path }) => {
      const head = await search.files.appended(path, 0, HEAD)
      return head === undefined ? undefined : tell(head.records, path)
    }),
  )
  return found.flatMap((one) => (one !== undefined && one.at >= since(search) ? [one] : []))
}
