import type { Script } from '../../adapters/redis/types.ts'
import { SUPERVISOR } from '../wire/ids.ts'
import { keyTable } from './parts.ts'

/** Agents that are asked about together whether anything waits for one of them. */
const together = 10

/**
 * What is not as we left it, of all our agents in one step: whoever is as expected, with nothing in its inboxes, costs no
 * byte of the reply. Writes nothing.
 *
 * Twice a second this is most of what a town costs its server. So of each agent that is well only its state is read, and its newest
 * line where an order shows in that; whether there is any mail or stop flag is asked of ten agents at once. Whoever differs is
 * looked at whole, and in a thorough look everybody is: nothing else in a record of ours matters within a second.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 our owner mark, 2 the ids of our agents without anything between them, 3 a letter for each: what is expected of it,
 *       4 JSON: by letter the state that we wrote last, and how its newest activity line begins where an order shows in that
 *       alone ('' none), 5 `1` for a thorough look
 * Reply { 'ok', epoch or '', a word that changes with the mailbox of people, '' when it is empty,
 *         { number of the agent from 0, what, state, fleet_state, stop flag, newest line, inbox, urgent }… }
 *       what: `here`; `missing`, no record; `foreign`, another fleet owns it; `garbage`, no hash of ours
 */
export const pulse: Script = {
  name: 'pulse',
  lua: `${keyTable}
local owner, ids, marks, thorough = ARGV[1], ARGV[2], ARGV[3], ARGV[5] == '1'
local kinds = cjson.decode(ARGV[4])
local function length(key)
  local n = redis.pcall('LLEN', key)
  return type(n) == 'number' and n or 0
end
local function element(key, at)
  local one = redis.pcall('LINDEX', key, at)
  return type(one) == 'string' and one or ''
end
local function people()
  local inbox, urgent = K.inbox .. '${SUPERVISOR}', K.urgent .. '${SUPERVISOR}'
  local many, pressing = length(inbox), length(urgent)
  if many + pressing == 0 then return '' end
  return redis.sha1hex(table.concat({ many, element(inbox, 0), element(inbox, -1), pressing, element(urgent, 0) }, ' '))
end
local out = { 'ok', redis.call('GET', K.epoch) or '', people() }
local function whole(at, id, ours, lined)
  local record = redis.pcall('HMGET', K.agent .. id, 'id', 'state', 'fleet_state', 'fleet_owner')
  local stop = redis.pcall('GET', K.stop .. id)
  if type(stop) ~= 'string' then stop = '' end
  local inbox, urgent = length(K.inbox .. id), length(K.urgent .. id)
  local what, state, mine = 'here', '', ''
  if record.err then what = 'garbage'
  elseif not record[1] then what = 'missing'
  else
    state, mine = record[2] or '', record[3] or ''
    if record[4] ~= owner then what = 'foreign' end
  end
  local line = ''
  local differs = state ~= ours or stop ~= ''
  if what == 'here' and (lined ~= '' or differs) then
    local head = element(K.activity .. id, 0)
    if differs or string.sub(head, 1, #lined) == lined then line = string.sub(head, 1, 100) end
  end
  if what ~= 'here' or state ~= ours or mine ~= ours or stop ~= '' or line ~= '' or inbox + urgent > 0 then
    out[#out + 1] = { at, what, state, mine, stop, line, inbox, urgent }
  end
end
local count = #marks
local width = #ids / count
for from = 0, count - 1, ${together} do
  local upto = math.min(from + ${together}, count) - 1
  local asked, keys, n = {}, { 'EXISTS' }, 1
  for at = from, upto do
    local id = string.sub(ids, at * width + 1, (at + 1) * width)
    asked[at] = id
    keys[n + 1], keys[n + 2], keys[n + 3] = K.inbox .. id, K.urgent .. id, K.stop .. id
    n = n + 3
  end
  local some = thorough or redis.call(unpack(keys)) > 0
  for at = from, upto do
    local id = asked[at]
    local kind = kinds[string.sub(marks, at + 1, at + 1)]
    local ours, lined = kind[1], kind[2]
    if some or redis.pcall('HGET', K.agent .. id, 'state') ~= ours
      or lined ~= '' and string.sub(element(K.activity .. id, 0), 1, #lined) == lined then
      whole(at, id, ours, lined)
    end
  end
end
return out
`,
}
