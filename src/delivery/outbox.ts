import type { EpochMs } from '../core/index.ts'

/**
 * `queued → staged → submitted`, or `failed`. Staged is written before the first byte is pasted: an entry found staged
 * after a crash may or may not have arrived, so it is presented once more with a visible mark.
 */
export type EntryState = 'queued' | 'staged' | 'submitted' | 'failed'
export type EntryKind = 'kickoff' | 'handoff' | 'inbox' | 'wake' | 'probe' | 'nudge'

export interface Entry {
  /** Stable: the same id is stored once, however often it is queued. */
  id: string
  agent: string
  kind: EntryKind
  text: string
  state: EntryState
  queuedAt: EpochMs
  stagedAt?: EpochMs
  submittedAt?: EpochMs
  /** Times the text was pasted. */
  presented: number
  why?: string
}

export interface OutboxState {
  entries: Entry[]
}

export type EntryDraft = Pick<Entry, 'id' | 'agent' | 'kind' | 'text'>

/** Presentations of one entry in all (reliability.md section 5, "3 presentations per message"). */
export const maxPresentations = 3
/** Settled entries kept for telling a repeated id from a new one. */
const settledKept = 500

export const emptyOutbox: OutboxState = { entries: [] }

/** @returns undefined when `value` is no outbox; the store then tries the older generation. */
export function checkOutbox(value: unknown): OutboxState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const entries = (value as { entries?: unknown }).entries
  if (!Array.isArray(entries)) return undefined
  return entries.every(isEntry) ? { entries } : undefined
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Partial<Entry>
  return typeof entry.id === 'string' && typeof entry.agent === 'string' && typeof entry.text === 'string'
}

/** The outbox with `draft` in it; the same one when its id is known. */
export function enqueue(box: OutboxState, draft: EntryDraft, at: EpochMs): OutboxState {
  if (box.entries.some((entry) => entry.id === draft.id)) return box
  const entry: Entry = { ...draft, state: 'queued', queuedAt: at, presented: 0 }
  return { entries: prune([...box.entries, entry]) }
}

function prune(entries: Entry[]): Entry[] {
  const settled = entries.filter(isSettled)
  if (settled.length <= settledKept) return entries
  const dropped = new Set(settled.slice(0, settled.length - settledKept))
  return entries.filter((entry) => !dropped.has(entry))
}

export const isSettled = (entry: Entry): boolean => entry.state === 'submitted' || entry.state === 'failed'

/** Entries of `agent` that still want to be typed, oldest first. */
export function waiting(box: OutboxState, agent: string): Entry[] {
  return box.entries.filter((entry) => entry.agent === agent && !isSettled(entry))
}

export function find(box: OutboxState, id: string): Entry | undefined {
  return box.entries.find((entry) => entry.id === id)
}

/** The outbox with the entry changed; the same one when it is not there any more. */
export function change(box: OutboxState, id: string, patch: Partial<Entry>): OutboxState {
  return { entries: box.entries.map((entry) => (entry.id === id ? { ...entry, ...patch } : entry)) }
}

/** Drops what waits for `agent`: kickoffs and probes of a run that is over say nothing to the next one. */
export function dropStale(box: OutboxState, agent: string, keepRun: string): OutboxState {
  return {
    entries: box.entries.filter(
      (entry) =>
        entry.agent !== agent ||
        isSettled(entry) ||
        (entry.kind !== 'kickoff' && entry.kind !== 'probe' && entry.kind !== 'nudge') ||
        entry.id.endsWith(keepRun),
    ),
  }
}

/** What is typed: the text, marked when it was presented before. */
export function presentedText(entry: Entry): string {
  return entry.presented === 0 ? entry.text : `${entry.text} (redelivery ${entry.presented})`
}
