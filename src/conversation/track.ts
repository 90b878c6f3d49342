import type { ConversationFiles, FileMark } from '../adapters/conversations/types.ts'
import type { EpochMs } from '../core/index.ts'
import { type Shape, shape } from '../core/shape.ts'
import { keepSaying, type Saying } from './said.ts'
import type { Fact, Trouble } from './types.ts'

/** What the records of one file came to so far. */
export interface Track {
  path: string
  inode: number
  /** Offset of the first byte that was not read. */
  next: number
  size: number
  modifiedAt: EpochMs
  said: Saying[]
  turn: { state: 'working' | 'idle'; at: EpochMs } | undefined
  trouble: { what: Trouble; at: EpochMs } | undefined
  rate: { until: EpochMs | undefined; window: string | undefined } | undefined
}

/** Of a file that is new to us only so much of its end is read. Bytes. */
const TAIL = 256 * 1024
/** At most so much at one look, and so many looks at a time; what is left comes with the next. Bytes. */
const CHUNK = 1024 * 1024
const CHUNKS = 4

/**
 * Reads what was appended to a file since `old`. A file that was replaced or cut is read anew.
 * @param appeared it was not there at an earlier look: all of it is new
 * @returns undefined when there is no such file, or it cannot be read
 */
export async function readOn(
  old: Track | undefined,
  path: string,
  files: ConversationFiles,
  factsOf: (record: Shape) => Fact[],
  appeared = false,
): Promise<Track | undefined> {
  const mark = await files.mark(path)
  if (mark === undefined) return undefined
  const same = old !== undefined && old.path === path && old.inode === mark.inode && mark.size >= old.next
  if (same && old.size === mark.size && old.modifiedAt === mark.modifiedAt) return old
  let track = same ? { ...old, size: mark.size, modifiedAt: mark.modifiedAt } : beginning(mark)
  const first = !same && !appeared
  for (let chunk = 0; chunk < CHUNKS; chunk += 1) {
    const read = await files.appended(path, track.next, CHUNK)
    if (read === undefined) return undefined
    if (read.next === track.next) break
    track = fold({ ...track, next: read.next }, read.records, mark.modifiedAt, first, factsOf)
  }
  // What is left makes the file differ from what was read, so that the next look goes on.
  return track.next < mark.size - CHUNK ? { ...track, size: track.next } : track
}

function beginning(mark: FileMark): Track {
  const { path, inode, size, modifiedAt } = mark
  const next = Math.max(0, size - TAIL)
  return {
    path,
    inode,
    next,
    size,
    modifiedAt,
    said: [],
    turn: undefined,
    trouble: undefined,
    rate: undefined,
  }
}

/** A record without a time was written by the file's last change; of a file that is new to us that is only its last. */
function fold(
  track: Track,
  records: readonly unknown[],
  modifiedAt: EpochMs,
  first: boolean,
  factsOf: (record: Shape) => Fact[],
): Track {
  let next = track
  for (const [at, value] of records.entries()) {
    const record = shape(value)
    if (record === undefined) continue
    const undated = first && at < records.length - 1 ? 0 : modifiedAt
    for (const fact of factsOf(record)) next = withFact(next, fact, undated)
  }
  return next
}

/** Exported for tests. @param undated what counts as the time of a fact that has none */
export function withFact(track: Track, fact: Fact, undated: EpochMs): Track {
  switch (fact.kind) {
    case 'said':
      return { ...track, said: keepSaying(track.said, fact.text, fact.at ?? undated) }
    case 'turn':
      // A new turn begins: what ended the one before is over. Its own end may carry the next trouble.
      return {
        ...track,
        turn: { state: fact.state, at: fact.at },
        trouble: fact.state === 'working' ? undefined : track.trouble,
      }
    case 'trouble':
      return { ...track, trouble: { what: fact.trouble, at: fact.at } }
    case 'rate':
      return { ...track, rate: { until: fact.until, window: fact.window } }
  }
}
