import type { Script } from '../../adapters/redis/types.ts'

/**
 * The mark of this Redis: made once, so that a server that was emptied or exchanged is seen.
 *
 * KEYS  1 fleet:epoch
 * ARGV  1 a new mark
 * Reply { 'ok', the mark, `found` | `made` }
 */
export const epoch: Script = {
  name: 'epoch',
  lua: `
local found = redis.call('GET', KEYS[1])
if found then return { 'ok', found, 'found' } end
redis.call('SET', KEYS[1], ARGV[1])
return { 'ok', ARGV[1], 'made' }
`,
}
