import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Tells the streams of a town what the event log of a fleet has. Each event once: its number is kept with them.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 our owner mark, 2 JSON: for each event, in their order, its number, its type, its data, and its streams, each
 *       with its length
 * Reply { 'ok', number of the last event that was told }
 */
export const feed: Script = {
  name: 'feed',
  lua: `${keyTable}
local told = tonumber(redis.call('HGET', K.fed, ARGV[1]) or '0')
for _, event in ipairs(cjson.decode(ARGV[2])) do
  if event[1] > told then
    for _, stream in ipairs(event[4]) do
      redis.pcall('XADD', stream[1], 'MAXLEN', '~', stream[2], '*', 'event_type', event[2], 'data', event[3])
    end
    told = event[1]
  end
end
redis.call('HSET', K.fed, ARGV[1], told)
return { 'ok', told }
`,
}
