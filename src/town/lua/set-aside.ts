import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable } from './parts.ts'

/**
 * Claimed elements that nobody can read go to `bad`, byte for byte.
 *
 * KEYS: 1 root. ARGV: 1 agent, 2… ids. Result: { 'aside', how many }.
 */
export const setAsideScript: Script = {
  name: 'set-aside',
  lua: `
${keyTable}${mailbox}
local count = 0
for i = 2, #ARGV do
  local raw = redis.call('HGET', rawKey, ARGV[i])
  if raw and redis.call('ZREM', claimedKey, ARGV[i]) == 1 then
    setAside(raw)
    redis.call('HDEL', rawKey, ARGV[i])
    redis.call('HDEL', mailKey, ARGV[i])
    count = count + 1
  end
end
return { 'aside', count }
`,
}
