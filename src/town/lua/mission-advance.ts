import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushAll, pushMessage, tellEvents } from './parts.ts'

/**
 * One step of a work item of a mission: its JSON, its watches, the task that it wants, the log, all or nothing; only
 * while everything is as it was read (R15, R16).
 *
 * KEYS: root, work items, watches, log of the mission. ARGV: item, its JSON as read, its new JSON, n of watches and each as
 * id, JSON as read or '', new JSON; task or '', its agent or '' (into the backlog), n of its fields, each as name and
 * value; n of messages; n of lines, each; n of events.
 * Result: done | changed | agent-gone id.
 */
export const missionAdvance: Script = {
  name: 'mission-advance',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${pushAll}${tellEvents}
local work, watch, log, now = KEYS[2], KEYS[3], KEYS[4], clock()
if redis.call('HGET', work, ARGV[1]) ~= ARGV[2] then return { 'changed' } end
local n = tonumber(ARGV[4])
local first, at = 5, 5 + 3 * n
for i = 0, n - 1 do
  if (redis.call('HGET', watch, ARGV[first + 3 * i]) or '') ~= ARGV[first + 3 * i + 1] then return { 'changed' } end
end
local task, agent, many = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
if agent ~= '' and not exists(agent) then return { 'agent-gone', agent } end
redis.call('LLEN', K.backlog)
redis.call('LLEN', log)
local fieldsAt = at + 3
at = fieldsAt + 2 * many
at = pushAll(at + 1, tonumber(ARGV[at]), now)
if task ~= '' then
  redis.call('HSET', K.task .. task, unpack(ARGV, fieldsAt, fieldsAt + 2 * many - 1))
  if agent == '' then redis.call('RPUSH', K.backlog, task) end
end
redis.call('HSET', work, ARGV[1], ARGV[3])
for i = 0, n - 1 do redis.call('HSET', watch, ARGV[first + 3 * i], ARGV[first + 3 * i + 2]) end
local lines = tonumber(ARGV[at])
for i = 1, lines do redis.call('LPUSH', log, ARGV[at + i]) end
redis.call('LTRIM', log, 0, 99)
at = at + lines + 1
tell(at + 1, tonumber(ARGV[at]))
return { 'done' }
`,
}
