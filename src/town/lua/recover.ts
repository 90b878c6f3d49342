import type { Script } from '../../adapters/redis/types.ts'
import { keyTable, tellEvents } from './parts.ts'

/**
 * Writes down that an agent is stopped which was found dead, unless it gave a sign of life meanwhile.
 *
 * KEYS[1] root. ARGV: agent, state and last_heartbeat as they were judged, line of its activity, n of events.
 * Result: done | changed.
 */
export const recoverAgent: Script = {
  name: 'recover',
  lua: `${keyTable}${tellEvents}
local agent = ARGV[1]
local key, log = K.agent .. agent, K.activity .. agent
local state, beat = fields(key, 'state', 'last_heartbeat')
if state ~= ARGV[2] or beat ~= ARGV[3] then return { 'changed' } end
redis.call('LLEN', log)
redis.call('HSET', key, 'state', 'stopped')
redis.call('LPUSH', log, ARGV[4])
redis.call('LTRIM', log, 0, 9)
redis.call('EXPIRE', log, 3600)
tell(6, tonumber(ARGV[5]))
return { 'done' }
`,
}
