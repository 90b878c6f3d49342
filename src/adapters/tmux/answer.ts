import { shellQuote } from '../../core/quote.ts'

/** What tmux said to one command list. `text` is what the list printed, up to its end or its first failing command. */
export type Reply = { kind: 'ok'; text: Buffer } | { kind: 'error'; message: string; text: Buffer }

/** What came of sending command lists, one reply each and in order, or why there are none. */
export type Answer =
  | { kind: 'replies'; replies: Reply[] }
  /** tmux says that nobody listens. Not yet a proof: see `proveNoServer`. */
  | { kind: 'no-server'; why: string }
  /** A server took the connection and dropped it: just dying, or stuck in its exit. */
  | { kind: 'exited'; why: string }
  /** The control client ended before the answer; what only reads may be asked again by other means. */
  | { kind: 'lost'; why: string }
  /** No answer in time, or none that can be understood. Commands that write may or may not have been carried out. */
  | { kind: 'unknown'; why: string }

/** Sorts what the tmux client says on stderr when it got no answer from a server. */
export function classifyFailure(stderr: string): Exclude<Answer, { kind: 'replies' }> {
  const why = stderr.trim().split('\n')[0] ?? ''
  if (
    /no server running on|error connecting to .*\((No such file or directory|Connection refused)\)/.test(why)
  ) {
    return { kind: 'no-server', why }
  }
  if (/server exited unexpectedly|lost server|server exited/.test(why)) return { kind: 'exited', why }
  return { kind: 'unknown', why: why === '' ? 'tmux ended without an answer' : withFix(why) }
}

/** What a person can mend is said with the command that does. */
function withFix(why: string): string {
  const [, folder] = /^directory (\/.+) has unsafe permissions$/.exec(why) ?? []
  return folder === undefined ? why : `${why}; mend it with: chmod 700 ${shellQuote(folder)}`
}
