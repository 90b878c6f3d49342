import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * How many messages wait for these agents, are claimed by them, or are given up; and the length of the backlog. Writes
 * nothing.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  ids of agents
 * Reply { 'ok', backlog, then for each agent { inbox, urgent, claimed, dead } }
 */
export const counts: Script = {
  name: 'counts',
  lua: `${keyTable}
local function count(command, key)
  local n = redis.pcall(command, key)
  return type(n) == 'number' and n or 0
end
local out = { 'ok', count('LLEN', K.backlog) }
for _, id in ipairs(ARGV) do
  out[#out + 1] = {
    count('LLEN', K.inbox .. id), count('LLEN', K.urgent .. id), count('ZCARD', K.claimed .. id), count('ZCARD', K.dead .. id)
  }
end
return out
`,
}
