import type { BackendSpec, EpochMs, Reading } from '../core/index.ts'
import { fingerprint, flat, stands, type TypistDeps } from './desk.ts'
import { beforeCursor, draftOf } from './draft.ts'
import { type Entry, lastPresented, type SeenBy } from './entry.ts'

/** Reads the conversation that an agent's own CLI keeps on disk. */
export interface SeenProof {
  /** Whether the agent was told this text since then; `unknown` where its CLI keeps no such file, or it is not found. */
  heard(agent: string, text: string, sinceAt: EpochMs): Promise<'yes' | 'no' | 'unknown'>
}

/** A pane, some time after a message was submitted to it. */
export interface Glimpse {
  text: string
  cursor: { column: number; row: number }
  reading: Reading['state']
  at: EpochMs
  /** Somebody's terminal shows the pane: what stands in the composer may be theirs. */
  attended: boolean
}

/** A composer that still holds a message so long after its key did not take it. Milliseconds. */
const takenWithinMs = 2_000
const mostReturns = 3
/** Shorter ends of a text may stand on a screen by chance. */
const leastMark = 8

/**
 * What a screen says of a submitted message: that the agent has it, that it came back into the composer, or nothing.
 * Proof is the CLI's own note that it keeps the message, or an empty composer and a turn that began after the key: work
 * where nothing ran before, or the message standing in the conversation above.
 */
export function shownBy(
  matches: TypistDeps['matches'],
  backend: BackendSpec,
  entry: Entry,
  glimpse: Glimpse,
): SeenBy | 'returned' | undefined {
  const since = glimpse.at - (entry.submittedAt ?? glimpse.at)
  if (since <= 0) return undefined
  const text = lastPresented(entry)
  const draft = draftOf(glimpse.text, glimpse.cursor)
  if (draft !== undefined && draft !== '' && endsWith(draft, text)) return isBack(entry, glimpse, since)
  const { queued } = backend.patterns
  if (queued !== undefined && matches(queued, glimpse.text)) return 'queue-marker'
  if (entry.wasIdle !== true || stands(matches, backend, draft ?? '', text)) return undefined
  if (glimpse.reading === 'working') return 'turn'
  return draft === '' && isAbove(beforeCursor(glimpse.text, glimpse.cursor).above, text) ? 'turn' : undefined
}

/** A person may have called it up again from the composer's history: then it is theirs. */
function isBack(entry: Entry, { attended }: Glimpse, since: number): 'returned' | undefined {
  const due = since >= takenWithinMs && (entry.returned ?? 0) < mostReturns
  return due && !attended ? 'returned' : undefined
}

const endsWith = (draft: string, text: string): boolean =>
  fingerprint(text) !== '' && flat(draft).endsWith(fingerprint(text))

/** Its end, or where the CLI shows only the beginning of a long one, its first words. */
function isAbove(above: string, text: string): boolean {
  if (flat(text).length < leastMark) return above.split('\n').some((row) => isRowOf(row, text))
  const rows = flat(above)
  const marks = [fingerprint(text), flat(text.split('\n')[0] ?? '').slice(0, 24)]
  return marks.some((mark) => mark.length >= leastMark && rows.includes(mark))
}

/** A short text has a row to itself, behind a mark or a name at most. */
const isRowOf = (row: string, text: string): boolean =>
  row
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/^\w+: /, '')
    .trim() === text.trim()
