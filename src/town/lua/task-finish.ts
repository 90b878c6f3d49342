import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushAll, pushMessage, settleMessage, taskParts, tellEvents } from './parts.ts'

/**
 * Ends a task: record, its agent's pointer and counter (R3, R4), the backlog, the message that assigned it, who is told.
 * A task that is over stays as it is (INV-15).
 *
 * KEYS[1] root. ARGV: task, completed | failed | cancelled, result, `given` when that result was asked for, stamp, owner and
 * `fleet_message` as they were read, a blank between, `over` when the owner must be, n of messages, n of moot messages of the owner, n of events.
 * Result: done | same result | task-over id state result | changed (read it again) | task-unknown id | agent-alive id state.
 */
export const taskFinish: Script = {
  name: 'task-finish',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${settleMessage}${pushAll}${taskParts}${tellEvents}
local task, target, now = ARGV[1], ARGV[2], clock()
local key = K.task .. task
local id, state, owner, result, message = fields(key, 'id', 'state', 'assigned_to', 'result', 'fleet_message')
if id == '' then return { 'task-unknown', task } end
if isOver(state) then
  if state == target and (ARGV[4] ~= 'given' or result == ARGV[3]) then return { 'same', result } end
  return { 'task-over', task, state, result }
end
if owner .. ' ' .. message ~= ARGV[6] then return { 'changed' } end
local ended, was = over(owner)
if ARGV[7] == 'over' and not ended then return { 'agent-alive', owner, was or '' } end
redis.call('LLEN', K.backlog)
local at = pushAll(9, tonumber(ARGV[8]), now)
at = unqueue(owner, at + 1, tonumber(ARGV[at]), now)
redis.call('HSET', key, 'state', target, 'result', ARGV[3], 'completed_at', ARGV[5], 'updated_at', ARGV[5])
redis.call('LREM', K.backlog, 0, task)
leave(owner, task)
if target == 'completed' and owner ~= '' and redis.call('EXISTS', K.agent .. owner) == 1 then
  redis.call('HINCRBY', K.agent .. owner, 'tasks_completed', 1)
end
tell(at + 1, tonumber(ARGV[at]))
return { 'done' }
`,
}
