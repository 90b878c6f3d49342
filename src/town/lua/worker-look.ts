import type { Script } from '../../adapters/redis/types.ts'
import { keyTable } from './parts.ts'

/**
 * What concerns one worker, in one look. Writes nothing; a key of a foreign type counts as nothing.
 *
 * KEYS: 1 root. ARGV: 1 agent.
 * Result: { 'look', state ('' without a record), stop flag, newest activity line, messages that wait or whose lease ran out,
 * tasks in the backlog, tasks that it was given }.
 */
export const workerLook: Script = {
  name: 'worker-look',
  lua: `${keyTable}
local me = ARGV[1]
local function text(reply) return type(reply) == 'string' and reply or '' end
local function count(reply) return type(reply) == 'number' and reply or 0 end
local waiting = count(redis.pcall('LLEN', K.inbox .. me)) + count(redis.pcall('LLEN', K.urgent .. me))
  + count(redis.pcall('ZCOUNT', K.claimed .. me, '-inf', clock()))
return {
  'look',
  text(redis.pcall('HGET', K.agent .. me, 'state')),
  text(redis.pcall('GET', K.stop .. me)),
  string.sub(text(redis.pcall('LINDEX', K.activity .. me, 0)), 1, 100),
  waiting,
  count(redis.pcall('LLEN', K.backlog)),
  count(redis.pcall('HLEN', K.work .. me)),
}
`,
}
