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
  | { kind: 'broken'; why: string; fix: string }

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
  /** Pins `hash` by a private ref, so that a force-push and prune cannot take the cursor away. */
  pin(repo: string, remote: string, branch: string, hash: string): Promise<GitOutcome<void>>
  /** Text of a file at a commit; `absent` when it is not there, is a folder, a link, or larger than 1 MiB. */
  show(repo: string, commit: string, path: string): Promise<GitOutcome<string | undefined>>
  /** Folders whose change means "a ref of this remote may have moved": for the watcher. Empty for a network remote. */
  refFolders(repo: string, remote: string): Promise<string[]>
  close(): Promise<void>
}
