import type { ConversationFiles } from '../adapters/conversations/types.ts'
import type { EpochMs, MonoMs } from '../core/index.ts'
import { type ClaudeStatus, claudeStatus } from './claude.ts'
import { isOf } from './find-claude.ts'
import { formats } from './formats.ts'
import { homeOf, homeVariables } from './home.ts'
import type { Member, Place, Search } from './place.ts'
import { readOn, type Track } from './track.ts'
import type { Subject } from './types.ts'

/** What is known of one agent's files. Belongs to one process: another one under the pane is another watch. */
export interface Watch {
  subject: Subject
  place: Place | undefined
  /** One for each path of the place that could be read. */
  tracks: Track[]
  /** Paths that were looked for at an earlier look. */
  lookedFor: readonly string[]
  status: ClaudeStatus | undefined
  /** Mark of the status file when it was read. */
  statusKey: string
  /** Whether the last look read all that there is. */
  whole: boolean
  /** Environment in which they were searched for last. */
  around: Around | undefined
  /** When to search for the files again, and how long to wait after that. */
  searchAt: MonoMs
  pauseMs: number
  /** Since when it is searched for. */
  since: MonoMs
  readAt: MonoMs
  seenActivity: EpochMs
}

/** What the processes at the top of a tree were given. */
interface Around {
  /** Which processes, and which of their variables. */
  key: string
  /** Since when they are the same. */
  since: MonoMs
  readAt: MonoMs
  env: Record<string, string>
}

export interface WatchDeps {
  files: ConversationFiles
  /** The process of the pane first, then all under it; starts no process where the system has a table of them. */
  members(panePid: number): Promise<Member[]>
  /** A process that lives now, however young; undefined: there is none. */
  living(pid: number): Promise<Member | undefined>
}

export function newWatch(subject: Subject, now: MonoMs): Watch {
  return {
    subject,
    place: undefined,
    tracks: [],
    lookedFor: [],
    status: undefined,
    statusKey: '',
    whole: false,
    around: undefined,
    searchAt: Number.NEGATIVE_INFINITY,
    pauseMs: 500,
    since: now,
    readAt: Number.NEGATIVE_INFINITY,
    seenActivity: 0,
  }
}

/** Files that are not there yet are looked for at growing distances. Milliseconds. */
export const longestPauseMs = 30_000

/** What a search gave. `place`: undefined when there are no files, or the environment tells no home. */
export interface Searched {
  place: Place | undefined
  around: Around
}

/** Searches for the agent's files. */
export async function searchPlace(
  watch: Watch,
  deps: WatchDeps,
  wanted: Search['wanted'],
  now: MonoMs,
): Promise<Searched> {
  const { subject } = watch
  const format = formats[subject.files.format]
  const members = await deps.members(subject.pane.panePid)
  const names = homeVariables([...subject.files.home, ...format.homes])
  const around = await aroundOf(watch.around, members, names, deps.files, now)
  const env = { ...subject.env, ...around.env }
  const home = homeOf(subject.files.home, env)
  if (home === undefined) return { place: undefined, around }
  const given = await subject.givenId()
  const place = await format.find({ subject, files: deps.files, home, env, members, given, wanted })
  return { place, around }
}

/** A program that a shell becomes is there by then. Milliseconds. */
const settledMs = 5_000

/**
 * Of the whole tree, the deeper the weightier: a shell text may set a variable for the program that it starts. Read once the
 * processes have settled, and then remembered.
 */
async function aroundOf(
  last: Around | undefined,
  members: readonly Member[],
  names: readonly string[],
  files: ConversationFiles,
  now: MonoMs,
): Promise<Around> {
  // What an agent's own tools were given says nothing about the agent: not far below the pane.
  const top = members.slice(0, 3)
  const key = JSON.stringify([names, ...top.map(({ pid, start, command }) => [pid, start, command])])
  const same = last?.key === key ? last : undefined
  const settled = same !== undefined && same.readAt - same.since >= settledMs
  if (settled && Object.keys(same.env).length > 0) return same
  const env: Record<string, string> = {}
  for (const { pid } of top) Object.assign(env, await files.environ(pid, names))
  return { key, since: same?.since ?? now, readAt: now, env }
}

/** The next watch after this search. Who had to wait for its turn does not search the more often for it. */
export function withPlace(watch: Watch, { place, around }: Searched, now: MonoMs): Watch {
  const pauseMs = Math.min(longestPauseMs, Math.max(watch.pauseMs * 2, now - watch.since))
  return { ...watch, place, around, searchAt: now + pauseMs, pauseMs }
}

/** Reads what is new in the files of the place. */
export async function readPlace(watch: Watch, deps: WatchDeps): Promise<Watch> {
  const { place, subject } = watch
  if (place === undefined) return watch
  const stood = await readStatus(watch, place, deps)
  // Another conversation in the same process (`/clear`, `/resume`): its files are searched for anew.
  if (stood.status !== undefined && stood.status.id !== place.id)
    return {
      ...stood,
      place: undefined,
      tracks: [],
      whole: false,
      searchAt: Number.NEGATIVE_INFINITY,
      since: watch.readAt,
    }
  const tracks: Track[] = []
  let whole = true
  for (const path of place.paths) {
    const old = watch.tracks.find((one) => one.path === path)
    const read = await readOn(
      old,
      path,
      deps.files,
      formats[subject.files.format].facts,
      watch.lookedFor.includes(path),
    )
    if (read !== undefined) tracks.push(read)
    else if ((await deps.files.mark(path)) !== undefined || old !== undefined) whole = false
  }
  return {
    ...stood,
    tracks,
    lookedFor: place.paths,
    whole: whole && tracks.every((one) => one.next >= one.size),
  }
}

async function readStatus(watch: Watch, place: Place, deps: WatchDeps): Promise<Watch> {
  if (place.status === undefined) return watch
  const { path, member } = place.status
  const mark = await deps.files.mark(path)
  if (mark === undefined) return { ...watch, status: undefined, statusKey: '' }
  const statusKey = `${mark.inode} ${mark.size} ${mark.modifiedAt}`
  if (statusKey === watch.statusKey) return watch
  const status = claudeStatus(await deps.files.json(path))
  // Half written: what was known stands until the next look.
  if (status === undefined) return watch
  return isOf(status, member) ? { ...watch, status, statusKey } : { ...watch, status: undefined, statusKey }
}
