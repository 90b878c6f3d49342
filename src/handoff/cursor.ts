import { createHash } from 'node:crypto'
import type { Commit } from '../adapters/git/types.ts'
import type { PingDraft } from './types.ts'

/** How far a followed branch was read. */
export interface Position {
  /** Everything reachable from here has been pinged, or was there before the first sight. */
  cursor: string
  /** Fingerprints of commits that a force-push took off the branch: when they come back, they are no news. */
  dropped: string[]
  /** Fingerprints read last, newest last: the landmarks when the cursor's own commit is gone. */
  seen: string[]
  /** Inbox file -> hash of the content pinged last. */
  inboxes: Record<string, string>
}

/** The saved record. `pending` is written before the first ping and settled after the last (write-ahead). */
export interface CursorRecord {
  position: Position
  pending: { next: Position; pings: PingDraft[] } | undefined
}

/** Fingerprints remembered of each sort. */
export const MOST_REMEMBERED = 2000

export function recordName(repo: string, remote: string, branch: string): string {
  return `handoff-${createHash('sha256').update([repo, remote, branch].join('\0')).digest('hex').slice(0, 16)}`
}

/** Fingerprints leave the dropped ones as they come back: each is forgiven once. */
export function freshOf(commits: readonly Commit[], dropped: readonly string[]) {
  const left = new Map<string, number>()
  for (const print of dropped) left.set(print, (left.get(print) ?? 0) + 1)
  const fresh = commits.filter((commit) => {
    const count = left.get(commit.fingerprint) ?? 0
    if (count > 0) left.set(commit.fingerprint, count - 1)
    return count === 0
  })
  const rest: string[] = []
  for (const print of dropped.toReversed()) {
    const count = left.get(print) ?? 0
    if (count > 0) rest.push(print)
    left.set(print, count - 1)
  }
  return { fresh, dropped: rest.reverse() }
}

/** Those after the newest commit that was seen before; for a cursor whose commit is gone. */
export function afterLandmark(commits: readonly Commit[], seen: readonly string[]): Commit[] {
  const known = new Set(seen)
  const landmark = commits.findLastIndex((commit) => known.has(commit.fingerprint))
  return commits.slice(landmark + 1)
}

export const remember = (old: readonly string[], more: readonly string[]): string[] =>
  [...old, ...more].slice(-MOST_REMEMBERED)

export function checkRecord(value: unknown): CursorRecord | undefined {
  if (!isObject(value) || !isPosition(value.position)) return undefined
  const { pending } = value
  if (pending === undefined) return { position: value.position, pending }
  if (!isObject(pending) || !isPosition(pending.next)) return undefined
  if (!Array.isArray(pending.pings) || !pending.pings.every(isPing)) return undefined
  return { position: value.position, pending: { next: pending.next, pings: pending.pings } }
}

function isPosition(value: unknown): value is Position {
  if (!isObject(value) || typeof value.cursor !== 'string') return false
  return isTexts(value.dropped) && isTexts(value.seen) && isObject(value.inboxes)
}

function isPing(value: unknown): value is PingDraft {
  if (!isObject(value) || !isTexts(value.commits)) return false
  return [value.id, value.agent, value.text, value.kind].every((field) => typeof field === 'string')
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string')

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null
