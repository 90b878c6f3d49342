import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable } from './parts.ts'

/**
 * Messages are done with; final. One that is done is answered with when it was.
 *
 * KEYS: 1 root.
 * ARGV: 1 agent, 2 also what nobody presented (1: a person has read it in the list), 3… ids.
 * Result: 'acknowledged', then for each id, in order: `done:<ms>` (by this call), `was:<ms>` (before), `unread`,
 * `unknown`.
 */
export const ackScript: Script = {
  name: 'ack',
  durable: true,
  lua: `
${keyTable}${mailbox}
local unread = ARGV[2] == '1'
-- Near the ends only: what stands deeper is dropped when it is claimed, since it is done.
local function outOf(list, from, to, id, count)
  for _, raw in ipairs(redis.call('LRANGE', list, from, to)) do
    if idOf(raw) == id then return redis.call('LREM', list, count, raw) > 0 end
  end
  return false
end
local function standing(id)
  local reach = unread and 10000 or 256
  return outOf(inboxKey, 0, reach - 1, id, 1) or outOf(urgentKey, -reach, -1, id, -1)
end
local function settle(id)
  local at = redis.call('ZSCORE', doneKey, id)
  if at then return 'was:' .. at end
  local envelope = mailOf(id)
  local claimed = redis.call('ZSCORE', claimedKey, id)
  local dead = redis.call('ZSCORE', deadKey, id)
  if claimed or dead then
    if not envelope then envelope = { queuedAt = now, presented = 1 } end
    if envelope.presented == 0 and not unread then return 'unread' end
  elseif envelope and envelope.presented > 0 then
    standing(id)
  elseif unread then
    if not standing(id) then return 'unknown' end
    envelope = envelope or { queuedAt = now, presented = 0 }
  else
    return envelope and 'unread' or 'unknown'
  end
  redis.call('ZREM', claimedKey, id)
  redis.call('ZREM', deadKey, id)
  redis.call('HDEL', rawKey, id)
  redis.call('ZADD', doneKey, now, id)
  envelope.state, envelope.acknowledgedAt, envelope.by, envelope.why, envelope.failedAt = 'acknowledged', now, nil, nil, nil
  keepMail(id, envelope)
  return 'done:' .. string.format('%.0f', now)
end
soundBox()
local reply = { 'acknowledged' }
for i = 3, #ARGV do reply[#reply + 1] = settle(ARGV[i]) end
prune()
return reply
`,
}
