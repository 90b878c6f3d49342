import type {
  AgentSpec,
  BackendSpec,
  EpochMs,
  Fleet,
  Intent,
  MonoMs,
  PaneSight,
  Reading,
} from '../core/index.ts'
import type { Memory } from './memory-types.ts'

export type * from './memory-types.ts'

/** Why an agent went down or is taken down. Only `counted` ones are strikes. */
export type CauseClass =
  | 'exit' // ended by itself with status 0
  | 'failure' // ended by itself with another status
  | 'signal'
  | 'missing-binary' // 126, 127
  | 'limit'
  | 'auth' // not logged in: a person's business
  | 'billing' // nobody pays: a person's business
  | 'overload'
  | 'context' // its conversation is full: only a new one helps
  | 'crash' // an error of the CLI itself on the screen, its process alive
  | 'config' // prompt or role file missing, folder missing
  | 'fatal' // fatal_re on the screen
  | 'stall'
  | 'mismatch' // another backend runs in the pane
  | 'start' // tmux would not start it
  | 'tmux-loss' // the server died with everything in it
  | 'gone' // the session vanished and nobody knows why
  | 'changed' // the config asks for another backend, model or command
  | 'phase'
  | 'operator'
  | 'fault' // the watchdog's own check of it throws

/** What was found of one agent at this look. */
export type Sighting =
  | {
      kind: 'alive'
      pane: PaneSight
      reading: Reading
      /** When the screen was looked at; a look is counted once, however often decide runs on it. */
      lookAt: MonoMs
      /** The process tree used CPU since the previous sample; undefined: not sampled (asked for by `wantCpu`). */
      cpuBusy: boolean | undefined
    }
  /** The process ended; tmux kept the pane. */
  | { kind: 'dead'; pane: PaneSight; cause: CauseClass; evidence: string[]; reading?: Reading }
  /** A successful scan found no session. */
  | { kind: 'missing' }
  /** The session's name is taken by something without our tag: never touched. */
  | { kind: 'foreign'; why: string }
  | { kind: 'unknown'; why: string }

/** The persisted limit record, `state/limited-<session>.json` (the Python driver's file; `until` there is seconds). */
export interface LimitHold {
  until: EpochMs
  /** The same instant by the monotonic clock, for this boot: a wall-clock jump lifts nothing (row 72). */
  untilMono: MonoMs
  nudges: number
  text: string
  /** The account and the window of it that are used up; left out: the backend's, and `usage`. Not in the file. */
  account?: string
  window?: string
  /** Nothing is done about it until a person acts: no time lifts it, or the config says so. Not in the file. */
  asks?: 'blocked' | 'policy'
  /** Read from a damaged file: enough to leave this agent alone, no evidence about its account. Not in the file. */
  unsure?: true
}

/** Where an agent goes on while its account is limited, and from where. */
export interface Sidestep {
  backend: string
  model: string
  /** Its own backend and model, and the account whose limit is waited for. */
  home: { backend: string; model: string; account: string }
  since: EpochMs
  /** The run that is to be replaced; absent when it is where it should be. */
  from?: string
  /** The limit is over: it comes back. */
  back?: true
}

export interface AgentSeen {
  spec: AgentSpec
  /** Of the current phase's models. */
  effectiveModel: string
  /** undefined: the backend is not declared. */
  backend: BackendSpec | undefined
  sighting: Sighting
  /** An action for this agent is under way; nothing else is decided for it. */
  busy: boolean
  intent: Intent
  /** Something that makes a start pointless: prompt, role or folder missing. One sentence. */
  blocked: string | undefined
  /** Fingerprint of what a start would launch now, and of what runs (undefined: unknown, e.g. started by the driver). */
  wantedLaunch: string
  runningLaunch: string | undefined
  /** A `ping` kickoff has not been submitted yet for the running start. */
  kickoffPending: boolean
  /** The dialog that has its keyboard, and what the config's rules say to it; undefined: nothing asks. */
  ask?: AskSeen | undefined
  /** Messages in the outbox. */
  queued: number
  /** One of them may be typed while the agent works. */
  cutsIn: boolean
}

/** A dialog as it stands on an agent's screen. */
export interface AskSeen {
  /** The same while this dialog stands. */
  fingerprint: string
  /** Id and kind in the catalogue. */
  dialog: string
  kind: string
  question: string
  choice:
    | { kind: 'answer'; rule: string; option: string; maxPerHour: number }
    /** No rule may answer it; `why` in a clause. */
    | { kind: 'ask'; why: string }
}

/** How an action ended. Fed to the next decide exactly once. */
export interface ActionOutcome {
  agent: string
  action: Action['kind']
  ok: boolean
  /** Failed starts: whose fault. `tmux-loss` and `start` failures that are retryable are no strike. */
  cause?: CauseClass
  retryable?: boolean
  /** A kill that the re-check refused: nothing was done, nothing is charged. */
  withdrawn?: boolean
  because?: string
}

export interface Observation {
  /** `unknown` decides nothing for anybody. */
  server: 'up' | 'none' | 'unknown'
  /** pid and start of the tmux server; a change is one common-cause incident. */
  serverId: string | undefined
  agents: AgentSeen[]
  phase: PhaseSeen | undefined
  outcomes: ActionOutcome[]
}

export interface PhaseSeen {
  index: number
  count: number
  /** The current phase's DONE marker is there, pushed and no placeholder. */
  done: boolean
  autoAdvance: boolean
  /** `SEQUENCE-COMPLETE` stands. */
  complete: boolean
  /** An advance or completion is under way (also one resumed after a crash): loop agents are its business. */
  moving: boolean
}

export type Action =
  /** `fresh`: a new conversation, whatever could be resumed. */
  | { kind: 'start'; agent: string; because: string; cause: CauseClass; fresh?: boolean }
  /** Kill and start. `verify` is evaluated again at the moment of the kill (INV-7). */
  | {
      kind: 'restart'
      agent: string
      because: string
      cause: CauseClass
      evidence: string[]
      verify: Verify
      fresh?: boolean
    }
  | { kind: 'stop'; agent: string; because: string }
  /** Removes the dead pane of an agent that is not started again (done, parked, wanted down). */
  | { kind: 'clean'; agent: string; because: string }
  | { kind: 'park'; agent: string; because: string; cause: CauseClass; evidence: string[] }
  | { kind: 'hold'; agent: string; because: string; hold: LimitHold; first: boolean }
  | { kind: 'lift'; agent: string; because: string }
  | { kind: 'probe'; agent: string; because: string; hold: LimitHold }
  /** The agent goes on elsewhere, or comes back: recorded; what runs is replaced after it. */
  | {
      kind: 'sidestep'
      agent: string
      because: string
      backend: string
      model: string
      back: boolean
      until?: EpochMs
    }
  | { kind: 'wake'; agent: string; because: string }
  | { kind: 'nudge'; agent: string; because: string }
  /** The service was overloaded: the agent is asked to go on. */
  | { kind: 'carry-on'; agent: string; because: string }
  | { kind: 'kickoff'; agent: string; because: string }
  /** A rule of the config answers the dialog. */
  | { kind: 'answer'; agent: string; because: string; fingerprint: string; rule: string; option: string }
  /** The next queued message may be typed now. */
  | { kind: 'deliver'; agent: string; because: string }
  /** A change of fleet state that is only recorded (back-off, breaker, forgiven strikes). */
  | {
      kind: 'note'
      agent: string | undefined
      event:
        | 'back-off'
        | 'breaker-open'
        | 'breaker-closed'
        | 'tmux-lost'
        | 'tmux-back'
        | 'exit'
        | 'limit-account'
        | 'limit-canary'
        | 'limit-over'
      because: string
      evidence: string[]
      /** Further fields of the event. */
      details?: Record<string, unknown>
    }
  | { kind: 'advance'; from: number; to: number; because: string }
  | { kind: 'complete'; because: string }

/** What must still be true when the knife is in the hand. */
export interface Verify {
  paneId: string
  panePid: number
  predicate: 'stall' | 'fatal' | 'mismatch' | 'changed' | 'switch'
  /** `mismatch`: the foreign command that was seen. */
  command?: string
  /** `stall`: the WAITING-UNTIL that ran out; another one on the screen withdraws the kill. */
  marker?: EpochMs
  /** `changed`: `[watchdog] apply_now`, so that a working agent is restarted too. */
  evenWorking?: boolean
}

export interface Decision {
  actions: Action[]
  memory: Memory
  /** Agents whose process tree should be sampled before the next decide (suspected of a stall). */
  wantCpu: string[]
  /** Earliest instant at which deciding again could give something new without anything having happened. */
  nextAt: MonoMs | undefined
}

export type Decide = (
  want: Fleet,
  seen: Observation,
  memory: Memory,
  now: { wall: EpochMs; mono: MonoMs },
  /** 0..1, for jitter; the caller draws it, so that decide stays a function. */
  random: () => number,
) => Decision
