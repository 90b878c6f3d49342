import type { AgentSpec } from './agent-spec.ts'
import type { BackendSpec } from './backend-spec.ts'
import type { EpochMs } from './time.ts'
import type { TownSpec } from './town.ts'

/** What the config asks for, resolved: defaults merged, paths absolute, durations in milliseconds. */
export interface Fleet {
  /** Absolute, symlinks of the file resolved. */
  configPath: string
  /** Absolute, as the config was named, where that is another path: a link may lead somewhere else by the next reload. */
  configLink?: string
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
  /** There is no agents.toml: a folder of tinytown's, for the verbs of its town. */
  townOnly?: boolean
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

export interface ServiceSpec {
  name: string
  session: string
  /** The user's own shell text. */
  command: string
  dir: string
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

/** The path by which the config is read again, and by which programs that we start are told of it. */
export const namedConfig = (fleet: Pick<Fleet, 'configPath' | 'configLink'>): string =>
  fleet.configLink ?? fleet.configPath
