import type { OutsideError } from '../../core/index.ts'

/** What Redis answers; bulk strings as text. */
export type Reply = string | number | null | Reply[]

/** A Lua script of ours. `name` is its file below `town/lua/`. */
export interface Script {
  name: string
  lua: string
  /**
   * Its answer is a promise to somebody: it is given once what it wrote outlives the server's process (row 92). Where the
   * disk is busy this takes up to two seconds. @default false
   */
  durable?: boolean
}

/** Text goes out as UTF-8, bytes as they are. */
export type Word = string | number | Buffer

export type Command = readonly [name: string, ...args: Word[]]

/** As `Reply`, with the bytes of every string as the server has them. */
export type RawReply = Buffer | number | null | RawReply[]

/**
 * One connection to the Redis of a town. Every call ends within the deadline, with the reply or with an `OutsideError`
 * of tool `redis` whose code tells what to think of it (`RedisCode`). Nothing waits in a queue for a server that is away.
 */
export interface Redis {
  call(...command: Command): Promise<Reply>
  /** The same with the bytes of the reply, for what may be no text. */
  bytes(...command: Command): Promise<RawReply>
  /** EVALSHA; where the server has forgotten the script it is loaded and run once more (row 103). */
  script(script: Script, keys: readonly string[], args: readonly Word[]): Promise<Reply>
  /**
   * Sent together, answered one by one; a reply that is an error stands in its place. Throws when the connection fails
   * before all are answered.
   */
  pipeline(commands: readonly Command[]): Promise<(Reply | OutsideError)[]>
  /** MULTI … EXEC: one after the other with nothing in between; none of them when one is refused as it is queued. */
  multi(commands: readonly Command[]): Promise<Reply[]>
  /** Connected, as far as is known. */
  up(): boolean
  /** Calls back each time that the connection is lost. @returns ends that */
  onLost(listener: () => void): () => void
  /** Tries to connect now and not when the pause between two attempts is over: the server is known to be there. */
  wake(): void
  /** The server's own word: version, persistence, eviction, run id. */
  health(): Promise<Health>
  /** Ends the connection at once. Calls that wait for an answer fail with `REDIS_LOST`, later ones with `REDIS_AWAY`. */
  close(): Promise<void>
}

/**
 * Why a call failed. `away`: not sent. `timeout`, `lost`: nobody knows whether it was done; repeat it by its id.
 * The others: the server refused it, nothing was done.
 */
export const redisCodes = [
  'REDIS_AWAY',
  'REDIS_TIMEOUT',
  'REDIS_LOST',
  'REDIS_FULL',
  'REDIS_DISK',
  'REDIS_READONLY',
  'REDIS_AUTH',
  'REDIS_LOADING',
  'REDIS_BUSY',
  'REDIS_TYPE',
  'REDIS_OLD',
  'REDIS_REPLY',
] as const
export type RedisCode = (typeof redisCodes)[number]

/** What a server is, for `status` and `doctor`. */
export interface Health {
  /** `7.0.15` */
  version: string
  /** `redis` or `valkey`. */
  product: string
  /** Another one after each start of the server. */
  runId: string
  /** `aof`, `rdb`, `none`; undefined: it does not tell us. */
  persistence: 'aof' | 'rdb' | 'none' | undefined
  /** `maxmemory-policy`; undefined: it does not tell us. */
  eviction: string | undefined
  /** One sentence each for what makes it a bad place for messages; empty: none is known. */
  degraded: string[]
}

/** Where a town's Redis is. */
export type RedisPlace =
  /** A server of the fleet's own on a unix socket in its state folder. */
  | { kind: 'private'; socket: string; dir: string; fsync: 'everysec' | 'always' }
  /**
   * One that somebody else runs: redis, rediss, unix, redis+unix, redis+sentinel, rediss+sentinel. Its password stays in
   * the text; `password` counts where it has none. `ca`: path of the certificates (PEM) to trust; undefined: Node's.
   */
  | { kind: 'url'; url: string; password?: string | undefined; ca?: string | undefined }

/** What is known of a private server. */
export type ServerState =
  /** @param note one sentence about what the start found, e.g. that the end of the append-only file was cut off */
  | { kind: 'running'; pid: number; adopted: boolean; note?: string }
  | { kind: 'missing-tool' }
  | { kind: 'failed'; why: string; fix: string }

export interface PrivateServer {
  /** Answers when it takes commands. Starts one unless one runs; two that call this get one server (R25). */
  ensure(): Promise<ServerState>
  /** Ends it and keeps its data; false when it was not there, or others than us are connected to it. */
  stop(opts?: {
    evenIfUsed?: boolean
  }): Promise<{ kind: 'stopped' } | { kind: 'absent' } | { kind: 'used'; by: number }>
}
