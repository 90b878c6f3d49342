import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Writes what is true of one agent of ours into its record, with the event and the lines that tell of it, in one step.
 * Nothing is written when somebody else has written the state since: that may be an order.
 *
 * KEYS  1 `tt:{town}:`, then the streams of the event
 * ARGV  1 id of the agent, 2 JSON: `owner` our mark; `expect` the state that must stand there ('*' any); `state` the new one; `rounds` turns
 *       completed so far; `set` names and values of fields, in turn; `drop` fields that are removed; `lines` of activity;
 *       `stop`: 'honour' removes a flag that asks for a stop, 'guard' sets ours for `seconds`, 'unguard' removes ours, ''
 *       leaves it; `event` its type ('' none) and `data`; `lengths` of the streams
 * Reply { 'ok', tasks_completed, current_task or '' }, { 'differs', state }, { 'missing' }, { 'foreign' }, { 'garbage' }
 */
export const mirror: Script = {
  name: 'mirror',
  lua: `${keyTable}
local function failed(reply) return type(reply) == 'table' and reply.err ~= nil end
local agent, flag, activity = K.agent .. ARGV[1], K.stop .. ARGV[1], K.activity .. ARGV[1]
local order = cjson.decode(ARGV[2])
local record = redis.pcall('HMGET', agent, 'id', 'state', 'fleet_owner', 'fleet_rounds', 'tasks_completed', 'current_task')
if failed(record) then return { 'garbage' } end
if not record[1] then return { 'missing' } end
if record[3] ~= order.owner then return { 'foreign' } end
if order.expect ~= '*' and record[2] ~= order.expect then return { 'differs', record[2] or '' } end
redis.call('HSET', agent, 'state', order.state, 'fleet_state', order.state)
local more = order.rounds - (tonumber(record[4] or '0') or 0)
if more > 0 then
  if failed(redis.pcall('HINCRBY', agent, 'rounds_completed', more)) then
    redis.call('HSET', agent, 'rounds_completed', order.rounds)
  end
  redis.call('HSET', agent, 'fleet_rounds', order.rounds)
end
for i = 1, #order.set, 2 do redis.call('HSET', agent, order.set[i], order.set[i + 1]) end
for _, name in ipairs(order.drop) do redis.call('HDEL', agent, name) end
if order.stop == 'guard' then redis.call('SET', flag, 'guard', 'EX', order.seconds)
elseif order.stop ~= '' then
  local stop = redis.pcall('GET', flag)
  if stop and (stop == 'guard') == (order.stop == 'unguard') then redis.call('DEL', flag) end
end
for _, line in ipairs(order.lines) do
  if failed(redis.pcall('LPUSH', activity, line)) then
    redis.call('DEL', activity)
    redis.call('LPUSH', activity, line)
  end
end
if #order.lines > 0 then
  redis.call('LTRIM', activity, 0, 9)
  redis.call('EXPIRE', activity, 3600)
end
if order.event ~= '' then
  for i, length in ipairs(order.lengths) do
    redis.pcall('XADD', KEYS[1 + i], 'MAXLEN', '~', length, '*', 'event_type', order.event, 'data', order.data)
  end
end
return { 'ok', record[5] or '0', record[6] or '' }
`,
}
