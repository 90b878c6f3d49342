import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Changes fields of a task that are still what they were when they were read.
 *
 * KEYS[1] root. ARGV: task, stamp, then field, what it was, what it becomes ('' is no field), …
 * Result: done | changed field | task-unknown id.
 */
export const planEdit: Script = {
  name: 'plan-edit',
  lua: `${keyTable}
local key = K.task .. ARGV[1]
if redis.call('HEXISTS', key, 'id') == 0 then return { 'task-unknown', ARGV[1] } end
for i = 3, #ARGV, 3 do
  local now = redis.call('HGET', key, ARGV[i]) or ''
  if now ~= ARGV[i + 1] and now ~= ARGV[i + 2] then return { 'changed', ARGV[i] } end
end
for i = 3, #ARGV, 3 do
  if ARGV[i + 2] == '' then redis.call('HDEL', key, ARGV[i])
  else redis.call('HSET', key, ARGV[i], ARGV[i + 2]) end
end
redis.call('HSET', key, 'updated_at', ARGV[2])
return { 'done' }
`,
}
