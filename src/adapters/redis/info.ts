import type { Health, Reply } from './types.ts'

/** `key:value` lines of INFO. */
export function parseInfo(text: string): Record<string, string> {
  const info: Record<string, string> = Object.create(null)
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) info[line.slice(0, colon)] = line.slice(colon + 1)
  }
  return info
}

/** Names and values as CONFIG GET lists them. */
export function pairs(reply: Reply): Record<string, string> {
  const words = Array.isArray(reply) ? reply.map(String) : []
  const found: Record<string, string> = {}
  for (let at = 0; at + 1 < words.length; at += 2) found[words[at]!] = words[at + 1]!
  return found
}

/** Name and version. Valkey tells an old Redis version beside its own, for clients that look for one. */
export function productOf(info: Record<string, string>): { product: string; version: string } {
  const valkey = info.valkey_version
  if (valkey !== undefined || info.server_name === 'valkey')
    return { product: 'valkey', version: valkey ?? info.redis_version ?? '?' }
  return { product: 'redis', version: info.redis_version ?? '?' }
}

/** Below 7.0. False when it does not tell. */
export function tooOld(info: Record<string, string>): boolean {
  const major = /^(\d+)\./.exec(info.redis_version ?? '')?.[1]
  return major !== undefined && Number(major) < 7
}

/**
 * What INFO and CONFIG GET say about a server as a place for messages.
 * @param config `save`, `appendonly`; undefined where CONFIG is forbidden
 */
export function healthOf(info: Record<string, string>, config: Record<string, string> | undefined): Health {
  const persistence = persistenceOf(info, config)
  const eviction = config?.['maxmemory-policy'] ?? info.maxmemory_policy
  return {
    ...productOf(info),
    runId: info.run_id ?? '',
    persistence,
    eviction,
    degraded: [
      ...ofPersistence(persistence),
      ...ofEviction(eviction, Number(config?.maxmemory ?? info.maxmemory ?? 0)),
      ...ofState(info),
    ],
  }
}

function persistenceOf(
  info: Record<string, string>,
  config: Record<string, string> | undefined,
): Health['persistence'] {
  if (info.aof_enabled === '1' || config?.appendonly === 'yes') return 'aof'
  if (config?.save === undefined) return undefined
  return config.save.trim() === '' ? 'none' : 'rdb'
}

function ofPersistence(persistence: Health['persistence']): string[] {
  if (persistence === 'none')
    return ['It keeps nothing on disk (no append-only file, no snapshots): a restart loses every message.']
  if (persistence === 'rdb')
    return ['It keeps snapshots only (no append-only file): a crash loses the messages since the last one.']
  return []
}

function ofEviction(policy: string | undefined, maxmemory: number): string[] {
  if (policy === undefined || policy === 'noeviction') return []
  const when = maxmemory > 0 ? 'when its memory is full' : 'as soon as its memory has a limit'
  return [`It deletes keys ${when} (maxmemory-policy ${policy}): messages may vanish.`]
}

function ofState(info: Record<string, string>): string[] {
  const found: string[] = []
  if (info.role === 'slave')
    found.push(`It is a replica of ${info.master_host}:${info.master_port}: writes are refused.`)
  if (info.aof_enabled === '1' && info.aof_last_write_status === 'err')
    found.push('It cannot write its append-only file: writes are refused until its disk takes them.')
  if (info.rdb_last_bgsave_status === 'err') found.push('Its last snapshot failed: it may refuse writes.')
  if (info.loading === '1') found.push('It is still loading its data.')
  return found
}
