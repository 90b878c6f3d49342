import type { Script } from '../../adapters/redis/types.ts'

/**
 * Reads keys at one instant.
 *
 * KEYS[1] root. ARGV: the keys below it. Result: for each that is there key, type, milliseconds that it has left (-1: no
 * end), and its value: of a string the string; of a hash field, value, …; of a sorted set member, score, …; of a stream
 * its entries.
 */
export const snapshot: Script = {
  name: 'snapshot',
  lua: `
local read = {
  string = function(key) return { redis.call('GET', key) } end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  set = function(key) return redis.call('SMEMBERS', key) end,
  hash = function(key) return redis.call('HGETALL', key) end,
  zset = function(key) return redis.call('ZRANGE', key, 0, -1, 'WITHSCORES') end,
  stream = function(key) return redis.call('XRANGE', key, '-', '+') end,
}
local found = {}
for i = 1, #ARGV do
  local key = KEYS[1] .. ARGV[i]
  local kind = redis.call('TYPE', key).ok
  if read[kind] then found[#found + 1] = { ARGV[i], kind, redis.call('PTTL', key), read[kind](key) } end
end
return found
`,
}
