import type { EpochMs } from './time.ts'

/** One message of the outbox, as `agents outbox --json` and `agents send --json` print it. Fields are added, never renamed. */
export interface MessageReport {
  id: string
  agent: string
  /** `kickoff`, `handoff`, `inbox`, `wake`, `probe`, `nudge`, or `send` for one of `agents send`. */
  kind: string
  mode: 'queue' | 'steer' | 'interrupt'
  state: 'queued' | 'staged' | 'submitted' | 'seen' | 'acknowledged' | 'failed'
  /** Why it waits, or failed. */
  why: string | undefined
  /** Times that it was pasted; from the second on with a visible mark. */
  presented: number
  queuedAt: EpochMs
  stagedAt: EpochMs | undefined
  submittedAt: EpochMs | undefined
  seenAt: EpochMs | undefined
  /** `conversation`: it stands in the CLI's own file. `queue-marker`: the CLI says that it keeps it. `turn`: a turn began. */
  seenBy: 'conversation' | 'queue-marker' | 'turn' | undefined
  acknowledgedAt: EpochMs | undefined
  failedAt: EpochMs | undefined
  /** What is typed. */
  text: string
  /** File of a text that is too long to be typed; `text` names it. */
  file: string | undefined
  /** Of one that goes through an inbox of the town. */
  town?: {
    /** Names of sender and recipient. */
    from: string
    to: string
    /** `task`, `query`, `informational`, `confirmation`. */
    type: string
    urgent: boolean
    /** First message of its thread. */
    thread: string | undefined
  }
}

/** What `agents send` hands over. */
export interface OutgoingMessage {
  id: string
  text: string
  mode: 'queue' | 'steer' | 'interrupt'
  /** A line is added that asks the agent for `agents ack ID`. */
  asksAck?: boolean
}
