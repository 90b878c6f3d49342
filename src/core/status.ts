import type { AgentKind, Watch } from './agent-spec.ts'
import type { Problem } from './errors.ts'
import type { FailClass, Reading, ReadingState } from './reading.ts'
import type { EpochMs } from './time.ts'
import type { TownReport } from './town.ts'

/** Life of an agent; `done` is a task that ended well. */
export type Life =
  | 'stopped'
  | 'starting'
  | 'up'
  | 'backing-off'
  | 'parked'
  | 'held'
  | 'draining'
  | 'done'
  | 'unknown'

/** `agents status --json`. Shape version 1; fields are added, never renamed. */
export interface StatusReport {
  version: 1
  at: EpochMs
  project: string
  config: {
    path: string
    problems: Problem[] /** An older good config is in force because the file is broken. */
    stale: boolean
  }
  phase: PhaseReport | undefined
  agents: AgentReport[]
  services: ServiceReport[]
  watchdog: WatchdogReport
  tmux: { server: 'up' | 'none' | 'unknown'; why: string | undefined; socket: string }
  /** Absent from a watchdog of an older version. */
  town?: TownReport | undefined
  /** Sessions that carry this project's tag and are in no config any more. */
  unmanaged: { session: string; agent: string }[]
  /** What a person should look at, one sentence each; non-empty makes `status --check` exit 3. */
  attention: string[]
}

export interface PhaseReport {
  id: string
  /** 1-based. */
  position: number
  total: number
  plan: string
  /** The DONE marker is there and pushed. */
  done: boolean
  /** The whole sequence is complete. */
  complete: boolean
  /** Why DONE counts or not, in one sentence. */
  why: string
}

export interface AgentReport {
  name: string
  session: string
  kind: AgentKind
  backend: string
  /** `default` when the backend chooses. */
  model: string
  watch: Watch
  enabled: boolean
  paused: boolean
  life: Life
  /** Its own backend and model, while it goes on elsewhere because of a limit (`on_limit`); absent otherwise. */
  insteadOf?: { backend: string; model: string; account: string }
  /** Why it is parked, held, backing off, draining. */
  because: string | undefined
  reading: ReadingState | undefined
  /** Of reading `failing`: auth, context, billing, overload, crash, start, or `fatal` for a plain fatal_re. */
  failClass?: FailClass | undefined
  /** Since when `life` holds. */
  since: EpochMs | undefined
  /** Until when it is held or backing off. */
  until: EpochMs | undefined
  /** Restarts within the park period. */
  restarts: number
  lastEvent: { at: EpochMs; text: string } | undefined
  pid: number | undefined
  /** Foreground command of the pane. */
  command: string | undefined
  /** The dialog that it asks with. */
  asking?: AskingReport | undefined
  /** Messages waiting to be delivered. */
  queued: number
  /** Why the first of them waits. */
  queuedWhy?: string | undefined
}

/** A dialog in short: what `status` tells of it. */
export interface AskingReport {
  /** Id in the catalogue, `unknown` for none. */
  dialog: string
  /** `trust`, `permission`, `update`, … (docs/dialogs.md). */
  kind: string
  question: string
  /** When the watchdog first saw it; absent when no watchdog did. */
  since?: EpochMs | undefined
}

/** `agents asks`: one agent that waits for an answer. */
export interface AskReport extends AskingReport {
  agent: string
  backend: string
  /** What stands above the options, control characters visible. */
  text: string
  options: AskOption[]
  /** Several options can be ticked: only a person at its screen can answer. */
  several: boolean
  policy: {
    /** The rule of the config that is about it. */
    rule?: string | undefined
    /** What that rule answers, as long as nothing keeps it from it. */
    option?: string | undefined
    /** Why no rule answers it. */
    why?: string | undefined
  }
}

export interface AskOption {
  /** What `agents answer NAME NUMBER` takes. */
  number: number
  label: string
  /** What stands beside or below the label. */
  more: string
  /** The cursor is on it. */
  chosen: boolean
  /** What choosing it may do that nobody wants by accident: `paid`, `model`, `update`, `lasting`, `bypass`, `account`, `delete`. */
  dangers: string[]
}

/** `agents answer`. */
export interface AnswerReport {
  agent: string
  dialog: string
  kind: string
  /** Label of the option, or the text, that was given. */
  answer: string
  result: 'answered' | 'failed'
  /** One sentence for a person. */
  detail: string
  /** What stands on its screen, where the answer did not close the dialog. */
  screen?: string | undefined
}

export interface ServiceReport {
  name: string
  session: string
  life: 'up' | 'stopped' | 'unknown'
  pid: number | undefined
  command: string | undefined
}

export interface WatchdogReport {
  /** `down`: it should be up and is not. */
  life: 'up' | 'down' | 'stopped'
  pid: number | undefined
  since: EpochMs | undefined
  session: string
}

/** `agents why NAME`. */
export interface WhyReport {
  agent: string
  life: Life
  because: string | undefined
  reading: Reading | undefined
  /** The last decisions about it, newest last. */
  decisions: { at: EpochMs; action: string; because: string; evidence: string[] }[]
  /** What the next tick would do. */
  plan: { action: string; because: string }[]
}

/** The terminal of one agent at an instant, and how it is read: what `agents record` saves. */
export interface ScreenReport {
  agent: string
  backend: string
  preset: string | undefined
  at: EpochMs
  /** Without attributes, trailing blanks trimmed. */
  text: string
  title: string
  /** Foreground command of the pane. */
  command: string
  width: number
  height: number
  reading: Reading
}
