import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * A round of a worker is over: its line of activity, and one more in its record. Told again it changes nothing.
 *
 * KEYS: 1 root. ARGV: 1 agent, 2 line, 3 mark of the round, another one than that of the round before.
 * Result: { 'told' }, { 'known' }, { 'missing' }.
 */
export const workerRound: Script = {
  name: 'worker-round',
  lua: `${keyTable}
local agent, lines = K.agent .. ARGV[1], K.activity .. ARGV[1]
local record = redis.call('HMGET', agent, 'id', 'fleet_round')
if not record[1] then return { 'missing' } end
if record[2] == ARGV[3] then return { 'known' } end
redis.call('HINCRBY', agent, 'rounds_completed', 1)
redis.call('HSET', agent, 'fleet_round', ARGV[3])
redis.call('LPUSH', lines, ARGV[2])
redis.call('LTRIM', lines, 0, 9)
redis.call('EXPIRE', lines, 3600)
return { 'told' }
`,
}
