/** How one run of the CLI ended. */
export interface RoundEnd {
  /** Exit status; undefined: ended by a signal, or never begun. */
  status: number | undefined
  signal: string | undefined
  /** It could not be started at all. */
  unstarted?: string | undefined
  /** The last output, raw, at most some 16 KiB. */
  tail: string
  tookMs: number
}

/** One running CLI with all its processes. */
export interface Round {
  ended: Promise<RoundEnd>
  /** The end of what it has written so far, raw, at most some 16 KiB. */
  tail(): Promise<string>
  /** TERM, then KILL after the grace; resolves when all its processes are gone. */
  end(graceMs: number): Promise<void>
}
