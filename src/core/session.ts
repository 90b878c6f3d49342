import type { EpochMs } from './time.ts'

/** A process for certain: the pid alone may have been reused (F9). */
export interface ProcessId {
  pid: number
  /** Start time as the kernel tells it (Linux: clock ticks since boot; macOS: `lstart` text). Opaque, compare only. */
  start: string
}

/** Options that mark a session as ours. Set in the same command list that creates the session. */
export interface SessionTag {
  /** Which fleet: its project and its log folder. */
  project: string
  /** Agent name, `service:<name>`, `watchdog` or `keeper`. */
  agent: string
  /** Unique per start; also in the environment of the agent's processes as `AGENTS_RUN`. */
  run: string
}

/** One pane as tmux lists it. */
export interface PaneSight {
  sessionName: string
  /** `$3` */
  sessionId: string
  /** `%7` */
  paneId: string
  panePid: number
  /** The process has ended and tmux keeps the pane (`remain-on-exit`). */
  dead: boolean
  /** Exit status of a dead pane, when it exited. */
  deadStatus: number | undefined
  /** Signal number of a dead pane, when it was killed. */
  deadSignal: number | undefined
  command: string
  title: string
  /** `#{pane_pipe}`: a log pipe is attached. */
  piped: boolean
  /** Copy mode or another mode has the keyboard. */
  inMode: boolean
  /** Clients attached to the session. */
  attached: number
  /** Last output of the window, whole seconds. */
  activityAt: EpochMs
  createdAt: EpochMs
  width: number
  height: number
  /** Where the cursor stands, 0-based cells. */
  cursor: { column: number; row: number }
  /** The pane's option `@agents_state`, as it stands there; absent when it is not set. */
  stated?: string
  /** The session's tag; undefined: not made by a fleet. `run` is set only on the pane that we started. */
  tag: { project: string; agent: string; run: string | undefined } | undefined
}

/** The outcome of looking for all panes. `missing` needs a successful scan; `unknown` decides nothing. */
export type Scan =
  | { kind: 'ok'; panes: PaneSight[]; server: ProcessId | undefined }
  | { kind: 'no-server'; evidence: string }
  | { kind: 'unknown'; why: string }
