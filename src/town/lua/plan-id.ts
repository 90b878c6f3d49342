import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * One task for each id of a plan, whoever pushes it first.
 *
 * KEYS[1] root. ARGV: id in the plan, a task id, `set` (the task is known: it is the one from now on) or ''.
 * Result: id task.
 */
export const planId: Script = {
  name: 'plan-id',
  lua: `${keyTable}
if ARGV[3] == 'set' then redis.call('HSET', K.plan, ARGV[1], ARGV[2])
else redis.call('HSETNX', K.plan, ARGV[1], ARGV[2]) end
return { 'id', redis.call('HGET', K.plan, ARGV[1]) }
`,
}
