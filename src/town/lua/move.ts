import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable, pushMessage } from './parts.ts'

/**
 * The message at the head of one list of an inbox goes into the inbox of another agent, with its id. One that the other
 * agent knows already is only taken away.
 *
 * KEYS: 1 root. ARGV: 1 whose it is, 2 to whom, 3 `urgent` or `inbox`, 4 the element as it was read, 5 id, or '' where it
 * cannot be read, 6 the element
 * for the other one, 7 place (see pushMessage).
 * Result: { 'moved' }, { 'known' }, { 'aside' }, or { 'changed' }: the head is another one now.
 */
export const moveScript: Script = {
  name: 'move',
  lua: `
${keyTable}${pushMessage}${mailbox}
local to, id = ARGV[2], ARGV[5]
local list, head, pop = inboxKey, 0, 'LPOP'
if ARGV[3] == 'urgent' then list, head, pop = urgentKey, -1, 'RPOP' end
local raw = redis.call('LINDEX', list, head)
if raw and id == '' and not idOf(raw) then
  redis.call(pop, list)
  setAside(raw)
  return { 'aside' }
end
if raw ~= ARGV[4] then return { 'changed' } end
local known = false
for _, set in ipairs({ K.sent, K.claimed, K.done, K.dead }) do
  known = known or redis.call('ZSCORE', set .. to, id)
end
if not known then push(to, id, ARGV[6], ARGV[7], now) end
redis.call(pop, list)
redis.call('HDEL', mailKey, id)
redis.call('ZREM', sentKey, id)
return { known and 'known' or 'moved' }
`,
}
