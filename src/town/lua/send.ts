import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable, pushMessage } from './parts.ts'

/**
 * One message into an inbox, once: a known id is answered with what became of it.
 *
 * KEYS: 1 root, 2 messages of this sender in this minute, 3 those of the pair.
 * ARGV: 1 recipient, 2 id, 3 raw, 4 sender, 5 place (see pushMessage), 6 thread or '', 7 messages a minute of one sender
 * (0: any number), 8 turns a minute of a pair, 9 messages in an inbox, 10 the recipient needs a record (1), 11 mode of
 * its delivery or ''.
 * Result: { 'sent' | 'known', envelope as JSON }, { 'agent-gone', id }, { 'full', length }, { 'often', limit, ms until it may },
 * { 'loop', limit, ms until it may }.
 */
export const sendScript: Script = {
  name: 'send',
  durable: true,
  lua: `
${keyTable}${pushMessage}${mailbox}
local id, raw, from = ARGV[2], ARGV[3], ARGV[4]
soundBox()
local known = redis.call('HGET', mailKey, id)
if known and parsed(known) then return { 'known', known } end
for _, set in ipairs({ doneKey, claimedKey, deadKey, sentKey }) do
  if redis.call('ZSCORE', set, id) then
    local state = (set == doneKey and 'acknowledged') or (set == deadKey and 'failed') or 'queued'
    return { 'known', cjson.encode({ state = state, from = from, queuedAt = now, presented = 0 }) }
  end
end
if ARGV[10] == '1' and redis.call('EXISTS', K.agent .. me) == 0 then return { 'agent-gone', me } end
local length = redis.call('LLEN', inboxKey) + redis.call('LLEN', urgentKey)
if length >= tonumber(ARGV[9]) then return { 'full', length } end

local minuteMs = 60000
local function refused(word, name, limit)
  return { word, limit, redis.call('PTTL', name) }
end
if tonumber(ARGV[7]) > 0 then
  local mine, pair = KEYS[2], KEYS[3]
  for _, name in ipairs({ mine, pair }) do
    local kind = redis.call('TYPE', name).ok
    if kind ~= 'none' and kind ~= (name == mine and 'string' or 'hash') then redis.call('DEL', name) end
  end
  if tonumber(redis.call('GET', mine) or 0) >= tonumber(ARGV[7]) then return refused('often', mine, ARGV[7]) end
  -- Two that answer each other: every change of direction is a turn. Many messages one way are none.
  local last = redis.call('HGET', pair, 'last')
  local turns = tonumber(redis.call('HGET', pair, 'turns') or 0)
  local turn = last and last ~= from and from ~= me
  if turn and turns >= tonumber(ARGV[8]) then return refused('loop', pair, ARGV[8]) end
  if redis.call('INCR', mine) == 1 then redis.call('PEXPIRE', mine, minuteMs) end
  redis.call('HSET', pair, 'last', from, 'turns', turns + (turn and 1 or 0))
  if redis.call('PTTL', pair) < 0 then redis.call('PEXPIRE', pair, minuteMs) end
end
push(me, id, raw, ARGV[5], now)
local envelope = mailOf(id)
envelope.from = from
if ARGV[6] ~= '' then envelope.thread = ARGV[6] end
if ARGV[5] == 'urgent' then envelope.urgent = true elseif ARGV[5] == 'head' then envelope.front = true end
if ARGV[11] ~= '' then envelope.mode = ARGV[11] end
local json = keepMail(id, envelope)
prune()
return { 'sent', json }
`,
}
