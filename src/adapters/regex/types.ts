export type MatchOutcome =
  | { kind: 'match'; index: number; text: string; groups: string[] }
  | { kind: 'none' }
  /** The pattern ran past its deadline on this text; from now on it answers this at once until it is compiled anew. */
  | { kind: 'slow' }

/** Runs regular expressions of the user under a deadline (F14). */
export interface RegexRunner {
  /** Searches `text` (bounded to its last 20 KB) with `source`, case-insensitive plus `flags`. */
  exec(source: string, text: string, flags?: string): MatchOutcome
  /** Many at once under one common deadline, so that two hundred screens cost one guarded call. */
  execAll(jobs: readonly { source: string; text: string; flags?: string }[]): MatchOutcome[]
  /** Patterns found slow so far. */
  slow(): string[]
}
