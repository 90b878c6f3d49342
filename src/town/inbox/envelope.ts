import * as v from 'valibot'
import type { EpochMs } from '../../core/index.ts'
import { parsedJson } from '../wire/json.ts'

/** How far a message came; the words of the outbox. A dead letter has failed. */
const ENVELOPE_STATES = ['queued', 'staged', 'submitted', 'seen', 'acknowledged', 'failed'] as const
export type EnvelopeState = (typeof ENVELOPE_STATES)[number]

/** What is known of a message beside its bytes: `fleet:mail:A`. Times are those of Redis' clock. */
export interface Envelope {
  state: EnvelopeState
  from?: string | undefined
  queuedAt: EpochMs
  /** It came by the list for urgent ones. */
  urgent?: boolean | undefined
  /** Another program than ours put it there: its sender is who it says, unproven. */
  foreign?: boolean | undefined
  /** When the agent is told: at the next turn boundary, into its turn, or after its turn was ended for it. */
  mode?: 'queue' | 'steer' | 'interrupt' | undefined
  /** First message of its thread. */
  thread?: string | undefined
  /** The order in which messages of this mailbox were claimed. */
  seq?: number | undefined
  /** Who has claimed it: `delivery`, `take`, `worker`. */
  by?: string | undefined
  claimedAt?: EpochMs | undefined
  /** Times that the agent was shown it. */
  presented: number
  stagedAt?: EpochMs | undefined
  submittedAt?: EpochMs | undefined
  seenAt?: EpochMs | undefined
  seenBy?: string | undefined
  acknowledgedAt?: EpochMs | undefined
  failedAt?: EpochMs | undefined
  /** Why it waits, was given back, or failed. */
  why?: string | undefined
}

const at = v.optional(v.number())
const text = v.optional(v.string())
const envelope = v.object({
  state: v.picklist(ENVELOPE_STATES),
  from: text,
  queuedAt: v.optional(v.number(), 0),
  urgent: v.optional(v.boolean()),
  foreign: v.optional(v.boolean()),
  mode: v.optional(v.picklist(['queue', 'steer', 'interrupt'])),
  thread: text,
  seq: at,
  by: text,
  claimedAt: at,
  presented: v.optional(v.number(), 0),
  stagedAt: at,
  submittedAt: at,
  seenAt: at,
  seenBy: text,
  acknowledgedAt: at,
  failedAt: at,
  why: text,
})

/** @returns undefined for what is none */
export function decodeEnvelope(json: unknown): Envelope | undefined {
  if (typeof json !== 'string') return undefined
  const read = v.safeParse(envelope, parsedJson(json))
  return read.success ? read.output : undefined
}
