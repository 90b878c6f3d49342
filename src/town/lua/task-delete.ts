import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushMessage, settleMessage, taskParts } from './parts.ts'

/**
 * Deletes a task: out of the backlog, or one whose agent is over.
 *
 * KEYS[1] root. ARGV: task, from (`backlog`, or the owner, who must be over, and `fleet_message` as they were read), n of moot messages of the owner.
 * Result: done | not-in-backlog id state | task-unknown id | changed id owner | agent-alive id state.
 */
export const taskDelete: Script = {
  name: 'task-delete',
  lua: `${keyTable}${agentParts}${pushMessage}${settleMessage}${taskParts}
local task, from, now = ARGV[1], ARGV[2], clock()
local id, state, owner, message = fields(K.task .. task, 'id', 'state', 'assigned_to', 'fleet_message')
local ended, was = over(owner)
if from == 'backlog' then
  if redis.call('LREM', K.backlog, 0, task) == 0 then
    if id == '' then return { 'task-unknown', task } end
    return { 'not-in-backlog', task, state }
  end
else
  if id == '' then return { 'task-unknown', task } end
  if owner .. ' ' .. message ~= from then return { 'changed', task, owner } end
  if not ended then return { 'agent-alive', owner, was or '' } end
  redis.call('LREM', K.backlog, 0, task)
end
if owner ~= '' then
  unqueue(owner, 4, tonumber(ARGV[3]), now)
  leave(owner, task)
end
redis.call('DEL', K.task .. task)
return { 'done' }
`,
}
