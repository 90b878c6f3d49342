import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushMessage, settleMessage, taskParts } from './parts.ts'

/**
 * Moves one message out of the inbox of an agent that is over, with the record of the task that it assigns (R26). Two
 * that reclaim at once move it once; what cannot be moved stays where it is.
 *
 * KEYS[1] root. ARGV: from, `inbox` | `urgent`, id ('' for what nobody can read), bytes as they were read, stamp, then
 * `send`, to, bytes for it, place, task or '' | `backlog`, task | `task`, its id, n of fields, each as name and value |
 * `aside`.
 * Result: moved | known (the other one has that id) | moot (the task is gone, over, in the backlog or with somebody else) | aside |
 * changed (not there any more) | agent-alive id state | agent-gone id.
 */
export const reclaimMessage: Script = {
  name: 'reclaim',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${settleMessage}${taskParts}
local from, id, raw, stamp, action, to, now = ARGV[1], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7], clock()
local list = K[ARGV[2]] .. from
local ended, was = over(from)
if not ended then return { 'agent-alive', from, was or '' } end
if action == 'send' and not exists(to) then return { 'agent-gone', to } end
if not redis.call('LPOS', list, raw) then return { 'changed' } end
local function take()
  redis.call('LREM', list, ARGV[2] == 'urgent' and -1 or 1, raw)
  redis.call('HDEL', K.mail .. from, id)
  redis.call('ZREM', K.sent .. from, id)
end
local function free(task)
  if task == '' then return true end
  local record, state, owner = fields(K.task .. task, 'id', 'state', 'assigned_to')
  if record == '' or isOver(state) or redis.call('LPOS', K.backlog, task) then return false end
  return owner == '' or owner == from or over(owner)
end
if action == 'aside' then
  redis.call('RPUSH', K.bad .. from, raw)
  take()
  return { 'aside' }
end
local task = action == 'send' and ARGV[10] or action == 'backlog' and to or ''
if not free(task) then
  take()
  redis.call('ZADD', K.done .. from, now, id)
  mark(from, id, 'acknowledged', now)
  return { 'moot' }
end
if action == 'task' then
  redis.call('LLEN', K.backlog)
  if redis.call('EXISTS', K.task .. to) == 0 then
    redis.call('HSET', K.task .. to, unpack(ARGV, 9, 8 + 2 * tonumber(ARGV[8])))
    toBacklog(to)
  end
  take()
  return { 'moved' }
end
local key = K.task .. task
if action == 'backlog' then
  redis.call('LLEN', K.backlog)
  take()
  leave(from, task)
  redis.call('HSET', key, 'state', 'pending', 'updated_at', stamp)
  redis.call('HDEL', key, 'assigned_to', 'started_at', 'fleet_message')
  toBacklog(task)
  return { 'moved' }
end
local seen = 0
local read, envelope = pcall(cjson.decode, redis.call('HGET', K.mail .. from, id) or '')
if read and type(envelope) == 'table' then seen = tonumber(envelope.presented) or 0 end
local known = false
for _, set in ipairs({ K.claimed, K.done, K.dead }) do known = known or redis.call('ZSCORE', set .. to, id) end
known = known or not push(to, id, ARGV[8], ARGV[9], now)
if not known and seen > 0 then
  local mail = cjson.decode(redis.call('HGET', K.mail .. to, id))
  mail.presented = seen
  redis.call('HSET', K.mail .. to, id, cjson.encode(mail))
end
take()
if task ~= '' and redis.call('EXISTS', key) == 1 then
  leave(from, task)
  redis.call('HSET', key, 'state', 'assigned', 'assigned_to', to, 'updated_at', stamp, 'fleet_message', id)
  redis.call('HDEL', key, 'started_at')
end
return { known and 'known' or 'moved' }
`,
}
