import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Asks an agent of somebody else to do something, field by field, where its state is still the one that was seen.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 id, 2 state that was seen, 3 new state, 4 stop flag: `set`, `clear` or '', 5 line of activity, 6 type of the event
 *       ('' none), 7 its data, then its streams, each with its length
 * Reply { 'done' }, { 'changed', state }, { 'agent-gone', id }
 */
export const orderOther: Script = {
  name: 'order-other',
  lua: `${keyTable}
local id, seen, state, flag = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local known, now = fields(K.agent .. id, 'id', 'state')
if known == '' then return { 'agent-gone', id } end
if now ~= seen then return { 'changed', now } end
local log = K.activity .. id
redis.call('LLEN', log)
if flag == 'set' then redis.call('SET', K.stop .. id, '1', 'EX', 3600) end
if flag == 'clear' then redis.call('DEL', K.stop .. id) end
redis.call('HSET', K.agent .. id, 'state', state)
redis.call('LPUSH', log, ARGV[5])
redis.call('LTRIM', log, 0, 9)
redis.call('EXPIRE', log, 3600)
if ARGV[6] ~= '' then
  for i = 8, #ARGV, 2 do
    redis.call('XADD', ARGV[i], 'MAXLEN', '~', ARGV[i + 1], '*', 'event_type', ARGV[6], 'data', ARGV[7])
  end
end
return { 'done' }
`,
}
