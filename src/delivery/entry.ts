import type { EpochMs } from '../core/index.ts'
import { pasteOf } from './paste-text.ts'

/**
 * `queued → staged → submitted → seen → acknowledged`, or `failed`. Staged is written before the first byte is pasted,
 * submitted after the key. Seen needs proof (`seen.ts`); acknowledged is the agent's own word (`agents ack`).
 */
export const entryStates = ['queued', 'staged', 'submitted', 'seen', 'acknowledged', 'failed'] as const
export type EntryState = (typeof entryStates)[number]
export type EntryKind = 'kickoff' | 'handoff' | 'inbox' | 'wake' | 'probe' | 'nudge' | 'send'

/**
 * When a message may be typed: at the next turn boundary; into the running turn, where the CLI can take it; or after the
 * running turn was ended for it.
 */
export const modes = ['queue', 'steer', 'interrupt'] as const
export type Mode = (typeof modes)[number]

/** What proved that the agent has the message. */
export type SeenBy = 'conversation' | 'queue-marker' | 'turn'

export interface Entry {
  /** Stable: the same id is stored once, however often it is queued. */
  id: string
  agent: string
  kind: EntryKind
  /** Once it is seen its beginning is kept, `textKept` characters: nobody types it again. */
  text: string
  /** Of `agents send`; absent: queue. */
  mode?: Mode
  state: EntryState
  queuedAt: EpochMs
  stagedAt?: EpochMs
  submittedAt?: EpochMs
  seenAt?: EpochMs
  acknowledgedAt?: EpochMs
  failedAt?: EpochMs
  /** Times the text was pasted. */
  presented: number
  /** Why it waits, or failed. */
  why?: string
  /** Pane and process that it was last pasted into, `%3:4711`: in another one it does not stand. */
  pane?: string
  /** It was seen in that pane. Once it is gone from the composer there, its key was taken. */
  stood?: boolean
  /** Nothing ran when its key was pressed: work that begins then is its turn. */
  wasIdle?: boolean
  /** Times that it was found in the composer after its key. */
  returned?: number
  /** Tries in which the composer kept it, whatever was pressed. */
  kept?: number
  seenBy?: SeenBy
  /** File that holds a text too long to be typed; `text` then names it. */
  file?: string
  /** The messages of an inbox of the town that it shows, each as it was claimed. */
  mail?: readonly MailRef[]
  /** Times that they were shown before this entry. */
  before?: number
}

/** A message of an inbox; `seq`: another one for each time it is claimed. */
export interface MailRef {
  id: string
  seq: number
}

export type EntryDraft = Pick<Entry, 'id' | 'agent' | 'kind' | 'text'> &
  Pick<Partial<Entry>, 'mode' | 'file' | 'mail' | 'before'>

/** Of a message that has arrived. UTF-16 units. */
export const textKept = 500

/** Nothing is left to be typed. */
export const isSettled = (entry: Entry): boolean => entry.state !== 'queued' && entry.state !== 'staged'

/** What happens to an entry. */
export type Step =
  /** About to be pasted into this pane. */
  | { kind: 'stage'; pane: string }
  /** The paste cannot have arrived. */
  | { kind: 'void'; why: string }
  /** The paste was seen there. */
  | { kind: 'stand' }
  | { kind: 'submit'; wasIdle: boolean }
  /** Found in the composer after its key: the key is due once more. */
  | { kind: 'return' }
  /** The composer does not let go of it. */
  | { kind: 'keep'; why: string }
  | { kind: 'see'; by: SeenBy }
  | { kind: 'acknowledge' }
  | { kind: 'wait'; why: string }
  | { kind: 'fail'; why: string }

/** The entry after a step; the very same entry where the step says nothing new or comes too late. */
export function stepped(entry: Entry, step: Step, at: EpochMs): Entry {
  switch (step.kind) {
    case 'stage':
      return isSettled(entry) ? entry : staged(entry, step.pane, at)
    case 'void':
      if (entry.state !== 'staged') return entry
      return { ...entry, state: 'queued', presented: entry.presented - 1, why: step.why }
    case 'stand':
      return entry.state === 'staged' && !entry.stood ? { ...entry, stood: true } : entry
    case 'submit':
      if (entry.state !== 'staged') return entry
      return { ...without(entry, 'why'), state: 'submitted', submittedAt: at, wasIdle: step.wasIdle }
    case 'return':
      if (entry.state !== 'submitted') return entry
      return { ...entry, state: 'staged', stood: true, returned: (entry.returned ?? 0) + 1 }
    case 'keep':
      return entry.state === 'staged' ? { ...entry, kept: (entry.kept ?? 0) + 1, why: step.why } : entry
    case 'see':
      if (entry.state !== 'submitted' && entry.state !== 'staged') return entry
      return { ...done(entry), state: 'seen', seenAt: at, seenBy: step.by }
    case 'acknowledge':
      return canAcknowledge(entry) ? { ...done(entry), state: 'acknowledged', acknowledgedAt: at } : entry
    case 'wait':
      return isSettled(entry) || entry.why === step.why ? entry : { ...entry, why: step.why }
    case 'fail':
      return isSettled(entry) ? entry : { ...entry, state: 'failed', failedAt: at, why: step.why }
  }
}

function staged(entry: Entry, pane: string, at: EpochMs): Entry {
  const fresh = without(entry, 'why', 'stood')
  return { ...fresh, state: 'staged', stagedAt: at, presented: entry.presented + 1, pane }
}

/** What was never presented cannot have been read; what is acknowledged stays so. */
const canAcknowledge = (entry: Entry): boolean => entry.presented > 0 && entry.state !== 'acknowledged'

/** What has arrived is history, which is written with each step of every other message. */
function done(entry: Entry): Entry {
  const { text } = entry
  // Never half of a character.
  const begin = text.slice(0, textKept).replace(/[\ud800-\udbff]$/, '')
  return { ...without(entry, 'why'), text: text.length > textKept ? `${begin}…` : text }
}

function without<K extends keyof Entry>(entry: Entry, ...keys: K[]): Omit<Entry, K> & Entry {
  const copy = { ...entry }
  for (const key of keys) delete copy[key]
  return copy
}

/** Presentations of one entry in all (reliability.md section 5, "3 presentations per message"). */
export const maxPresentations = 3
/** Tries in which a composer may keep a text before it is given up. */
export const maxKept = 3

/** What is typed: the text, marked when it was presented before. */
export function presentedText(entry: Pick<Entry, 'text' | 'presented' | 'before'>): string {
  const before = timesShown(entry)
  return before === 0 ? entry.text : `${entry.text} (redelivery ${before})`
}

/** Times presented, those of earlier entries with the same messages included. */
export const timesShown = ({ presented, before = 0 }: Pick<Entry, 'presented' | 'before'>): number =>
  before + presented

/** The text that an entry found staged may have left in its pane, as it was pasted. */
export const lastPresented = (entry: Entry): string =>
  pasteOf(presentedText({ ...entry, presented: Math.max(0, entry.presented - 1) }))
