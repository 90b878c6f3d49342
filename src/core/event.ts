import type { EpochMs } from './time.ts'

/** Kinds of `<log_dir>/events.jsonl` lines. Add freely, never rename. */
export type EventKind =
  | 'watchdog-started'
  | 'watchdog-stopped'
  | 'config-loaded'
  | 'config-refused'
  | 'intent'
  | 'start'
  | 'started'
  | 'conversation'
  | 'start-failed'
  | 'exit'
  | 'stop'
  | 'stopped'
  | 'kill'
  | 'kill-withdrawn'
  | 'adopt'
  | 'back-off'
  | 'park'
  | 'reset'
  | 'pause'
  | 'resume'
  | 'limit'
  | 'limit-probe'
  | 'lift'
  | 'asking'
  | 'asked-gone'
  | 'failing'
  | 'recovered'
  | 'limit-account'
  | 'limit-canary'
  | 'limit-over'
  | 'limit-switch'
  | 'limit-return'
  | 'overload'
  | 'wake'
  | 'answer'
  | 'answered'
  | 'answer-failed'
  | 'ping-queued'
  | 'ping-staged'
  | 'ping-submitted'
  | 'ping-seen'
  | 'ping-acknowledged'
  | 'ping-failed'
  | 'handoff'
  | 'git-trouble'
  | 'phase'
  | 'phase-done'
  | 'sequence-complete'
  | 'on-complete'
  | 'tmux-lost'
  | 'tmux-back'
  | 'breaker-open'
  | 'breaker-closed'
  | 'regex-slow'
  | 'log-rotated'
  | 'notified'
  | 'notify-failed'
  | 'trouble'
  | 'refused'
  | 'unmanaged'
  | 'report'
  | 'town'
  | 'message'
  | 'town-order'

/** What a writer hands over; the log adds `seq`, `at` and the hash chain. */
export interface EventDraft {
  kind: EventKind
  agent?: string
  because?: string
  evidence?: string[]
  [field: string]: unknown
}

export interface FleetEvent extends EventDraft {
  seq: number
  at: EpochMs
}
