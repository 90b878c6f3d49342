import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * What is not as we left it, of all our agents in one step: whoever is as expected, with nothing in its inboxes, costs no
 * byte of the reply. Writes nothing.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 our owner mark, 2 JSON, as one word is sent quicker than six hundred: for each agent its id, the state that we wrote
 *       last, and how its newest activity line begins where an order shows in that alone ('' none), in turn
 * Reply { 'ok', epoch or '', { number of the agent from 0, what, state, fleet_state, stop flag, newest line, inbox, urgent }… }
 *       what: `here`; `missing`, no record; `foreign`, another fleet owns it; `garbage`, no hash of ours
 */
export const pulse: Script = {
  name: 'pulse',
  lua: `${keyTable}
local owner = ARGV[1]
local function length(key)
  local n = redis.pcall('LLEN', key)
  return type(n) == 'number' and n or 0
end
local out = { 'ok', redis.call('GET', K.epoch) or '' }
local at = 0
local asked = cjson.decode(ARGV[2])
for i = 1, #asked, 3 do
  local id, ours, lined = asked[i], asked[i + 1], asked[i + 2]
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
    local head = redis.pcall('LINDEX', K.activity .. id, 0)
    if type(head) == 'string' and (differs or string.sub(head, 1, #lined) == lined) then line = string.sub(head, 1, 100) end
  end
  if what ~= 'here' or state ~= ours or mine ~= ours or stop ~= '' or line ~= '' or inbox + urgent > 0 then
    out[#out + 1] = { at, what, state, mine, stop, line, inbox, urgent }
  end
  at = at + 1
end
return out
`,
}
