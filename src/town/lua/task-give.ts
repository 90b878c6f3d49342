import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushAll, pushMessage, settleMessage, taskParts, tellEvents } from './parts.ts'

/**
 * Gives a task that nobody has, or that an agent which is over had, to an agent: out of the backlog, its record, its
 * message, in one step (R7, R8).
 *
 * KEYS[1] root. ARGV: task, agent, from (`backlog`: it must stand there; else who has it and
 * must be over, and `fleet_message`, as they were read, a blank between), `force` or '',
 * stamp, id of the message, who assigns ('' keeps who did before), n of messages (to, id, bytes, place), n of the messages of the one before that
 * are moot (id, bytes), n of events.
 * Result: given | same (it was given by this very message) | task-unknown | task-over id state result |
 * not-in-backlog id state | changed id owner | agent-alive id state | agent-gone id | task-waits id ids.
 */
export const taskGive: Script = {
  name: 'task-give',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${settleMessage}${pushAll}${taskParts}${tellEvents}
local task, agent, from, message, now = ARGV[1], ARGV[2], ARGV[3], ARGV[6], clock()
local key = K.task .. task
local id, state, owner, deps, last, result = fields(key, 'id', 'state', 'assigned_to', 'fleet_depends_on', 'fleet_message', 'result')
if id == '' then return { 'task-unknown', task } end
if last == message and owner == agent then return { 'same' } end
if isOver(state) then
  redis.call('LREM', K.backlog, 0, task)
  return { 'task-over', task, state, result }
end
local ended, was = over(owner)
if from == 'backlog' then
  if not redis.call('LPOS', K.backlog, task) then return { 'not-in-backlog', task, state } end
else
  if owner .. ' ' .. last ~= from then return { 'changed', task, owner } end
  if not ended then return { 'agent-alive', owner, was or '' } end
end
if not exists(agent) then return { 'agent-gone', agent } end
local open = waits(deps)
if ARGV[4] ~= 'force' and open ~= '' then return { 'task-waits', task, open } end
local at = pushAll(9, tonumber(ARGV[8]), now)
at = unqueue(owner, at + 1, tonumber(ARGV[at]), now)
redis.call('LREM', K.backlog, 0, task)
leave(owner, task)
redis.call('HSET', key, 'state', 'assigned', 'assigned_to', agent, 'updated_at', ARGV[5], 'fleet_message', message)
if ARGV[7] ~= '' then redis.call('HSET', key, 'fleet_assigned_by', ARGV[7]) end
redis.call('HDEL', key, 'started_at')
tell(at + 1, tonumber(ARGV[at]))
return { 'given' }
`,
}
