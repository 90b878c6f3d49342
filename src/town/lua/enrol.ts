import type { Script } from '../../adapters/redis/types.ts'

/**
 * Gives an agent of ours its record and its id for life, or says who has its name already. A record that somebody else
 * left behind under that name is taken over only when it is over: cold, stopped or failed. What is no hash is put aside.
 *
 * KEYS  1 fleet:names
 * ARGV  1 `tt:{town}:`, 2 our owner mark, 3 name, 4 id that we know it by ('' none), 5 a new id,
 *       6 JSON: ids of records of that name, 7 JSON: names and values of all fields of a new record, in turn,
 *       8 JSON: names and values of the fields that the config says, in turn
 * Reply { 'ok', id, `created` | `ours` | `taken`, state, rounds_completed, tasks_completed, current_task or '' },
 *       { 'conflict', id of the one who lives under that name }
 */
export const enrol: Script = {
  name: 'enrol',
  lua: `
local names, root, owner, name = KEYS[1], ARGV[1], ARGV[2], ARGV[3]
local over = { cold = true, stopped = true, error = true }
local function look(id)
  local record = redis.pcall('HMGET', root .. 'agent:' .. id, 'id', 'state', 'fleet_owner', 'name')
  if record.err then
    redis.call('RENAME', root .. 'agent:' .. id, root .. 'fleet:garbage:' .. id)
    return 'none'
  end
  if not record[1] then return 'none' end
  if record[3] == owner then return 'ours' end
  if record[4] ~= name then return 'other' end
  return over[record[2] or 'starting'] and 'over' or 'living'
end
local known = {}
if ARGV[4] ~= '' then known[1] = ARGV[4] end
local named = redis.call('HGET', names, name)
if named and named ~= ARGV[4] then known[#known + 1] = named end
for _, id in ipairs(cjson.decode(ARGV[6])) do
  if id ~= ARGV[4] and id ~= named then known[#known + 1] = id end
end
local chosen, what, living
for _, id in ipairs(known) do
  local found = look(id)
  if found == 'living' then living = living or id
  elseif found == 'ours' and what ~= 'ours' then chosen, what = id, found
  elseif found ~= 'other' and not chosen then chosen, what = id, found end
end
if living and what ~= 'ours' then return { 'conflict', living } end
if ARGV[4] ~= '' and what ~= 'ours' then chosen, what = ARGV[4], look(ARGV[4]) end
if not chosen then chosen, what = ARGV[5], 'none' end
local agent = root .. 'agent:' .. chosen
redis.call('HSET', names, name, chosen)
if what == 'none' then
  redis.call('HSET', agent, 'id', chosen)
  local fields = cjson.decode(ARGV[7])
  for i = 1, #fields, 2 do redis.call('HSET', agent, fields[i], fields[i + 1]) end
end
local fields = cjson.decode(ARGV[8])
for i = 1, #fields, 2 do redis.call('HSET', agent, fields[i], fields[i + 1]) end
redis.call('HSET', agent, 'fleet_owner', owner)
local record = redis.call('HMGET', agent, 'state', 'rounds_completed', 'tasks_completed', 'current_task')
local word = what == 'none' and 'created' or what == 'over' and 'taken' or 'ours'
return { 'ok', chosen, word, record[1] or '', record[2] or '0', record[3] or '0', record[4] or '' }
`,
}
