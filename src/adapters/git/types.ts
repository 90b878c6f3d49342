/** A commit as hand-offs need it. Subjects are data from outside: never pasted, only shown with control characters visible. */
export interface Commit {
  hash: string
  subject: string
  author: string
  /** Stable over a rebase that changes nothing: author, author date, subject and patch. */
  fingerprint: string
}

export type GitOutcome<T> =
  | { kind: 'ok'; value: T }
  /** Worth another try later: network down, deadline, lock held. */
  | { kind: 'retry'; why: string }
  /** Somebody must mend something: no repository, no remote, no such branch. */
  | { kind: 'broken'; code: GitTrouble; why: string; fix: string }

/** What is broken. `no-repo`, `no-remote` and `no-branch` mean that there is nothing pushed to read at all. */
export type GitTrouble =
  | 'no-git'
  | 'no-repo'
  | 'no-remote'
  | 'no-branch'
  | 'auth'
  | 'config'
  | 'corrupt'
  | 'missing-object'

export interface Git {
  /** Branch to track: `branch`, else the remote's HEAD branch. */
  trackedBranch(repo: string, remote: string, branch: string | undefined): Promise<GitOutcome<string>>
  /**
   * Fetches the branch into a private ref of the clone (`refs/agents/…`), touching neither FETCH_HEAD nor the
   * remote-tracking refs that agents use. Answers the tip.
   */
  fetch(repo: string, remote: string, branch: string): Promise<GitOutcome<string>>
  /** Commits reachable from `to` and not from `from`, oldest first, at most `limit` (the newest ones) and the full count. */
  commitsBetween(
    repo: string,
    from: string,
    to: string,
    limit: number,
  ): Promise<GitOutcome<{ commits: Commit[]; total: number }>>
  /** The newest `limit` commits reachable from `to`, oldest first. For when the cursor's own commit is gone. */
  recent(repo: string, to: string, limit: number): Promise<GitOutcome<Commit[]>>
  /** Whether any commit of the range touched the file, also when it stands as it stood before. */
  touchedBetween(repo: string, from: string, to: string, path: string): Promise<GitOutcome<boolean>>
  /** Pins `hash` by a private ref, so that a force-push and prune cannot take the cursor away. */
  pin(repo: string, remote: string, branch: string, hash: string): Promise<GitOutcome<void>>
  /** The commit pinned last; undefined when none is. */
  pinned(repo: string, remote: string, branch: string): Promise<GitOutcome<string | undefined>>
  /** Text of a file at a commit; `absent` when it is not there, is a folder, a link, or larger than 1 MiB. */
  show(repo: string, commit: string, path: string): Promise<GitOutcome<string | undefined>>
  /**
   * Folders whose change, at any depth, means "a ref of this remote may have moved": for the watcher. The branches of a
   * remote on this machine, and the remote-tracking refs of the clone and of `agentClones` (working folders of agents,
   * or anything inside them; those that are no clone are passed over): git moves these when an agent pushes to any
   * remote. Starts no process beyond one look at the config per minute.
   */
  refFolders(repo: string, remote: string, agentClones?: readonly string[]): Promise<string[]>
  /** Ends what still runs, with its process groups. */
  close(): Promise<void>
}

export interface GitOptions {
  /** Milliseconds until a call and its whole process group are ended. `[watchdog] git_deadline`. @default 20_000 */
  deadlineMs?: number
  /** @default process.env */
  env?: NodeJS.ProcessEnv
  /** `AGENTS_RUN` of every call: by it what a killed caller left behind is found. @default that of `env` */
  run?: string
}
