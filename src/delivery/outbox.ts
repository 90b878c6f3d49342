import type { EpochMs } from '../core/index.ts'
import { type Entry, type EntryDraft, isSettled, type Step, stepped } from './entry.ts'

export interface OutboxState {
  entries: Entry[]
}

/** Settled entries kept, for telling a repeated id from a new one. */
const settledKept = 500

export const emptyOutbox: OutboxState = { entries: [] }

/** @returns undefined when `value` is no outbox; the store then tries the older generation. */
export function checkOutbox(value: unknown): OutboxState | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const entries = (value as { entries?: unknown }).entries
  if (!Array.isArray(entries)) return undefined
  return entries.every(isEntry) ? { entries: entries.map(frozen) } : undefined
}

/** Entries do not change, they are replaced: so only what is new is spelled again when the box is written. */
function frozen(entry: Entry): Entry {
  for (const ref of entry.mail ?? []) Object.freeze(ref)
  Object.freeze(entry.mail)
  return Object.freeze(entry)
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false
  const entry = value as Partial<Entry>
  return typeof entry.id === 'string' && typeof entry.agent === 'string' && typeof entry.text === 'string'
}

/** The outbox with `draft` in it; the same one when its id is known. */
export function enqueue(box: OutboxState, draft: EntryDraft, at: EpochMs): OutboxState {
  if (find(box, draft.id) !== undefined) return box
  const entry = frozen({ ...draft, state: 'queued', queuedAt: at, presented: 0 })
  return { entries: prune([...box.entries, entry]) }
}

function prune(entries: Entry[]): Entry[] {
  const settled = entries.filter(isSettled)
  if (settled.length <= settledKept) return entries
  const dropped = new Set(settled.slice(0, settled.length - settledKept))
  return entries.filter((entry) => !dropped.has(entry))
}

/**
 * Entries of `agent` that still want to be typed, in the order in which they are: what may stand half typed in its pane,
 * its kickoff, what the watchdog itself asks, then interrupting, steering and queued messages; each oldest first.
 */
export function waiting(box: OutboxState, agent: string): Entry[] {
  const own = box.entries.filter((entry) => entry.agent === agent && !isSettled(entry))
  return own.sort((a, b) => rank(a) - rank(b))
}

function rank(entry: Entry): number {
  if (entry.state === 'staged') return 0
  if (entry.kind === 'kickoff') return 1
  if (entry.kind === 'probe' || entry.kind === 'nudge') return 2
  return { interrupt: 3, steer: 4, queue: 5 }[entry.mode ?? 'queue']
}

export function find(box: OutboxState, id: string): Entry | undefined {
  return box.entries.find((entry) => entry.id === id)
}

/** The outbox with one entry a step further; the same one where that changes nothing. */
export function step(box: OutboxState, id: string, what: Step, at: EpochMs): OutboxState {
  const before = find(box, id)
  if (before === undefined) return box
  const after = frozen(stepped(before, what, at))
  return after === before ? box : { entries: box.entries.map((entry) => (entry === before ? after : entry)) }
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
