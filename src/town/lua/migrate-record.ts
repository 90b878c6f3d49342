import type { Script } from '../../adapters/redis/types.ts'

/**
 * A record of one JSON text becomes a hash, in one step and with all its fields (R23).
 *
 * KEYS[1] the record. ARGV: the text that was read, then field, value, … Result: done | changed (it is another text, or
 * none, now).
 */
export const migrateRecord: Script = {
  name: 'migrate-record',
  lua: `
if redis.call('TYPE', KEYS[1]).ok ~= 'string' or redis.call('GET', KEYS[1]) ~= ARGV[1] then return { 'changed' } end
redis.call('DEL', KEYS[1])
for i = 2, #ARGV, 2 do redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1]) end
return { 'done' }
`,
}
