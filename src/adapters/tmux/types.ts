import type { EpochMs, ProcessId, Scan, SessionTag, TmuxServerRef } from '../../core/index.ts'
import type { Rung } from './ring.ts'

export interface TmuxOptions {
  server: TmuxServerRef
  /** Deadline of every call, milliseconds. @default 2000 */
  deadlineMs?: number
  /** Session that the control client attaches to; it is created when missing. */
  keeper: { session: string; tag: SessionTag; dir: string }
  /**
   * Environment for a tmux server that we start ourselves (clean and allow-listed: reliability.md section 3, row 27).
   * Never used to change a server that already runs.
   */
  serverEnv: Record<string, string>
  /** The server as an earlier run knew it (`serverIdentity`): while it lives, none is started in its place. */
  knownServer?: ProcessId
  /** Words in front of the command that starts a server, which keep it out of the reach of a service manager. */
  scope?: readonly string[]
}

export interface NewSession {
  session: string
  /** Absolute. Any characters; the adapter escapes what tmux would expand. Must exist. */
  dir: string
  /** Executed without a shell. At least two words, so that tmux does not hand it to a shell. */
  argv: readonly string[]
  env: Record<string, string>
  tag: SessionTag
  /** Shell command for `pipe-pane`, already quoted for sh; attached in the same command list, so no output is missed. */
  pipe: string | undefined
  /** @default 200x50 */
  size?: { width: number; height: number }
}

export type NewSessionResult =
  | { kind: 'created'; sessionId: string; paneId: string; panePid: number }
  /** A session of that name stands already; whose it is must be read from a scan. */
  | { kind: 'duplicate' }
  | { kind: 'failed'; why: string; retryable: boolean }

export type Done =
  | { kind: 'done' }
  | { kind: 'gone' }
  /** `unsure`: tmux gave no answer, so it may have been done all the same. */
  | { kind: 'failed'; why: string; retryable: boolean; unsure?: boolean }

/** A terminal that is attached to the server. */
export interface ClientSight {
  sessionId: string
  /** The pane that it shows. */
  paneId: string
  /** Last key, whole seconds; undefined: none since it attached. */
  keyAt: EpochMs | undefined
}

export type TmuxEvent =
  /** Sessions, windows or panes appeared, died or were renamed: scan again. */
  | { kind: 'changed' }
  /** The control client was lost (killed, wedged, server gone). The adapter reconnects by itself. */
  | { kind: 'lost'; why: string }
  | { kind: 'attached' }

/**
 * The only door to tmux. Every method has a deadline and never throws for what tmux does: outcomes are values.
 * Targets are pane ids and session ids of a scan (exact by nature) or exact session names.
 */
export interface Tmux {
  /** Starts keeping a control client attached. Without it every call is a process of its own. */
  connect(): Promise<void>
  scan(): Promise<Scan>
  /** Visible text of each pane, trailing blanks trimmed; panes that are gone are absent. `unknown` on time-out. */
  capture(
    paneIds: readonly string[],
  ): Promise<{ kind: 'ok'; text: Map<string, string> } | { kind: 'unknown'; why: string }>
  /** Terminals that are attached, also those of sessions that are not ours. */
  clients(): Promise<{ kind: 'ok'; clients: ClientSight[] } | { kind: 'unknown'; why: string }>
  /** The same for one pane, with the escape sequences that colour it. */
  captureStyled(
    paneId: string,
  ): Promise<{ kind: 'ok'; text: string } | { kind: 'gone' } | { kind: 'unknown'; why: string }>
  newSession(spec: NewSession): Promise<NewSessionResult>
  /** Made a few at a time by one process or one control write, so that looks come through meanwhile. Results in order. */
  newSessions(specs: readonly NewSession[]): Promise<NewSessionResult[]>
  killSession(sessionId: string): Promise<Done>
  /** Leaves copy mode, loads `text` into a buffer of its own by stdin and pastes it bracketed. Text is already sanitised. */
  paste(paneId: string, text: string): Promise<Done>
  /** Presses one named key, e.g. `Enter`, `C-m`. */
  key(paneId: string, keyName: string): Promise<Done>
  /** Types one printable ASCII character, such as the letter that a dialog asks for. */
  type(paneId: string, character: string): Promise<Done>
  /** Attaches a log pipe, replacing one that is there. `undefined` detaches. */
  pipe(paneId: string, command: string | undefined): Promise<Done>
  /** Writes our tag on a session that was made by something else (`agents adopt`). */
  tag(sessionId: string, paneId: string, tag: SessionTag): Promise<Done>
  /** Shows a text in the status line of each terminal that is attached to these sessions, and rings its bell. */
  ring(sessionIds: ReadonlySet<string>, text: string): Promise<Rung>
  on(listener: (event: TmuxEvent) => void): () => void
  /** Path of the server's socket. */
  socketPath(): string
  /** Arguments that select this server, for a person or for `attach`: `['-L', 'name']`, `['-S', path]` or `[]`. */
  clientArgs(): string[]
  /** The server's process as last seen, dead or alive: to be kept and handed to the next run as `knownServer`. */
  serverIdentity(): ProcessId | undefined
  /** Processes started since creation; a steady tick must not raise it. */
  processesStarted(): number
  /**
   * Mends a server that lives but cannot be reached: socket removed (SIGUSR1), or stuck in exit (killed by pid and
   * start time). Says what it did, if anything.
   */
  repair(): Promise<string | undefined>
  close(): Promise<void>
}
