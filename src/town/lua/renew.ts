import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable } from './parts.ts'

/**
 * Claims that stand get a new end, also those whose lease ran out unnoticed: the machine slept, the clock was set. Nobody has
 * taken such a one since, or it would be another claim.
 *
 * KEYS: 1 root. ARGV: 1 agent, 2 lease in ms, 3… ids. Result: { 'renewed', how many }.
 */
export const renewScript: Script = {
  name: 'renew',
  lua: `${keyTable}${mailbox}
drains()
local count = 0
for i = 3, #ARGV do
  if redis.call('ZSCORE', claimedKey, ARGV[i]) then
    redis.call('ZADD', claimedKey, 'XX', 'GT', now + tonumber(ARGV[2]), ARGV[i])
    count = count + 1
  end
end
return { 'renewed', count }
`,
}
