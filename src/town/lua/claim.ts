import type { Script } from '../../adapters/redis/types.ts'
import { giveBack, mailbox } from './mailbox.ts'
import { keyTable, pushMessage } from './parts.ts'

/**
 * Takes a batch out of an inbox under a lease: urgent ones first, oldest first, then the others. Gives back first what
 * was claimed and whose lease ran out.
 *
 * KEYS: 1 root.
 * ARGV: 1 agent, 2 how many, 3 lease in ms, 4 who claims, 5 presented right now (1: by who reads the reply),
 * 6 presentations of a message in all, 7 batches of nothing but urgent ones in a row, 8 now as JSON time, 9 nothing but
 * urgent ones (1).
 * Result: { 'claimed', dead, set aside, repeated, id, raw, envelope as JSON, id, raw, … }.
 *
 * Never in neither place: what leaves a list is in `raw` and `claimed` when the script ends, or it is done, or it is in
 * `bad` byte for byte. An id that is done, claimed or dead is not taken again.
 */
export const claimScript: Script = {
  name: 'claim',
  durable: true,
  lua: `
${keyTable}${pushMessage}${mailbox}${giveBack}
local max, leaseMs, by, limit = tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4], tonumber(ARGV[6])
local dead, bad, repeated = 0, 0, 0
soundBox()
for _, id in ipairs(redis.call('ZRANGEBYSCORE', claimedKey, '-inf', now, 'LIMIT', 0, 64)) do
  if giveBack(id, 'its lease ran out', limit, ARGV[8]) == 'dead' then dead = dead + 1 end
end

local taken, looked = {}, 0
local function take(list, pop, most)
  local got = 0
  while got < most and looked < 2000 do
    local raw = redis.call(pop, list)
    if not raw then return got end
    looked = looked + 1
    local id, message = idOf(raw)
    if not id then
      bad = bad + 1
      setAside(raw)
    elseif redis.call('ZSCORE', doneKey, id) or redis.call('ZSCORE', claimedKey, id) or redis.call('ZSCORE', deadKey, id) then
      repeated = repeated + 1
    else
      local envelope = mailOf(id)
      if not envelope then
        envelope = { queuedAt = now, presented = 0, foreign = true }
        if type(message.from) == 'string' then envelope.from = string.lower(message.from) end
        if type(message.correlation_id) == 'string' then envelope.thread = string.lower(message.correlation_id) end
      end
      envelope.urgent = list == urgentKey or nil
      envelope.seq = redis.call('HINCRBY', turnKey, 'seq', 1)
      envelope.by, envelope.claimedAt = by, now
      if ARGV[5] == '1' then
        envelope.presented = envelope.presented + 1
        envelope.state, envelope.seenAt = 'seen', now
      else
        envelope.state = 'queued'
      end
      redis.call('ZADD', claimedKey, now + leaseMs, id)
      redis.call('HSET', rawKey, id, raw)
      local json = keepMail(id, envelope)
      taken[#taken + 1] = id
      taken[#taken + 1] = raw
      taken[#taken + 1] = json
      got = got + 1
    end
  end
  return got
end

local waits = redis.call('LLEN', inboxKey) > 0
local urgentInARow = tonumber(redis.call('HGET', turnKey, 'urgent') or 0) or 0
local mostUrgent = max
if waits and urgentInARow >= tonumber(ARGV[7]) then mostUrgent = math.floor(max / 2) end
local urgents = take(urgentKey, 'RPOP', mostUrgent)
local others = ARGV[9] == '1' and 0 or take(inboxKey, 'LPOP', max - urgents)
if waits and urgents > 0 and others == 0 then
  redis.call('HINCRBY', turnKey, 'urgent', 1)
elseif urgentInARow > 0 then
  redis.call('HDEL', turnKey, 'urgent')
end
local reply = { 'claimed', dead, bad, repeated }
for i = 1, #taken do reply[#reply + 1] = taken[i] end
return reply
`,
}
