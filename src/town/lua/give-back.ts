import type { Script } from '../../adapters/redis/types.ts'
import { giveBack, mailbox } from './mailbox.ts'
import { keyTable, pushMessage } from './parts.ts'

/**
 * Claimed messages go back to where they stood, or to the dead letters.
 *
 * KEYS: 1 root.
 * ARGV: 1 agent, 2 why or '', 3 presentations of a message in all, 4 now as JSON time, 5 `expired` (those whose lease ran
 * out, 64 at most) or `ids`, 6… ids.
 * Result: 'given', then for each id: id, `queued` | `dead` | `gone` | `free` (it is not claimed).
 */
export const giveBackScript: Script = {
  name: 'give-back',
  lua: `
${keyTable}${pushMessage}${mailbox}${giveBack}
soundBox()
local ids = {}
if ARGV[5] == 'expired' then
  ids = redis.call('ZRANGEBYSCORE', claimedKey, '-inf', now, 'LIMIT', 0, 64)
else
  for i = 6, #ARGV do ids[#ids + 1] = ARGV[i] end
end
local reply = { 'given' }
for _, id in ipairs(ids) do
  reply[#reply + 1] = id
  if redis.call('ZSCORE', claimedKey, id) then
    reply[#reply + 1] = giveBack(id, ARGV[2], tonumber(ARGV[3]), ARGV[4])
  else
    reply[#reply + 1] = 'free'
  end
end
return reply
`,
}
