import { createHash } from 'node:crypto'
import type { EventDraft, FleetEvent } from '../../core/index.ts'
import { canonical, parseJson } from './record.ts'

/** Where the chain stands: the last event's number and hash. */
export interface Head {
  seq: number
  hash: string
}

export const GENESIS: Head = { seq: 0, hash: '0'.repeat(32) }

/** A line of the log as it was read: an event with its links, or junk (torn by a crash, or not ours). */
export type Line = { kind: 'event'; event: FleetEvent; prev: string; hash: string } | { kind: 'junk' }

/** JSON leaves DEL, C1 and the direction marks as they are; a terminal does not. */
const RAW_CONTROLS = /[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/** One line with its newline. Control characters of any string in it are escaped. */
export function encodeEvent(
  draft: EventDraft,
  at: number,
  before: Head,
): { text: string; event: FleetEvent; head: Head } {
  const seq = before.seq + 1
  // Own fields last: a draft cannot forge them.
  const plain = JSON.parse(JSON.stringify({ ...draft, prev: undefined, hash: undefined })) as EventDraft
  const event: FleetEvent = { ...plain, seq, at }
  // `seq` and `at` lead the line for people who read it.
  const body = Object.assign({ seq, at }, event, { prev: before.hash })
  const hash = hashOf(before.hash, body)
  const text = `${escapeControls(JSON.stringify({ ...body, hash }))}\n`
  return { text, event, head: { seq, hash } }
}

function escapeControls(json: string): string {
  return json.replace(RAW_CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function hashOf(prev: string, body: object): string {
  return createHash('sha256')
    .update(`${prev}\n${canonical(body)}`)
    .digest('hex')
    .slice(0, 32)
}

export function decodeLine(text: string): Line {
  const parsed = parseJson(text)
  if (typeof parsed !== 'object' || parsed === null) return { kind: 'junk' }
  const { prev, hash, ...event } = parsed as Record<string, unknown>
  if (typeof prev !== 'string' || typeof hash !== 'string') return { kind: 'junk' }
  if (typeof event.seq !== 'number' || typeof event.at !== 'number') return { kind: 'junk' }
  if (typeof event.kind !== 'string') return { kind: 'junk' }
  return { kind: 'event', event: event as FleetEvent, prev, hash }
}

/** True when the line's hash is that of its content. */
export function isIntact(line: Extract<Line, { kind: 'event' }>): boolean {
  return line.hash === hashOf(line.prev, { ...line.event, prev: line.prev })
}

export type Verdict = { kind: 'ok'; events: number } | { kind: 'broken'; seq: number; why: string }

/**
 * Walks the chain. Junk is passed over when the next event joins the one before it: that is a line torn by a crash.
 * Anything that was changed, taken out or put in breaks the join.
 */
export function createVerifier() {
  let last: Head | undefined
  let events = 0

  return function next(line: Line): Extract<Verdict, { kind: 'broken' }> | Extract<Verdict, { kind: 'ok' }> {
    if (line.kind === 'junk') return { kind: 'ok', events }
    const { seq } = line.event
    const expected = last ?? anchorOf(line)
    if (!isIntact(line)) return { kind: 'broken', seq, why: `event ${seq} was changed` }
    if (seq !== expected.seq + 1 || line.prev !== expected.hash) {
      return {
        kind: 'broken',
        seq: expected.seq + 1,
        why: `event ${expected.seq + 1} is missing or was changed`,
      }
    }
    last = { seq, hash: line.hash }
    events += 1
    return { kind: 'ok', events }
  }
}

/** The first line kept may be any, because the oldest files are deleted; but the very first has a known parent. */
function anchorOf(line: Extract<Line, { kind: 'event' }>): Head {
  return line.event.seq === 1 ? GENESIS : { seq: line.event.seq - 1, hash: line.prev }
}
