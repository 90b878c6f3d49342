import { townKeys } from '../keys.ts'
import { SUPERVISOR } from '../wire/ids.ts'

const {
  root: _root,
  rate: _rate,
  missionWork: _work,
  missionWatch: _watch,
  missionLog: _log,
  ...keys
} = townKeys('')
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
 * (`eventArgs` in events.ts). A stream that takes none stops nothing. @returns the place in ARGV after the last
 */
export const tellEvents = `
local function tell(at, n)
  for i = 1, n do
    redis.pcall('XADD', ARGV[at], 'MAXLEN', '~', ARGV[at + 1], '*', 'event_type', ARGV[at + 2], 'data', ARGV[at + 3])
    at = at + 4
  end
  return at
end
`

/** `exists(agent)`: it has a record, or it is the mailbox of people, which has none. `over(agent)`: nothing runs for it. */
export const agentParts = `
local people = '${SUPERVISOR}'
local function exists(agent)
  return agent == people or redis.call('HLEN', K.agent .. agent) > 0
end
local function over(agent)
  if agent == people then return false end
  local state = redis.call('HGET', K.agent .. agent, 'state')
  return not state or state == 'stopped' or state == 'error' or state == 'cold', state
end
`

/**
 * `isOver(state)` of a task; `waits(json)`: ids of `fleet_depends_on` that are not completed, parted by blanks;
 * `leave(agent, task)` takes a task from its agent's record where it stands there as its current one; `toBacklog(task)`
 * puts an id there once. `unqueue(agent, at, n, now)` takes messages that are moot out of an inbox or out of the claims: from
 * ARGV[at] on n times an id and the bytes. @returns the place in ARGV after the last
 */
export const taskParts = `
local function isOver(state)
  return state == 'completed' or state == 'failed' or state == 'cancelled'
end
local function waits(json)
  local read, ids = pcall(cjson.decode, json)
  local open = {}
  if read and type(ids) == 'table' then
    for _, id in ipairs(ids) do
      if type(id) == 'string' and redis.call('HGET', K.task .. id, 'state') ~= 'completed' then open[#open + 1] = id end
    end
  end
  return table.concat(open, ' ')
end
local function leave(agent, task)
  if agent ~= '' and redis.call('HGET', K.agent .. agent, 'current_task') == task then
    redis.call('HDEL', K.agent .. agent, 'current_task')
  end
end
local function toBacklog(task)
  if not redis.call('LPOS', K.backlog, task) then redis.call('RPUSH', K.backlog, task) end
end
local function unqueue(agent, at, n, now)
  for i = 1, n do
    local id, raw = ARGV[at], ARGV[at + 1]
    if redis.call('LREM', K.inbox .. agent, 1, raw) + redis.call('LREM', K.urgent .. agent, 1, raw) > 0 then
      redis.call('ZADD', K.done .. agent, now, id)
      mark(agent, id, 'acknowledged', now)
    else
      settle(agent, id, now)
    end
    at = at + 2
  end
  return at
end
`

/** `pushAll(at, n, now)`: from ARGV[at] on n times to, id, bytes, place. Who is not in town is sent nothing. */
export const pushAll = `
local function pushAll(at, n, now)
  for i = 1, n do
    if exists(ARGV[at]) then push(ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3], now) end
    at = at + 4
  end
  return at
end
`
