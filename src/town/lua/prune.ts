import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Takes an agent out of the town that is over, once nothing waits for it any more. Its stop flag stays: a loop that still
 * runs finds it and leaves (R12). Its dead letters and what nobody could read stay, too; what repeats are told by, and its
 * stream, end by themselves.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 id, 2 `1`: also one whose loop has not been seen to leave
 * Reply { 'done' }, { 'gone' }, { 'agent-alive', id, state }, { 'leaving' }: it was told to stop, and has not said that it
 *       did; { 'waits', n }: so many messages are left
 */
export const prune: Script = {
  name: 'prune',
  lua: `${keyTable}
local id = ARGV[1]
local known, state, name = fields(K.agent .. id, 'id', 'state', 'name')
if known == '' then return { 'gone' } end
if state ~= 'stopped' and state ~= 'error' and state ~= 'cold' then return { 'agent-alive', id, state } end
if ARGV[2] ~= '1' and redis.call('EXISTS', K.stop .. id) == 1 then return { 'leaving' } end
local waits = redis.call('LLEN', K.inbox .. id) + redis.call('LLEN', K.urgent .. id) + redis.call('ZCARD', K.claimed .. id)
if waits > 0 then return { 'waits', tostring(waits) } end
if redis.call('HGET', K.names, name) == id then redis.call('HDEL', K.names, name) end
redis.call('DEL', K.agent .. id, K.inbox .. id, K.urgent .. id, K.claimed .. id, K.activity .. id, K.turn .. id, K.work .. id)
for _, key in ipairs({ K.sent .. id, K.done .. id, K.mail .. id }) do redis.call('EXPIRE', key, 86400) end
redis.call('EXPIRE', K.agentEvents .. id, 604800)
return { 'done' }
`,
}
