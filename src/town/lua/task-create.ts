import type { Script } from '../../adapters/redis/types.ts'
import { agentParts, keyTable, pushAll, pushMessage, taskParts, tellEvents } from './parts.ts'

/**
 * A new task, its place and its message in one step (R9, R10): record and backlog, or record and inbox.
 *
 * KEYS[1] root. ARGV: task, agent ('' puts it into the backlog), `force` or '', JSON of what it depends on, n of its fields
 * and each as name and value, n of messages and each as to, id, bytes, place, n of events and each as in `tell`.
 * Result: made | same (there is a record of that id) | agent-gone agent | task-waits task ids.
 */
export const taskCreate: Script = {
  name: 'task-create',
  durable: true,
  lua: `${keyTable}${agentParts}${pushMessage}${pushAll}
local function settle() end
${taskParts}${tellEvents}
local task, agent, now = ARGV[1], ARGV[2], clock()
if redis.call('EXISTS', K.task .. task) == 1 then return { 'same' } end
if agent ~= '' and not exists(agent) then return { 'agent-gone', agent } end
local open = waits(ARGV[4])
if agent ~= '' and ARGV[3] ~= 'force' and open ~= '' then return { 'task-waits', task, open } end
local n = tonumber(ARGV[5])
local at = 6 + 2 * n
redis.call('LLEN', K.backlog)
at = pushAll(at + 1, tonumber(ARGV[at]), now)
redis.call('HSET', K.task .. task, unpack(ARGV, 6, 5 + 2 * n))
if agent == '' then toBacklog(task) end
tell(at + 1, tonumber(ARGV[at]))
return { 'made' }
`,
}
