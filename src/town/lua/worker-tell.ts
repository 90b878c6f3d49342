import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * The state of a worker whose fleet has no watchdog, as it says itself, with a sign of life. What an operator ordered is
 * not overwritten: paused and draining stay, until it ends.
 *
 * KEYS: 1 root. ARGV: 1 agent, 2 state, 3 now.
 * Result: { 'told', state before }, { 'kept', state }, { 'missing' }.
 */
export const workerTell: Script = {
  name: 'worker-tell',
  lua: `${keyTable}
local agent, state, at = K.agent .. ARGV[1], ARGV[2], ARGV[3]
local before = redis.call('HGET', agent, 'state')
if not before then return { 'missing' } end
redis.call('HSET', agent, 'last_heartbeat', at)
if state ~= 'stopped' and (before == 'paused' or before == 'draining') then return { 'kept', before } end
if before ~= state then redis.call('HSET', agent, 'state', state, 'last_active_at', at) end
redis.call('HSET', agent, 'fleet_state', state)
if state == 'stopped' and redis.call('GET', K.stop .. ARGV[1]) ~= 'guard' then redis.call('DEL', K.stop .. ARGV[1]) end
return { 'told', before }
`,
}
