import * as v from 'valibot'

/** What of a `tinytown.toml` says where its town is. */
export interface TinytownFile {
  name: string
  /** undefined: neither an address nor a host of its own; tinytown's central server, which it must be told of. */
  url: string | undefined
}

const wanted = v.object({
  name: v.string(),
  use_central_redis: v.optional(v.boolean(), false),
  redis: v.optional(
    v.object({
      url: v.optional(v.string()),
      use_socket: v.optional(v.boolean(), true),
      socket_path: v.optional(v.string(), '.tt/redis.sock'),
      host: v.optional(v.string(), '127.0.0.1'),
      port: v.optional(v.number(), 6379),
      password: v.optional(v.string()),
      tls_enabled: v.optional(v.boolean(), false),
    }),
    {},
  ),
})

/**
 * Where a town of tinytown is, by the precedence of `tt`: `redis.url`, the socket, host and port. A relative socket is
 * below `folder`. The password of a composed address is percent-encoded, which `tt` forgets (W27).
 * @returns undefined for a table that is none of tinytown
 */
export function tinytownFile(table: unknown, folder: string): TinytownFile | undefined {
  const read = v.safeParse(wanted, table)
  if (!read.success) return undefined
  const { name, redis } = read.output
  return { name, url: redis.url ?? composed(redis, folder) }
}

type Redis = NonNullable<v.InferOutput<typeof wanted>['redis']>

function composed(redis: Redis, folder: string): string {
  if (redis.use_socket) {
    const path = redis.socket_path.startsWith('/') ? redis.socket_path : `${folder}/${redis.socket_path}`
    return `unix://${path}`
  }
  const password = redis.password === undefined ? '' : `:${encodeURIComponent(redis.password)}@`
  const host = redis.host.includes(':') ? `[${redis.host}]` : redis.host
  return `${redis.tls_enabled ? 'rediss' : 'redis'}://${password}${host}:${redis.port}`
}
