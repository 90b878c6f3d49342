import type { EpochMs, Life, MonoMs } from '../core/index.ts'
import type { AccountClock } from './account-clock.ts'
import type { Action, CauseClass, LimitHold, Sidestep, Verify } from './types.ts'

/** JSON-serialisable; kept over restarts of the watchdog (with the boot id, see clock). */
export interface Memory {
  agents: Record<string, AgentMemory>
  fleet: FleetMemory
}

export interface AgentMemory {
  life: Life
  lifeSince: EpochMs
  because: string | undefined
  /** Restarts of its own making, by monotonic time, oldest first, within the park period. */
  restarts: MonoMs[]
  backoff:
    | {
        until: MonoMs
        untilWall: EpochMs
        step: number
        /** The delay of this step, so that the next is never shorter (INV-4). */
        delayMs: number
        /** A restart waits for `until`; false: only the step is remembered, for the next failure. */
        waiting: boolean
      }
    | undefined
  parked:
    | {
        because: string
        cause: CauseClass
        at: EpochMs /** `wantedLaunch` then: a relevant change lifts it. */
        launch: string
        /** Lifts by itself when the obstacle is gone. */
        lifts?: 'blocked' | 'foreign'
      }
    | undefined
  /** Set with `parked`; still set without it: an operator reset it, and the history is forgotten. */
  gaveUp?: boolean
  /** Up and unbroken since, for the healthy reset. */
  upSince: MonoMs | undefined
  /** Summed idle time over looks; a gap counts at most two ticks (rows 39, 74). */
  idle: { ms: number; lastLook: MonoMs } | undefined
  /** When it was last reminded: decided first, then typed. Work of its own clears it. */
  nudgedAt: MonoMs | undefined
  /** Two-look rule: the same suspicion at two different looks. */
  suspect:
    | {
        predicate: Verify['predicate'] | 'limit' | 'lift' | 'person' | 'overload' | 'drained'
        looks: number
        since: MonoMs
        lastLook: MonoMs
      }
    | undefined
  /** The dialog that is open. One rule's answer is tried once for each. */
  asking?: Asking | undefined
  /** Answers given by rules, within the last hour. */
  answered?: { rule: string; at: MonoMs }[] | undefined
  hold: LimitHold | undefined
  /** The run whose screen showed the limit: a newer run's clean screen proves nothing before the reset (row 11). */
  holdRun?: string
  /** Next wake, and the interval it was computed with. */
  wake: { next: MonoMs; intervalMs: number } | undefined
  /** Pane that was last seen alive: a new one starts with clean clocks. */
  run: string | undefined
  /** The newest look that was taken into account. */
  lookAt?: MonoMs
  /** `FleetMemory.serverId` in which it was last up: missing from another server is tmux-loss. */
  server?: string
  /** `Intent.at` when last decided; another value means that an operator spoke. */
  intentAt?: EpochMs
  /** The death or absence that is being handled, until it is up again. */
  down?: Down
  /** When its last start was reported done, until its pane is seen: an older scan is no death. */
  startedAt?: MonoMs
  /** The dead pane that was handled last: seen again, it is an old scan. */
  lastDead?: string
  /** What was decided last and has not reported its outcome. */
  pending?: { kind: Action['kind']; cause: CauseClass | undefined; charged: boolean; marker?: EpochMs }
  /** Ended for good by its restart policy; the operator's next word (another `Intent.at`) opens it again. */
  finished?: { life: 'done' | 'stopped'; because: string }
  /** An action that failed for now, and when it may be tried again. */
  retry?: {
    kind: Action['kind']
    tries: number
    at: MonoMs
    because?: string | undefined
    cause?: CauseClass | undefined
  }
  /** When it last ended for want of a login or of credit. */
  deniedAt?: MonoMs
  /** It runs elsewhere while its account is limited (`on_limit = { switch = … }`). */
  sidestep?: Sidestep
  /** An overloaded service: how often it was asked to carry on, or started again, when next, and since when it is well. */
  overload?: { step: number; next: MonoMs; since: EpochMs; calmSince?: MonoMs; run?: string }
  /** Idle time at the nudge of this stall window. */
  nudgedIdleMs?: number
  /** WAITING-UNTIL on the screen, turned into monotonic time when it was first seen (rows 72, 73). */
  waiting?: { marker: EpochMs; due: MonoMs }
  /** Wall minus monotonic clock at its last look, to notice that the wall clock jumped before a marker was seen. */
  clockOffset?: number
  /** A WAITING-UNTIL that has had its effect, or is older than this run. */
  usedMarker?: EpochMs
  /** The `wantedLaunch` that a `changed` restart was decided for (row 54: one, not one per tick). */
  appliedLaunch?: string
  /** What `life` was before a failed scan made it `unknown`. */
  before?: { life: Life; since: EpochMs }
}

export interface Asking {
  fingerprint: string
  run: string | undefined
  since: EpochMs
  /** Looks that found it, and the newest of them. */
  looks: number
  lastLook: MonoMs
  /** Looks since that did not find it: one alone may be a frame that was drawn half. */
  away: number
  /** A rule's answer is under way, or was tried. */
  tried: boolean
  /** It was tried and did not close the dialog. A crash in between is no such thing: the next watchdog tries again. */
  failed: boolean
}

export interface Down {
  cause: CauseClass
  since: MonoMs
  evidence: string[]
  /** Dead pane it was seen by. */
  run?: string
  /** The strike for it is recorded. */
  paid: boolean
  /** Part of an incident with a common cause: no strike. */
  pardoned: boolean
}

export interface FleetMemory {
  serverId: string | undefined
  serverLost: boolean
  /** Token bucket of starts. */
  starts: {
    tokens: number
    at: MonoMs
    /** Starts within the last second: the bucket may never let more through in any second (INV-5). */
    recent: MonoMs[]
  }
  /** Deaths by monotonic time, for the common-cause rule. */
  deaths: { agent: string; at: MonoMs }[]
  /** Counted failures of the fleet within the period. */
  failures: MonoMs[]
  breaker: { openedAt: MonoMs; nextTry: MonoMs; step: number; canary?: string } | undefined
  /** Losses of the tmux server within the period. */
  losses: MonoMs[]
  /** Usage limits, one clock an account and window. */
  clocks: AccountClock[]
  /** Last incident with a common cause; a second one within the period is charged, so that a fleet cannot crash in step for ever. */
  pardonedAt?: MonoMs
  /** A phase move that failed, and when it may be tried again. */
  phaseRetry?: { tries: number; at: MonoMs }
}
