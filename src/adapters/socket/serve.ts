import { chmod, lstat, unlink } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { OutsideError, UserError } from '../../core/index.ts'
import { errnoOf, unless } from '../files/errno.ts'
import { ensureFolder } from '../files/safe-folder.ts'
import { createLineSplitter } from './line-splitter.ts'
import { type Answer, parseRequest, toWire } from './wire.ts'

/** Answers one request. A thrown UserError reaches the caller as such. */
export type ControlHandler = (verb: string, args: unknown[]) => Promise<unknown>

export interface ControlServer {
  path: string
  /**
   * Listens anew when the socket's file is gone, e.g. with its folder: without it every command would believe that no
   * watchdog runs and act beside it. Never rejects; what does not work now is tried at the next call.
   */
  mend(): Promise<void>
  /** Stops listening, ends all clients, removes the socket. */
  close(): Promise<void>
}

export interface ServeOptions {
  /** Longest request, bytes. @default 1 MiB */
  maxLineBytes?: number
  /** A client that lets this much of its answers pile up unread is dropped, bytes. @default 8 MiB */
  maxQueuedBytes?: number
  /**
   * The caller holds the watchdog's lock, so a socket that nobody answers on is a leftover and is removed. Without it
   * such a socket is refused. @default true
   */
  holdsLock?: boolean
}

const MAX_CLIENTS = 256

/**
 * Serves the control socket. Its folder is 0700 and ours, so no other user reaches it; Node cannot ask the kernel who
 * the peer is (SO_PEERCRED). Requests of all clients run at once.
 * @throws {UserError} `CONTROL_BUSY` when somebody answers there, `CONTROL_PATH` when something else sits there
 * @throws {OutsideError} `CONTROL_LISTEN`
 */
export async function serveControl(
  path: string,
  handler: ControlHandler,
  options: ServeOptions = {},
): Promise<ControlServer> {
  await ensureFolder(dirname(path))
  await clearLeftover(path, options.holdsLock ?? true)
  const clients = new Set<Socket>()
  const open = async (): Promise<Server> => {
    const server = createServer((client) => {
      clients.add(client)
      client.on('close', () => clients.delete(client))
      attend(client, handler, options)
    })
    server.maxConnections = MAX_CLIENTS
    await listen(server, path)
    await chmod(path, 0o600)
    return server
  }
  let server = await open()
  let mending = false
  let closed = false

  async function mend(): Promise<void> {
    if (mending || closed) return
    mending = true
    try {
      if ((await unless(['ENOENT', 'ENOTDIR'], () => lstat(path))) !== undefined || closed) return
      await ensureFolder(dirname(path))
      // Node removes the file of a socket that is closed: the old one goes first. Its clients stay.
      server.close()
      server = await open()
    } catch {
      // A full disk or a folder in the way: the next tick tries again.
    } finally {
      mending = false
    }
  }

  return {
    path,
    mend,
    close: () => {
      closed = true
      return closeAll(server, clients)
    },
  }
}

async function clearLeftover(path: string, holdsLock: boolean): Promise<void> {
  const seen = await unless(['ENOENT'], () => lstat(path))
  if (seen === undefined) return
  if (!seen.isSocket()) {
    throw new UserError({
      code: 'CONTROL_PATH',
      what: `${path} is in the way of the control socket`,
      fix: `Move it away: mv '${path}' '${path}.old'`,
      file: path,
    })
  }
  if (holdsLock && (await isDeaf(path))) return void (await unless(['ENOENT'], () => unlink(path)))
  throw new UserError({
    code: 'CONTROL_BUSY',
    what: `another process serves ${path}`,
    fix: 'Stop it first: agents down watchdog',
    file: path,
  })
}

/** Only a refused connection proves that nobody listens. */
function isDeaf(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createConnection(path)
    probe
      .on('connect', () => resolve(false))
      .on('error', (error) => resolve(errnoOf(error) === 'ECONNREFUSED'))
    probe.on('connect', () => probe.destroy())
  })
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => {
      const what = `the control socket ${path} cannot be opened: ${cause.message}`
      reject(new OutsideError({ tool: 'control', code: 'CONTROL_LISTEN', what, retryable: false, cause }))
    })
    server.listen(path, () => {
      server.removeAllListeners('error')
      // Out of descriptors while accepting: that client is lost, the server is not.
      server.on('error', () => undefined)
      resolve()
    })
  })
}

function attend(client: Socket, handler: ControlHandler, options: ServeOptions): void {
  const maxQueued = options.maxQueuedBytes ?? 8 * 1024 * 1024
  const answer = (message: Answer) => {
    if (!client.writable) return
    client.write(`${JSON.stringify(message)}\n`)
    if (client.writableLength > maxQueued) client.destroy()
  }
  const refuse = (what: string) =>
    answer({ id: null, ok: false, error: { user: false, code: 'CONTROL_REQUEST', what } })
  const push = createLineSplitter(options.maxLineBytes ?? 1024 * 1024, (line) => {
    const request = parseRequest(line)
    if (request === undefined) return refuse('that is no request')
    const { id, verb, args } = request
    // A handler that throws before its first await counts as one that rejects.
    Promise.resolve()
      .then(() => handler(verb, args))
      .then((value) => ({ id, ok: true as const, value: value ?? null }))
      .catch((error) => ({ id, ok: false as const, error: toWire(error) }))
      .then(answer)
  })
  client.on('error', () => client.destroy())
  client.on('data', (chunk) => {
    if (push(chunk)) return
    refuse('the request is too long')
    client.destroySoon()
    client.removeAllListeners('data')
  })
}

function closeAll(server: Server, clients: ReadonlySet<Socket>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    for (const client of clients) client.destroySoon()
    const late = setTimeout(() => {
      for (const client of clients) client.destroy()
    }, 200)
    late.unref()
  })
}
