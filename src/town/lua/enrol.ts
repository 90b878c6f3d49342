import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * Gives an agent of ours its record and its id for life, or says who has its name already. A record that somebody else
 * left behind under that name is taken over only when it is over: cold, stopped or failed; or when its fleet is gone, which
 * writes a sign of life every 25 s. What is no hash is put aside.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 our owner mark, 2 name, 3 id that we know it by ('' none), 4 a new id, 5 JSON: ids of records of that name,
 *       6 JSON: names and values of all fields of a new record, in turn, 7 JSON: the same of what the config says,
 *       8 JSON: last sign of life, by id, of records whose fleet is gone
 * Reply { 'ok', id, `created` | `ours` | `taken`, fleet_rounds, tasks_completed, current_task or '' },
 *       { 'conflict', id of the one who lives under that name }
 */
export const enrol: Script = {
  name: 'enrol',
  lua: `${keyTable}
local owner, name, ours = ARGV[1], ARGV[2], ARGV[3]
local silent = cjson.decode(ARGV[8])
local over = { cold = true, stopped = true, error = true }
local function look(id)
  local record = redis.pcall('HMGET', K.agent .. id, 'id', 'state', 'fleet_owner', 'name', 'last_heartbeat')
  if record.err then
    redis.call('RENAME', K.agent .. id, K.garbage .. id)
    return 'none'
  end
  if not record[1] then return 'none' end
  if record[3] == owner then return 'ours' end
  if record[4] ~= name then return 'other' end
  if record[3] and record[5] and silent[id] == record[5] then return 'over' end
  return over[record[2] or 'starting'] and 'over' or 'living'
end
local known = {}
if ours ~= '' then known[1] = ours end
local named = redis.call('HGET', K.names, name)
if named and named ~= ours then known[#known + 1] = named end
for _, id in ipairs(cjson.decode(ARGV[5])) do
  if id ~= ours and id ~= named then known[#known + 1] = id end
end
local chosen, what, living
for _, id in ipairs(known) do
  local found = look(id)
  if found == 'living' then living = living or id
  elseif found == 'ours' and what ~= 'ours' then chosen, what = id, found
  elseif found ~= 'other' and not chosen then chosen, what = id, found end
end
if living and what ~= 'ours' then return { 'conflict', living } end
if ours ~= '' and what ~= 'ours' then chosen, what = ours, look(ours) end
if not chosen then chosen, what = ARGV[4], 'none' end
local agent = K.agent .. chosen
redis.call('HSET', K.names, name, chosen)
if what == 'none' then
  redis.call('HSET', agent, 'id', chosen)
  local fields = cjson.decode(ARGV[6])
  for i = 1, #fields, 2 do redis.call('HSET', agent, fields[i], fields[i + 1]) end
end
local fields = cjson.decode(ARGV[7])
for i = 1, #fields, 2 do redis.call('HSET', agent, fields[i], fields[i + 1]) end
redis.call('HSET', agent, 'fleet_owner', owner)
if what == 'over' then redis.call('HSET', agent, 'fleet_state', redis.call('HGET', agent, 'state') or 'starting') end
local record = redis.call('HMGET', agent, 'fleet_rounds', 'tasks_completed', 'current_task')
local word = what == 'none' and 'created' or what == 'over' and 'taken' or 'ours'
return { 'ok', chosen, word, record[1] or '0', record[2] or '0', record[3] or '' }
`,
}
