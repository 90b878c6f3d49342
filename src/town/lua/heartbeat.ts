import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * A sign of life of all our living agents in one step, and what others count and set in their records. A `current_task`
 * that is over, or is no more, is taken out, as a loop of `tt` does.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 our owner mark, 2 time, then for each agent its id and `1` where it lives
 * Reply { 'ok', { tasks_completed, current_task or '', rounds_completed } for each agent, {} where there is no record of ours }
 */
export const heartbeat: Script = {
  name: 'heartbeat',
  lua: `${keyTable}
local owner, time = ARGV[1], ARGV[2]
local over = { completed = true, failed = true, cancelled = true }
local out = { 'ok' }
for i = 3, #ARGV, 2 do
  local agent = K.agent .. ARGV[i]
  local record = redis.pcall('HMGET', agent, 'id', 'fleet_owner', 'tasks_completed', 'current_task', 'rounds_completed')
  if record.err or not record[1] or record[2] ~= owner then out[#out + 1] = {}
  else
    if ARGV[i + 1] == '1' then redis.call('HSET', agent, 'last_heartbeat', time) end
    local task = record[4] or ''
    if task ~= '' then
      local state = redis.pcall('HGET', K.task .. task, 'state')
      if not state or over[state] then
        redis.call('HDEL', agent, 'current_task')
        task = ''
      end
    end
    out[#out + 1] = { record[3] or '0', task, record[5] or '0' }
  end
end
return out
`,
}
