import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushMessage, settleMessage, taskParts } from './parts.ts'

/**
 * Takes the best task of a part of the backlog for an agent: pending, waiting for nothing, one of its words in a tag or
 * in the description; highest priority first, else the one that stands first.
 *
 * KEYS[1] root. ARGV: agent, first place looked at, how many, stamp, id of the message, its bytes before and after the
 * task's id, the event likewise, lengths of town's and agent's stream, then words in lower case (none: everything).
 * Result: taken task | more place (nothing up to there) | nothing | agent-gone id.
 */
export const taskTake: Script = {
  name: 'task-take',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${settleMessage}${taskParts}
local agent, from, count, now = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), clock()
if not exists(agent) then return { 'agent-gone', agent } end
local ranks = { low = 1, normal = 2, high = 3, urgent = 4 }
local function plain(word) return (word:gsub('%W', '%%%0')) end
local function matches(tags, description)
  if #ARGV < 12 then return true end
  local read, list = pcall(cjson.decode, tags)
  local has = {}
  if read and type(list) == 'table' then
    for _, tag in ipairs(list) do if type(tag) == 'string' then has[tag:lower()] = true end end
  end
  local text = description:lower()
  for i = 12, #ARGV do
    local word = ARGV[i]
    if has[word] then return true end
    if text:find('%f[%w]' .. plain(word) .. (#word <= 3 and '%f[%W]' or '')) then return true end
  end
  return false
end
local ids = redis.call('LRANGE', K.backlog, from, from + count - 1)
local best, rank = nil, 0
for _, task in ipairs(ids) do
  local id, state, priority, deps = fields(K.task .. task, 'id', 'state', 'fleet_priority', 'fleet_depends_on')
  local mine = ranks[priority] or 2
  if id ~= '' and not isOver(state) and mine > rank and waits(deps) == '' then
    local tags, description = fields(K.task .. task, 'tags', 'description')
    if matches(tags, description) then best, rank = task, mine end
  end
end
if not best then
  if #ids < count then return { 'nothing' } end
  return { 'more', tostring(from + count) }
end
push(agent, ARGV[5], ARGV[6] .. best .. ARGV[7], 'tail', now)
redis.call('LREM', K.backlog, 0, best)
local key = K.task .. best
leave(redis.call('HGET', key, 'assigned_to') or '', best)
redis.call('HSET', key, 'state', 'assigned', 'assigned_to', agent, 'updated_at', ARGV[4], 'fleet_message', ARGV[5])
redis.call('HDEL', key, 'started_at')
local data = ARGV[8] .. best .. ARGV[9]
redis.pcall('XADD', K.events, 'MAXLEN', '~', ARGV[10], '*', 'event_type', 'task_assigned', 'data', data)
redis.pcall('XADD', K.agentEvents .. agent, 'MAXLEN', '~', ARGV[11], '*', 'event_type', 'task_assigned', 'data', data)
return { 'taken', best }
`,
}
