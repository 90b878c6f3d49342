import { OutsideError } from '../core/index.ts'
import { literally } from './keys.ts'
import { hashOf, type Town, textsOf } from './town.ts'

/** Keys looked at by one SCAN. */
const COUNT = 1000

/**
 * Ids of all records of a kind, whoever wrote them: tinytown keeps no index. Never `KEYS`, which stops the server.
 * An id that a rehash shows twice is told once.
 * @param beginning only ids that begin so. @default all
 */
export async function scanIds(
  town: Town,
  kind: 'agent' | 'task' | 'inbox' | 'urgent' | 'raw',
  beginning = '',
): Promise<string[]> {
  const prefix = town.keys[kind]('')
  const pattern = `${literally(prefix + beginning)}*`
  const found = new Set<string>()
  let cursor = '0'
  do {
    const reply = await town.redis.call('SCAN', cursor, 'MATCH', pattern, 'COUNT', COUNT)
    const [next, keys] = Array.isArray(reply) ? reply : ['0', []]
    for (const key of textsOf(keys)) found.add(key.slice(prefix.length))
    cursor = String(next)
  } while (cursor !== '0')
  return [...found]
}

/** The hashes of these ids, in their order; undefined for one that is none (gone meanwhile, or of a foreign type). */
export async function readHashes(
  town: Town,
  kind: 'agent' | 'task',
  ids: readonly string[],
): Promise<(Record<string, string> | undefined)[]> {
  const replies = await town.redis.pipeline(ids.map((id) => ['HGETALL', town.keys[kind](id)] as const))
  return replies.map((reply) => {
    if (!(reply instanceof OutsideError)) return hashOf(reply)
    // A legacy record or garbage at one key must not hide all others (W4).
    if (reply.code === 'REDIS_TYPE') return undefined
    throw reply
  })
}
