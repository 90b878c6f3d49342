import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * The mark of this Redis: made once, so that a server that was emptied or exchanged is seen.
 *
 * KEYS  1 `tt:{town}:`
 * ARGV  1 a new mark
 * Reply { 'ok', the mark, `found` | `made` }
 */
export const epoch: Script = {
  name: 'epoch',
  lua: `${keyTable}
local found = redis.call('GET', K.epoch)
if found then return { 'ok', found, 'found' } end
redis.call('SET', K.epoch, ARGV[1])
return { 'ok', ARGV[1], 'made' }
`,
}
