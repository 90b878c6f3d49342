/**
 * What one mailbox is: whose it is stands in ARGV[1], `me` in the script. After `keyTable`. `now`: Redis' clock;
 * `mailOf(id)`, `keepMail(id, envelope)` read and write what is known of a message; `prune()` forgets a bit of what is
 * older than a day; `soundBox()` puts what stands at a key of ours and has another type away, as a DUMP, so that the rest
 * flows (row 105); `drains()` comes first in a script that must work on a full server.
 */
export const mailbox = `
local me, now, dayMs = ARGV[1], clock(), 86400000
local inboxKey, urgentKey = K.inbox .. me, K.urgent .. me
local claimedKey, rawKey, mailKey, doneKey = K.claimed .. me, K.raw .. me, K.mail .. me, K.done .. me
local sentKey, deadKey, badKey, turnKey = K.sent .. me, K.dead .. me, K.bad .. me, K.turn .. me

-- Redis takes any write of a script that has written something which frees memory (row 96: consumers still drain).
local function drains() redis.call('ZREM', claimedKey, '') end

local function setAside(bytes)
  redis.call('LPUSH', badKey, bytes)
  redis.call('LTRIM', badKey, 0, 999)
end

local function sound(name, wanted)
  local kind = redis.call('TYPE', name).ok
  if kind == 'none' or kind == wanted then return end
  local bytes = kind == 'string' and redis.call('GET', name) or redis.call('DUMP', name)
  redis.call('DEL', name)
  setAside(bytes)
end

local function soundBox()
  local kind = redis.call('TYPE', badKey).ok
  if kind ~= 'none' and kind ~= 'list' then redis.call('DEL', badKey) end
  for _, name in ipairs({ inboxKey, urgentKey }) do sound(name, 'list') end
  for _, name in ipairs({ rawKey, mailKey, turnKey }) do sound(name, 'hash') end
  for _, name in ipairs({ claimedKey, doneKey, sentKey, deadKey }) do sound(name, 'zset') end
end

local function parsed(bytes)
  local ok, value = pcall(cjson.decode, bytes)
  return ok and type(value) == 'table' and value or nil
end

local function idOf(bytes)
  local value = parsed(bytes)
  local id = value and value.id
  if type(id) ~= 'string' then return nil end
  id = string.lower(id)
  return string.match(id, '^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$') and id or nil, value
end

local function mailOf(id)
  local json = redis.call('HGET', mailKey, id)
  local envelope = json and parsed(json)
  if not envelope then return nil end
  if type(envelope.presented) ~= 'number' then envelope.presented = 0 end
  if type(envelope.queuedAt) ~= 'number' then envelope.queuedAt = now end
  return envelope
end

local function keepMail(id, envelope)
  local json = cjson.encode(envelope)
  redis.call('HSET', mailKey, id, json)
  return json
end

local function prune()
  local old = now - dayMs
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', doneKey, '-inf', old, 'LIMIT', 0, 20)) do
    redis.call('ZREM', doneKey, id)
    redis.call('HDEL', mailKey, id)
  end
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', sentKey, '-inf', old, 'LIMIT', 0, 20)) do
    redis.call('ZREM', sentKey, id)
    local envelope = mailOf(id)
    -- Somebody else took it, a worker of tt: nobody will settle it here.
    if envelope and envelope.state == 'queued' and envelope.presented == 0 then redis.call('HDEL', mailKey, id) end
  end
end
`

/**
 * `giveBack(id, why, limit, at)`: a claimed message goes back to where it stood, before all that was claimed after it;
 * or, presented `limit` times already, to the dead letters, and its sender is told with a message of its own. `at`: now,
 * as a time inside JSON. Answers `queued`, `dead` or `gone`. After `pushMessage` and `mailbox`.
 */
export const giveBack = `
local function exists(agent)
  return agent == '00000000-0000-0000-0000-000000000001' or redis.call('EXISTS', K.agent .. agent) == 1
end

local function derivedId(text)
  local d = redis.sha1hex(text)
  return string.sub(d, 1, 8) .. '-' .. string.sub(d, 9, 12) .. '-5' .. string.sub(d, 14, 16) .. '-a' .. string.sub(d, 18, 20) .. '-' .. string.sub(d, 21, 32)
end

local wantsWord = { task = true, query = true, task_assign = true, custom = true, status_request = true, shutdown = true }

local function tellSender(id, message, why, at)
  if not message or not wantsWord[message.type] or type(message.from) ~= 'string' then return end
  local from = string.lower(message.from)
  if from == me or not exists(from) then return end
  local name = redis.call('HGET', K.agent .. me, 'name') or 'supervisor'
  local text = 'message ' .. id .. ' to ' .. name .. ' is a dead letter: ' .. why
  local body
  if message.type == 'task_assign' and type(message.task_id) == 'string' then
    body = '"type":"task_failed","task_id":' .. cjson.encode(message.task_id) .. ',"error":' .. cjson.encode(text)
  else
    body = '"type":"informational","summary":' .. cjson.encode(text)
  end
  local told = derivedId('dead:' .. me .. ':' .. id)
  local raw = '{"id":"' .. told .. '","from":"' .. me .. '","to":"' .. from .. '",' .. body .. ',"priority":"normal","created_at":"' .. at .. '","correlation_id":"' .. id .. '"}'
  -- A foreign type in the sender's mailbox is no reason to keep what must go.
  pcall(push, from, told, raw, 'tail', now)
end

local function bury(id, envelope, why, at)
  local raw = redis.call('HGET', rawKey, id)
  envelope.state, envelope.failedAt, envelope.why, envelope.by = 'failed', now, why, nil
  keepMail(id, envelope)
  redis.call('ZADD', deadKey, now, id)
  for _, old in ipairs(redis.call('ZRANGE', deadKey, 0, -1001)) do
    redis.call('ZREM', deadKey, old)
    redis.call('HDEL', rawKey, old)
    redis.call('HDEL', mailKey, old)
  end
  tellSender(id, raw and parsed(raw), why, at)
end

-- A message that was given back, or was pushed to the front, stays before one that was claimed later than it.
local function standsBefore(bytes, seq)
  local id = idOf(bytes)
  local other = id and mailOf(id)
  if not other then return false end
  if other.seq then return other.seq < seq end
  return other.front == true
end

local function insert(envelope, raw)
  local list = envelope.urgent and urgentKey or inboxKey
  local pop, back, head = 'LPOP', 'LPUSH', 0
  if envelope.urgent then pop, back, head = 'RPOP', 'RPUSH', -1 end
  local before = {}
  while #before < 256 do
    local other = redis.call('LINDEX', list, head)
    if not other or not standsBefore(other, envelope.seq or 0) then break end
    before[#before + 1] = redis.call(pop, list)
  end
  redis.call(back, list, raw)
  for i = #before, 1, -1 do redis.call(back, list, before[i]) end
end

local function giveBack(id, why, limit, at)
  local raw = redis.call('HGET', rawKey, id)
  redis.call('ZREM', claimedKey, id)
  if not raw then return 'gone' end
  local envelope = mailOf(id) or { state = 'queued', queuedAt = now, presented = 0 }
  if envelope.presented >= limit then
    local times = string.format('%d', envelope.presented)
    bury(id, envelope, 'presented ' .. times .. ' times and never acknowledged' .. (why ~= '' and ': ' .. why or ''), at)
    return 'dead'
  end
  insert(envelope, raw)
  redis.call('HDEL', rawKey, id)
  envelope.state, envelope.by = 'queued', nil
  if why ~= '' then envelope.why = why end
  keepMail(id, envelope)
  return 'queued'
end
`
