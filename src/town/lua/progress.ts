import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable } from './parts.ts'

/**
 * How far the presentation of claimed messages came. Told as often as one likes: a state never goes back within one
 * presentation, and times presented only grow.
 *
 * KEYS: 1 root. ARGV: 1 agent, 2 state (queued, staged, submitted, seen), 3 seen by or '', 4 why or '', 5… id and times
 * presented, by turns. Result: { 'noted', how many }.
 */
export const progressScript: Script = {
  name: 'progress',
  durable: true,
  lua: `
${keyTable}${mailbox}
drains()
local order = { queued = 1, staged = 2, submitted = 3, seen = 4 }
local count = 0
for i = 5, #ARGV, 2 do
  local id, presented = ARGV[i], tonumber(ARGV[i + 1])
  local envelope = redis.call('ZSCORE', claimedKey, id) and mailOf(id)
  if envelope then
    if presented > envelope.presented then
      envelope.presented, envelope.state = presented, 'queued'
    end
    if (order[ARGV[2]] or 0) > (order[envelope.state] or 0) and presented == envelope.presented then
      envelope.state = ARGV[2]
      envelope[ARGV[2] .. 'At'] = now
      if ARGV[3] ~= '' then envelope.seenBy = ARGV[3] end
    end
    envelope.why = ARGV[4] ~= '' and ARGV[4] or nil
    keepMail(id, envelope)
    count = count + 1
  end
end
return { 'noted', count }
`,
}
