import type { RawReply } from '../../adapters/redis/types.ts'
import { UserError } from '../../core/index.ts'
import { snapshot } from '../lua/snapshot.ts'
import type { Town } from '../town.ts'
import { possibleKeys, scanTown } from './all-keys.ts'

export const SNAPSHOT_TYPES = ['string', 'list', 'set', 'hash', 'zset', 'stream'] as const
export type SnapshotType = (typeof SNAPSHOT_TYPES)[number]

/** One key of a town and all that it holds. */
export interface SavedKey {
  /** Without the town's root. */
  key: string
  type: SnapshotType
  /** Epoch milliseconds by the clock of Redis; undefined: it stays. */
  endsAt: number | undefined
  /**
   * A string: one value; list, set: the members; hash: field, value, …; sorted set: member, score, …; stream: of each
   * entry the id, field, value, … as an array of its own.
   */
  values: (Buffer | Buffer[])[]
}

/** Scans that are made when keys come into being between the scan and the reading. */
const TRIES = 8

/**
 * All keys of a town as they are at one instant: one script reads them, and a second scan proves that none was missing.
 * @throws {UserError} TOWN_RESTLESS
 */
export async function takeSnapshot(town: Town): Promise<SavedKey[]> {
  const keys = new Set<string>()
  const more = async () => {
    const before = keys.size
    const found = await scanTown(town)
    for (const key of [...found, ...possibleKeys(town, found)]) keys.add(key)
    return keys.size > before
  }
  await more()
  for (let tries = 0; tries < TRIES; tries++) {
    const read = await readKeys(town, [...keys].sort())
    if (!(await more())) return read
  }
  throw new UserError({
    code: 'TOWN_RESTLESS',
    what: `New tasks or agents came into the town ${TRIES} times while it was read.`,
    fix: 'Try again in a moment.',
  })
}

async function readKeys(town: Town, keys: readonly string[]): Promise<SavedKey[]> {
  const now = await redisNow(town)
  const reply = await town.redis.bytes('EVAL', snapshot.lua, 1, town.keys.root, ...keys)
  return rowsOf(reply).map(([key, type, left, values]) => ({
    key: String(key),
    type: String(type) as SnapshotType,
    endsAt: Number(left) < 0 ? undefined : now + Number(left),
    values: rowsOf(values).map((value) =>
      Array.isArray(value) ? value.flat(9).map(bytesOf) : bytesOf(value),
    ),
  }))
}

const rowsOf = (reply: RawReply | undefined): RawReply[][] =>
  Array.isArray(reply) ? (reply as RawReply[][]) : []
const bytesOf = (value: RawReply): Buffer => (Buffer.isBuffer(value) ? value : Buffer.from(String(value)))

/** Redis' own clock, by which keys end. */
async function redisNow(town: Town): Promise<number> {
  const [seconds, micros] = ((await town.redis.call('TIME')) as string[]).map(Number)
  return (seconds ?? 0) * 1000 + Math.floor((micros ?? 0) / 1000)
}
