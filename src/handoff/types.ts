import type { StateStore } from '../adapters/files/types.ts'
import type { Git, GitOutcome, GitTrouble } from '../adapters/git/types.ts'
import type { Clock, EpochMs, EventDraft } from '../core/index.ts'

/** A message that a push asks for. */
export interface PingDraft {
  /** Stable: asking twice for the same id must deliver once. */
  id: string
  agent: string
  text: string
  kind: 'handoff' | 'inbox'
  /** Full hashes, oldest first; empty for an inbox. */
  commits: string[]
}

/** Watches folders at any depth; see src/adapters/watch. */
export type WatchFolders = (
  paths: string[],
  onChange: () => void,
) => { update(paths: string[]): void; close(): Promise<void> }

export interface HandoffDeps {
  git: Git
  store: StateStore
  clock: Clock
  watch: WatchFolders
  /** Whether `source`, case-insensitive, is found in `text`. Runs the user's regex under a deadline. */
  match(source: string, text: string): boolean
  /** Resolves once the ping is safe in an outbox keyed by its id. The cursor waits for it. */
  emit(ping: PingDraft): Promise<void>
  report(draft: EventDraft): void
  /** A newly fetched tip of a followed branch, e.g. to look for DONE at once. */
  moved?(where: { repo: string; remote: string; branch: string; tip: string }): void
  /** 0..1, for the jitter of the back-off. @default Math.random */
  random?(): number
}

export type Trouble = Exclude<GitOutcome<never>, { kind: 'ok' }>

/** What is known of the commit that the followed branch stands at. */
export type TipLook =
  | { kind: 'tip'; hash: string }
  /** There is no repository, remote or branch at all: nothing can be pushed. */
  | { kind: 'nothing'; why: string }
  /** Not read yet, or the remote is out of reach. */
  | { kind: 'unknown'; why: string }

/** One followed branch, for `agents status`. */
export interface StreamView {
  repo: string
  remote: string
  /** undefined until the remote has said which its HEAD is. */
  branch: string | undefined
  tip: string | undefined
  lastOkAt: EpochMs | undefined
  trouble: { code: GitTrouble | 'retry'; why: string; fix: string | undefined; since: EpochMs } | undefined
}

/** The troubles that mean "nothing pushed exists here", as opposed to "it cannot be read now". */
export const NOTHING_THERE: readonly GitTrouble[] = ['no-git', 'no-repo', 'no-remote', 'no-branch']
