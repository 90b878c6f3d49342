import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushAll, pushMessage, settleMessage, taskParts } from './parts.ts'

/**
 * Puts a task back into the backlog: pending, with nobody, its message taken back.
 *
 * KEYS[1] root. ARGV: task, stamp, owner and `fleet_message` as they
 * were read, a blank between, `over` when the owner must be, n of messages, n of moot messages of
 * the owner.
 * Result: queued | same (it stands there already, with nobody) | changed | task-unknown id | task-over id state result (only
 * for a completed one) | agent-alive id state.
 */
export const taskRequeue: Script = {
  name: 'task-requeue',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${settleMessage}${pushAll}${taskParts}
local task, now = ARGV[1], clock()
local key = K.task .. task
local id, state, owner, result, message = fields(key, 'id', 'state', 'assigned_to', 'result', 'fleet_message')
if id == '' then return { 'task-unknown', task } end
if state == 'completed' then return { 'task-over', task, state, result } end
if owner .. ' ' .. message ~= ARGV[3] then return { 'changed' } end
local ended, was = over(owner)
if ARGV[4] == 'over' and not ended then return { 'agent-alive', owner, was or '' } end
if state == 'pending' and owner == '' and redis.call('LPOS', K.backlog, task) then return { 'same' } end
local at = pushAll(6, tonumber(ARGV[5]), now)
unqueue(owner, at + 1, tonumber(ARGV[at]), now)
leave(owner, task)
redis.call('HSET', key, 'state', 'pending', 'updated_at', ARGV[2])
redis.call('HDEL', key, 'assigned_to', 'started_at', 'completed_at', 'result', 'fleet_message')
toBacklog(task)
return { 'queued' }
`,
}
