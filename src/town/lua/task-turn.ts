import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Says that an agent works at a task that it has, or does not work at it any more (its round failed).
 *
 * KEYS[1] root. ARGV: task, agent, running | assigned, stamp.
 * Result: done | same | task-unknown id | task-over id state result | not-yours id owner.
 */
export const taskTurn: Script = {
  name: 'task-turn',
  lua: `${keyTable}
local task, agent, target = ARGV[1], ARGV[2], ARGV[3]
local key, mine = K.task .. task, K.agent .. agent
local id, state, owner, result = fields(key, 'id', 'state', 'assigned_to', 'result')
if id == '' then return { 'task-unknown', task } end
if state == 'completed' or state == 'failed' or state == 'cancelled' then return { 'task-over', task, state, result } end
if owner ~= agent then return { 'not-yours', task, owner } end
local exists, current = redis.call('EXISTS', mine) == 1, redis.call('HGET', mine, 'current_task')
if exists and target == 'running' and current ~= task then redis.call('HSET', mine, 'current_task', task) end
if target == 'assigned' and current == task then redis.call('HDEL', mine, 'current_task') end
if state == target then return { 'same' } end
redis.call('HSET', key, 'state', target, 'updated_at', ARGV[4])
if target == 'running' then redis.call('HSET', key, 'started_at', ARGV[4]) end
return { 'done' }
`,
}
