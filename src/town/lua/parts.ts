import { townKeys } from '../keys.ts'

const { root: _root, rate: _rate, ...keys } = townKeys('')
const spelled = Object.entries(keys).map(([name, key]) => {
  const text = typeof key === 'function' ? key('') : key
  return `${name} = root .. '${text.slice(_root.length)}'`
})

/**
 * Beginning of every script here whose KEYS[1] is `town.keys.root`: `K.inbox .. id` is that agent's inbox, `K.backlog` the
 * backlog, as keys.ts spells them. `clock()` is Redis' own time in ms. `fields(key, …)` is HMGET with '' for what is
 * not there.
 */
export const keyTable = `
local root = KEYS[1]
local K = { ${spelled.join(', ')} }
local function clock()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function fields(key, ...)
  local values = redis.call('HMGET', key, ...)
  for i = 1, #values do values[i] = values[i] or '' end
  return unpack(values)
end
`

/**
 * `mark(agent, id, state, now)` writes down how far a message came in `mail:A`: `{"state": "queued", "queuedAt": 17…}`,
 * what it held before is kept.
 */
const mark = `
local function mark(agent, id, state, now)
  local text = redis.call('HGET', K.mail .. agent, id)
  local read, known = pcall(cjson.decode, text or '')
  if not read or type(known) ~= 'table' then known = {} end
  known.state = state
  known[state .. 'At'] = now
  redis.call('HSET', K.mail .. agent, id, cjson.encode(known))
end
`

/**
 * `push(to, id, raw, place, now)` puts a message into an inbox, the one place where that is done: place `tail`; `head`
 * for high and urgent priority; `urgent` for the urgent list. False and nothing done when that agent was sent this id
 * within a day. Every key is read before the first is written: one of a foreign type fails the script as a whole.
 */
export const pushMessage = `${mark}
local function push(to, id, raw, place, now)
  local list = place == 'urgent' and K.urgent .. to or K.inbox .. to
  if redis.call('ZSCORE', K.sent .. to, id) then return false end
  redis.call('LLEN', list)
  redis.call('HLEN', K.mail .. to)
  redis.call('ZADD', K.sent .. to, 'NX', now, id)
  redis.call('ZREMRANGEBYSCORE', K.sent .. to, '-inf', now - 86400000)
  redis.call(place == 'tail' and 'RPUSH' or 'LPUSH', list, raw)
  mark(to, id, 'queued', now)
  return true
end
`

/**
 * `settle(agent, id, now)` acknowledges a message that is claimed, because what it asked for is over: its lease and its
 * bytes go, its id stays in `done:A`. False when it is not claimed. After `pushMessage`, which brings `mark`.
 */
export const settleMessage = `
local function settle(agent, id, now)
  if redis.call('ZREM', K.claimed .. agent, id) == 0 then return false end
  redis.call('HDEL', K.raw .. agent, id)
  redis.call('ZADD', K.done .. agent, now, id)
  mark(agent, id, 'acknowledged', now)
  return true
end
`

/**
 * `tell(at, n)` writes events into their streams: from ARGV[at] on n times a key, a length, a type, and the JSON
 * (`eventArgs` in events.ts). @returns the place in ARGV after the last
 */
export const tellEvents = `
local function tell(at, n)
  for i = 1, n do
    redis.call('XADD', ARGV[at], 'MAXLEN', '~', ARGV[at + 1], '*', 'event_type', ARGV[at + 2], 'data', ARGV[at + 3])
    at = at + 4
  end
  return at
end
`
