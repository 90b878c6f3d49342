import type { Script } from '../../adapters/redis/types.ts'
import { mailbox } from './mailbox.ts'
import { keyTable } from './parts.ts'

/**
 * A dead letter goes back into its inbox, at the end, as if it had never been presented.
 *
 * KEYS: 1 root. ARGV: 1 agent, 2 id. Result: { 'revived' } or { 'unknown' }.
 */
export const reviveScript: Script = {
  name: 'revive',
  lua: `
${keyTable}${mailbox}
local id = ARGV[2]
local raw = redis.call('ZSCORE', deadKey, id) and redis.call('HGET', rawKey, id)
if not raw then return { 'unknown' } end
local envelope = mailOf(id) or { queuedAt = now }
redis.call('ZREM', deadKey, id)
redis.call('HDEL', rawKey, id)
envelope.state, envelope.presented = 'queued', 0
envelope.why, envelope.failedAt, envelope.seq, envelope.stagedAt, envelope.submittedAt, envelope.seenAt = nil, nil, nil, nil, nil, nil
if envelope.urgent then redis.call('LPUSH', urgentKey, raw) else redis.call('RPUSH', inboxKey, raw) end
keepMail(id, envelope)
return { 'revived' }
`,
}
