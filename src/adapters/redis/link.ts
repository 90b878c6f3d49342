import type { Redis as Client, Command as Sent } from 'ioredis'
import { OutsideError } from '../../core/index.ts'
import { awayError, type Context, lostByUs, refusal, troubleError } from './refusal.ts'
import type { RawReply, Reply, Word } from './types.ts'
import type { Address, Tls } from './url.ts'

/** `ca`: the certificates to trust, as text; undefined: those that Node trusts. */
export type Peer = { path: string } | (Address & { tls: (Tls & { ca: string | undefined }) | undefined })

/** One connection from its beginning to its end; never made anew. */
export interface Link {
  /** Answers with the reply, or rejects with an `OutsideError`. Waits as long as it takes. */
  send(words: readonly Word[]): Promise<Reply>
  sendRaw(words: readonly Word[]): Promise<RawReply>
  /** What `talk` sends goes out in one piece. */
  together<T>(talk: () => T): T
  /** Ends it now: whoever waits is told `why`, and no reply that still comes is given to anybody. */
  drop(why: OutsideError): void
  /** Resolves when it has ended, with the reason. */
  over: Promise<OutsideError>
}

/**
 * ioredis speaks the protocol here and nothing more: it does not connect again, keep or repeat commands, or log in, so
 * that no command is done twice and no password gets into its warnings.
 * @throws {OutsideError} `REDIS_AWAY`
 */
export async function openLink(
  peer: Peer,
  deadlineMs: number,
  context: Context,
  signal: AbortSignal,
): Promise<Link> {
  // Loaded with the first connection: a command that needs no Redis does not pay for it.
  // By its default alone: the bundle knows a CommonJS module by no other name.
  const { default: whole } = await import('ioredis')
  const { Redis, Command } = whole as unknown as typeof import('ioredis')
  const client = new Redis({ ...addressOf(peer), ...PLAIN, connectTimeout: deadlineMs })
  const { link, fail } = wrap(client, Command, context)
  const end = () => link.drop(lostByUs(context))
  signal.addEventListener('abort', end)
  void link.over.then(() => signal.removeEventListener('abort', end))
  try {
    if (signal.aborted) end()
    await inTime(client.connect(), deadlineMs)
    return link
  } catch (cause) {
    const why = awayError(fail() ?? cause, context)
    link.drop(why)
    throw why
  }
}

const PLAIN = {
  lazyConnect: true,
  protocol: 2,
  disableClientInfo: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  autoResubscribe: false,
  maxRetriesPerRequest: 0,
  retryStrategy: null,
  disconnectTimeout: 0,
} as const

function addressOf(peer: Peer) {
  if ('path' in peer) return { path: peer.path }
  const { host, port, tls } = peer
  if (tls === undefined) return { host, port }
  // A certificate is asked for by name; an address has none.
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host }
  const trusted = tls.ca === undefined ? {} : { ca: tls.ca }
  return { host, port, tls: { ...servername, ...trusted, rejectUnauthorized: tls.verify } }
}

function wrap(client: Client, Command: typeof Sent, context: Context) {
  const waiting = new Set<(why: OutsideError) => void>()
  let ended: OutsideError | undefined
  let lastError: unknown
  let tell: (why: OutsideError) => void = () => undefined
  const over = new Promise<OutsideError>((resolve) => {
    tell = resolve
  })

  function drop(why: OutsideError): void {
    if (ended !== undefined) return
    ended = why
    for (const reject of waiting) reject(why)
    waiting.clear()
    client.disconnect()
    client.stream?.destroy()
    tell(why)
  }

  // The first one tells why; without a listener ioredis would print it.
  client.on('error', (error: unknown) => {
    lastError ??= error
  })
  client.on('close', () => drop(lostError(context, lastError)))
  client.on('end', () => drop(lostError(context, lastError)))

  function post(words: readonly Word[], replyEncoding: 'utf8' | null): Promise<unknown> {
    if (ended !== undefined) return Promise.reject(ended)
    return new Promise((resolve, reject) => {
      waiting.add(reject)
      const [name, ...args] = words
      const options = { replyEncoding: replyEncoding as 'utf8' }
      // In capitals no command is one of those whose replies ioredis reshapes.
      const command = new Command(String(name).toUpperCase(), args, options)
      command.promise.then(
        (reply) => {
          waiting.delete(reject)
          resolve(reply)
        },
        (error: unknown) => {
          waiting.delete(reject)
          reject(isReply(error) ? error : (ended ?? lostError(context, error)))
        },
      )
      client.sendCommand(command)
    })
  }

  async function answer<T>(words: readonly Word[], encoding: 'utf8' | null): Promise<T> {
    try {
      return noErrorIn(await post(words, encoding)) as T
    } catch (error) {
      if (error instanceof OutsideError) throw error
      // Not kept as the cause: it holds the arguments of the command.
      throw refusal((error as Error).message, { ...context, command: nameOf(words) })
    }
  }

  const link: Link = {
    send: (words) => answer(words, 'utf8'),
    sendRaw: (words) => answer(words, null),
    together(talk) {
      client.stream.cork()
      try {
        return talk()
      } finally {
        client.stream.uncork()
      }
    },
    drop,
    over,
  }
  return { link, fail: () => lastError }
}

/** An error inside of an array, as EXEC and scripts may answer. */
function noErrorIn(reply: unknown): unknown {
  if (reply instanceof Error) throw reply
  if (Array.isArray(reply)) reply.forEach(noErrorIn)
  return reply
}

function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError'
}

function nameOf(words: readonly Word[]): string {
  return String(words[0]).toUpperCase()
}

export function lostError(context: Context, cause?: unknown): OutsideError {
  const what = 'went away before it answered; nobody knows whether it was done'
  return troubleError({ code: 'REDIS_LOST', what, retryable: true }, context, '', withoutArguments(cause))
}

/** Errors of ioredis carry the command with all its arguments. */
function withoutArguments(cause: unknown): unknown {
  return cause instanceof Error && 'command' in cause ? new Error(cause.message) : cause
}

/** Rejects with `ETIMEDOUT` when it takes longer. */
function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => reject(late), deadlineMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
