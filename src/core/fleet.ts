import type { EpochMs } from './time.ts'
import type { TownSpec } from './town.ts'

/** What the config asks for, resolved: defaults merged, paths absolute, durations in milliseconds. */
export interface Fleet {
  /** Absolute, symlinks of the file resolved. */
  configPath: string
  /** Canonical. With the agent's name it tags every session we make. */
  projectDir: string
  logDir: string
  /** `<logDir>/state` */
  stateDir: string
  sessionPrefix: string
  tmux: TmuxServerRef
  agents: AgentSpec[]
  services: ServiceSpec[]
  backends: Record<string, BackendSpec>
  loop: LoopSpec | undefined
  /** Which dialogs may be answered without a person; the first that is about a dialog counts. */
  policies: PolicySpec[]
  watchdog: WatchdogSpec
  /** undefined: nobody is told. */
  notify: NotifySpec | undefined
  town: TownSpec
}

/** What a person may be told of. */
export const noticeKinds = [
  'asking',
  'parked',
  'failing',
  'limited',
  'lifted',
  'phase-done',
  'all-done',
  'message',
] as const
export type NoticeKind = (typeof noticeKinds)[number]

/** `[notify]`: present when it names a channel. */
export interface NotifySpec {
  /** Executed without a shell; a text of the config is `/bin/sh -c TEXT`. */
  command: string[] | undefined
  webhook: string | undefined
  /** Name of the variable whose value is sent as bearer token. */
  webhookTokenEnv: string | undefined
  bell: boolean
  on: NoticeKind[]
  /** How long notices are gathered into one message. */
  batchMs: number
  /** Messages an hour and channel. */
  perHour: number
  /** Longest run of the command, longest wait for the webhook. */
  timeoutMs: number
}

/** One `[[policy]]`. */
export interface PolicySpec {
  /** Its `name`, else `policy-1` by its position. */
  id: string
  /** An id of the catalogue or a kind of dialog; undefined: every dialog that the catalogue knows. */
  dialog: string | undefined
  /** undefined: every agent. */
  agents: string[] | undefined
  backend: string | undefined
  /** JavaScript source, case-insensitive, searched in the dialog's text. */
  match: string | undefined
  /** `text`: as it was written. */
  answer: { kind: 'words'; text: string } | { kind: 'regex'; text: string; source: string }
  /** Answers to one agent within an hour; after that a person is asked. */
  maxPerHour: number
}

/** Which tmux server the fleet lives in: the user's default one, one by name (`-L`), or one by socket path (`-S`). */
export type TmuxServerRef =
  | { kind: 'default' }
  | { kind: 'name'; name: string }
  | { kind: 'path'; path: string }

export type AgentKind = 'loop' | 'persistent' | 'task' | 'orchestrator' | 'worker'
export type Watch = 'none' | 'heal' | 'heal+stall'
/**
 * What is done when a usage limit stops the agent: wait for its reset; ask a person; or go on elsewhere meanwhile, on
 * another backend or another model of the same one.
 */
export type OnLimit = { kind: 'wait' } | { kind: 'ask' } | { kind: 'switch'; to: string }
/**
 * `deliver`: typed at its prompt, under a lease, until it acknowledges them. `notify`: it is told that there are some, and
 * takes them itself. `off`: nothing is typed.
 */
export const inboxDeliveries = ['deliver', 'notify', 'off'] as const
export type InboxDelivery = (typeof inboxDeliveries)[number]
/** OTP's words: restart always; only after an abnormal exit; never. */
export type RestartPolicy = 'permanent' | 'transient' | 'temporary'
export type PromptSource =
  | { kind: 'none' }
  | { kind: 'inline'; text: string }
  | { kind: 'file'; path: string }

export interface AgentSpec {
  name: string
  session: string
  kind: AgentKind
  role: string | undefined
  /** Name of a `[backend.*]` table or preset; after `AGENT_BACKEND_<name>` where that applies. */
  backend: string
  /** The agent's own model, empty for the backend's default. A phase may override it: `modelOf` in phases/. */
  model: string
  /** True when `AGENT_MODEL_<name>` set the model: then no phase overrides it. */
  modelForced: boolean
  watch: Watch
  /** False: not started by a bare `up`, not watched, not part of the loop; can be started by name. */
  enabled: boolean
  dir: string
  prompt: PromptSource
  /** Goes on with its conversation after a restart, where the backend can. */
  resume: boolean
  /** `resume = true` was written: also in a new phase, and when a task is started again. */
  resumeAlways?: boolean
  wake: { promptPath: string; intervalMs: number } | undefined
  restart: RestartPolicy
  stopGraceMs: number
  onLimit: OnLimit
  /** What becomes of messages in its inbox of the town. */
  inbox: InboxDelivery
  /** Extra environment, from `env = { KEY = "value" }`. */
  env: Record<string, string>
  /** Kind `worker` only. */
  worker?: WorkerSpec | undefined
}

/** How an agent of kind `worker` goes through its rounds. */
export interface WorkerSpec {
  /** Rounds of one start, failed ones too; 0: no end. */
  maxRounds: number
  /** Nothing to do for this long: it ends; 0: never. */
  idleTimeoutMs: number
  /** Longest run of its CLI. */
  roundTimeoutMs: number
  /** Added by `agents spawn`, not by the config: who it is in town. */
  spawned?: SpawnedIdentity | undefined
}

/** What `agents spawn` was told about a worker. */
export interface SpawnedIdentity {
  nickname: string | undefined
  /** Id of the agent that it belongs to. */
  parent: string | undefined
  at: EpochMs
}

export interface ServiceSpec {
  name: string
  session: string
  /** The user's own shell text. */
  command: string
  dir: string
}

export type PromptDelivery = 'arg' | 'ping' | 'exec'
/** Whose way of keeping status and conversation files a backend has. */
export type ConversationFormat = 'claude' | 'codex' | 'gemini' | 'opencode'

export interface BackendSpec {
  name: string
  /** The preset it was completed from, if any. */
  preset: string | undefined
  /** The user's own shell text. */
  bin: string
  promptDelivery: PromptDelivery
  processName: string | undefined
  patterns: BackendPatterns
  /** Patterns that the config gives: searched in rows counted from below, those of a preset by the screen's structure. */
  ownPatterns?: readonly (keyof BackendPatterns)[]
  footerUi: boolean
  logGraceMs: number
  stallIdleMs: number
  /** tmux key name. */
  submitKey: string
  /** Submit key of the boot message of `ping` delivery. */
  bootSubmitKey: string
  /** tmux key name that ends a running turn; undefined: none is known, and an interrupting message waits for its end. */
  interruptKey: string | undefined
  /** Takes a message while a turn runs, and lets it steer that turn. */
  steers: boolean
  /** While a turn runs, `active` matches at every moment; once it is gone, the turn is over. */
  steadyActive: boolean
  connectDelayMs: number
  attach: string
  server: string
  preamble: string
  modelEnv: boolean
  supportsResume: boolean
  /** Option that takes the prompt (`--prompt`); empty: the prompt is an argument of its own. */
  promptFlag: string
  resumeFlag: string
  /** Option that gives a new conversation an id of ours; empty: the id is found when the conversation is there. */
  sessionIdFlag?: string | undefined
  /** What the program prints when it does not take a conversation or an id; JavaScript source. */
  resumeRefused?: string | undefined
  /** Every key is the preset's where the table does not set it; not only those of detection. */
  fromPreset?: boolean
  remoteControl: boolean
  remoteControlFlag: string
  modelFlag: string
  flags: string
  /** The agent's program is told to report by its hooks; see `hooksFlag`. */
  hooks: boolean
  /** Option that gives them, with `{hooks}` (a settings file) or `{notify}` (a setting); empty: it knows none. */
  hooksFlag: string
  /** Variable names (a trailing `*` matches a prefix) handed from the operator's environment to the agent. */
  passEnv: string[]
  /** The files that the program keeps about itself; undefined: none that are known. */
  conversation?:
    | {
        format: ConversationFormat
        /** Its folder, the first whose variable is set: `$CODEX_HOME`, `~/.codex`. */
        home: string[]
      }
    | undefined
  /** Whose usage limit its agents share. */
  account: string
  /**
   * Shell text of one round of a worker, the prompt on its standard input; slots `{bin}`, `{flags}`, `{model}` and
   * `{prompt}`, the prompt's file. undefined: the program is not known to work so.
   */
  roundCmd?: string | undefined
  /** `flags` where the table itself has it; those of a preset are for its interactive session. */
  ownFlags?: string | undefined
}

/** JavaScript sources (already translated from Python syntax), case-insensitive, searched. Absent: never matches. */
export interface BackendPatterns {
  active?: string
  limit?: string
  fatal?: string
  /** On the screen of a limit: no time lifts it. */
  blocked?: string
  /** One for each class of failure (`FailClass`). */
  auth?: string
  context?: string
  billing?: string
  overload?: string
  crash?: string
  start?: string
  /** A dialog has the keyboard: nothing may be typed. */
  asking?: string
  /** The composer is there and takes text. */
  composer?: string
  titleWorking?: string
  titleIdle?: string
  titleAsking?: string
  /** What the CLI shows instead of a long pasted text, e.g. `[Pasted text #1 +4 lines]`. */
  pasteMarker?: string
  /** What the CLI shows while it keeps a message for later that it was given during a turn. */
  queued?: string
}

export interface PhaseSpec {
  id: string
  plan: string
  /** Basename of the status file. */
  status: string
  /** role -> model */
  models: Record<string, string>
}

export interface LoopSpec {
  phases: PhaseSpec[]
  kickoffTemplatePath: string | undefined
  rolesDir: string
  /** Absolute path of the index file. */
  stateFilePath: string
  resumePhase: boolean | undefined
  doneMarker: string
  autoAdvance: boolean
  /** Where status files and hand-offs are looked for; present also without a `[loop.handoff]` table (repo = project). */
  handoff: HandoffSpec
  onComplete: { run: string | undefined; triggerPath: string } | undefined
  /** `<logDir>/SEQUENCE-COMPLETE` */
  completionPath: string
}

export interface HandoffSpec {
  /** False when the config has no `[loop.handoff]` table: then only DONE markers are read. */
  enabled: boolean
  repo: string
  stateSubdir: string
  remote: string
  /** Absent: the remote's HEAD branch. */
  branch: string | undefined
  routes: RouteSpec[]
  inboxes: { file: string; agent: string }[]
}

export interface RouteSpec {
  /** `claim`, `review`, or the route's position as `route-1`. */
  id: string
  /** JavaScript source, case-insensitive, applied to each commit's subject on its own. */
  pattern: string
  /** Agent (or session without prefix) that is pinged. */
  to: string
  /** Template with `{count}`, `{hash}`, `{branch}`, `{route}`; empty: the built-in wording of the route's kind. */
  message: string
  repo: string
  remote: string
  branch: string | undefined
}

export interface WatchdogSpec {
  /** Slowest allowed reaction of the cheap checks. */
  signalIntervalMs: number
  /** Slowest allowed reaction of the expensive checks: healing, the phase advance, a quiet screen looked at again. */
  heavyIntervalMs: number
  /** Period of the safety-net tick: min(1 s, signal interval, heavy interval). */
  tickMs: number
  stallGraceMs: number
  limitProbeFallbackMs: number
  limitResetSlackMs: number
  /** Time between two agents of one account that go on after a limit. */
  limitStaggerMs: number
  /** Waits between the times that an agent is asked to carry on after an overloaded service; the last one repeats. */
  overloadWaitsMs: number[]
  stopRemoved: boolean
  /** Restart a changed agent at once instead of at its next turn boundary. */
  applyNow: boolean
  governor: GovernorSpec
  /** Nothing is typed so soon after a person's last key in the pane. */
  typingGraceMs: number
  /** A longer message is written to a file, and the agent is told its path. UTF-8 bytes. */
  messageInlineBytes: number
  logMaxBytes: number
  logKeep: number
  regexDeadlineMs: number
  tmuxDeadlineMs: number
  gitDeadlineMs: number
}

/** Restart limits (reliability.md section 5, "Defaults proposed"). */
export interface GovernorSpec {
  /** Immediate restarts allowed within `periodMs`; the next ones wait for the back-off. */
  intensity: number
  periodMs: number
  backoffInitialMs: number
  backoffMaxMs: number
  /** Fraction, 0.2 = ±20 %. */
  backoffJitter: number
  /** Restarts within `parkPeriodMs` after which the agent is parked. */
  parkAfter: number
  parkPeriodMs: number
  /** Up this long: the history is forgotten. */
  healthyAfterMs: number
  /** Starts per second of the whole fleet. */
  startRate: number
  /** This many agents dying within one second are one incident with a common cause: no strike for any of them. */
  commonCause: number
  /** Counted failures of the whole fleet within `periodMs` that open the fleet's breaker. */
  fleetIntensity: number
}

export interface Intent {
  wanted: 'up' | 'down'
  /** With `down`: it finishes its turn first. */
  drain?: boolean
  paused: boolean
  by: 'operator' | 'default'
  at: EpochMs
}
