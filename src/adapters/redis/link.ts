import { connect, isIP, type Socket } from 'node:net'
import type { OutsideError } from '../../core/index.ts'
import { awayError, type Context, lostByUs, refusal, troubleError } from './refusal.ts'
import { createReplyParser, encodeCommand, ReplyError, type WireReply } from './resp.ts'
import type { RawReply, Reply, Word } from './types.ts'
import type { Address, Tls } from './url.ts'

export type Peer = { path: string } | (Address & { tls: Tls | undefined })

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
 * A socket that speaks the protocol and nothing more: it does not connect again, keep or repeat commands, or log in, so
 * that no command is done twice and no password gets into a warning.
 * @throws {OutsideError} `REDIS_AWAY`
 */
export async function openLink(
  peer: Peer,
  deadlineMs: number,
  context: Context,
  signal: AbortSignal,
): Promise<Link> {
  const { socket, ready } = await call(peer)
  const { link, fail } = wrap(socket, context)
  const end = () => link.drop(lostByUs(context))
  signal.addEventListener('abort', end)
  void link.over.then(() => signal.removeEventListener('abort', end))
  try {
    if (signal.aborted) end()
    await inTime(connected(socket, ready), deadlineMs)
    return link
  } catch (cause) {
    const why = awayError(fail() ?? cause, context)
    link.drop(why)
    throw why
  }
}

interface Called {
  socket: Socket
  /** The event after which words can be sent. */
  ready: 'connect' | 'secureConnect'
}

async function call(peer: Peer): Promise<Called> {
  if ('path' in peer) return { socket: connect({ path: peer.path }), ready: 'connect' }
  const { host, port, tls } = peer
  if (tls === undefined) return { socket: connect({ host, port, noDelay: true }), ready: 'connect' }
  // Few towns are behind TLS, and it takes a while to load.
  const secure = await import('node:tls')
  // A certificate is asked for by name; an address has none.
  const servername = isIP(host) === 0 ? { servername: host } : {}
  const socket = secure.connect({ host, port, ...servername, rejectUnauthorized: tls.verify })
  return { socket: socket.setNoDelay(true), ready: 'secureConnect' }
}

function connected(socket: Socket, ready: Called['ready']): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once(ready, () => resolve())
    socket.once('close', () => reject(new Error('the connection was closed')))
  })
}

/** Somebody who waits for the answer to one command. */
interface Waiting {
  take(reply: WireReply): void
  fail(why: OutsideError): void
}

function wrap(socket: Socket, context: Context) {
  /** In the order in which they were sent, which is that of the replies. */
  const waiting: Waiting[] = []
  let ended: OutsideError | undefined
  let lastError: unknown
  let tell: (why: OutsideError) => void = () => undefined
  const over = new Promise<OutsideError>((resolve) => {
    tell = resolve
  })

  function drop(why: OutsideError): void {
    if (ended !== undefined) return
    ended = why
    for (const one of waiting.splice(0)) one.fail(why)
    socket.destroy()
    tell(why)
  }

  const parser = createReplyParser((reply) => {
    const first = waiting.shift()
    if (first !== undefined) return first.take(reply)
    // A server that takes nobody more says so unasked.
    const said = reply instanceof ReplyError ? reply.message : 'an answer that nobody asked for'
    drop(refusal(said, context))
  })

  socket.on('data', (piece) => {
    if (ended === undefined && !parser.feed(piece))
      drop(lostError(context, new Error('what came is not the protocol of Redis')))
  })
  // The first one tells why.
  socket.on('error', (error: unknown) => {
    lastError ??= error
  })
  socket.on('close', () => drop(lostError(context, lastError)))

  function post(words: readonly Word[]): Promise<WireReply> {
    if (ended !== undefined) return Promise.reject(ended)
    return new Promise((take, fail) => {
      waiting.push({ take, fail })
      socket.write(encodeCommand(words))
    })
  }

  async function answer(words: readonly Word[]): Promise<RawReply> {
    const reply = await post(words)
    const refused = errorIn(reply)
    if (refused !== undefined) throw refusal(refused.message, { ...context, command: nameOf(words) })
    return reply as RawReply
  }

  const link: Link = {
    send: async (words) => asText(await answer(words)),
    sendRaw: answer,
    together(talk) {
      socket.cork()
      try {
        return talk()
      } finally {
        socket.uncork()
      }
    },
    drop,
    over,
  }
  return { link, fail: () => lastError }
}

function errorIn(reply: WireReply): ReplyError | undefined {
  if (reply instanceof ReplyError) return reply
  if (!Array.isArray(reply)) return undefined
  for (const one of reply) {
    const found = errorIn(one)
    if (found !== undefined) return found
  }
  return undefined
}

function asText(reply: RawReply): Reply {
  if (Buffer.isBuffer(reply)) return reply.toString('utf8')
  return Array.isArray(reply) ? reply.map(asText) : reply
}

function nameOf(words: readonly Word[]): string {
  return String(words[0]).toUpperCase()
}

export function lostError(context: Context, cause?: unknown): OutsideError {
  const what = 'went away before it answered; nobody knows whether it was done'
  return troubleError({ code: 'REDIS_LOST', what, retryable: true }, context, '', cause)
}

/** Rejects with `ETIMEDOUT` when it takes longer. */
function inTime<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = Object.assign(new Error('no connection in time'), { code: 'ETIMEDOUT' })
    const timer = setTimeout(() => reject(late), deadlineMs)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
