import type { Script } from '../../adapters/redis/types.ts'

/**
 * Puts staged keys in the place of a town's own, all at once.
 *
 * KEYS[1] root. ARGV: `new` (the town must have none of these keys) or `replace`, the new epoch, n of the keys that go and
 * each below the root, n of those that come and each as key and end (ms since 1970 by the clock of Redis, 0: none).
 * Result: done count | taken key (nothing was changed) | unstaged key (nothing was changed).
 */
export const restore: Script = {
  name: 'restore',
  lua: `
local root = KEYS[1]
local staged = root .. 'fleet:restore:'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local gone = tonumber(ARGV[3])
local come = 4 + gone
local n = tonumber(ARGV[come])
for i = come + 1, come + 2 * n, 2 do
  if redis.call('EXISTS', staged .. ARGV[i]) == 0 then return { 'unstaged', ARGV[i] } end
  if ARGV[1] == 'new' and redis.call('EXISTS', root .. ARGV[i]) == 1 then return { 'taken', ARGV[i] } end
end
for i = 4, 3 + gone do redis.call('UNLINK', root .. ARGV[i]) end
local count = 0
for i = come + 1, come + 2 * n, 2 do
  local ends = tonumber(ARGV[i + 1])
  if ends ~= 0 and ends <= now then
    redis.call('UNLINK', staged .. ARGV[i])
  else
    redis.call('RENAME', staged .. ARGV[i], root .. ARGV[i])
    if ends ~= 0 then redis.call('PEXPIREAT', root .. ARGV[i], ends) end
    count = count + 1
  end
end
redis.call('SET', root .. 'fleet:epoch', ARGV[2])
return { 'done', tostring(count) }
`,
}
