import { connect, createServer, type Server, type Socket } from 'node:net'

/** Stands between a client and a server and does to the bytes what a bad network does. */
export interface RedisProxy {
  /** How a client reaches it. */
  at: { socket: string } | { url: string }
  /** Milliseconds by which each piece of an answer comes later. */
  delay(ms: number): void
  /** Answers are swallowed, connections stay: half-open. Undone by `heal`. */
  swallow(): void
  /** Nothing passes either way, connections stay. Undone by `heal`. */
  freeze(): void
  /** Lets this many bytes of answers through, then cuts all connections. */
  cutAfter(bytes: number): void
  /** Cuts all connections now, over TCP with RST. */
  cut(): void
  /** New connections are cut at once. Undone by `heal`. */
  refuse(): void
  /** Answers everything with this. Undone by `heal`. */
  garble(text: string): void
  /** Passes everything again, what was kept back included. */
  heal(): void
  connections(): number
  close(): Promise<void>
}

interface Pair {
  client: Socket
  server: Socket
  /** Pieces on their way to the client, in order. */
  kept: Buffer[]
  /** Pieces that are delayed, and the last of them. */
  late: number
  line: Promise<void>
}

/** @param path of its unix socket; `tcp` listens on a free port of 127.0.0.1 instead */
export async function startProxy(path: string | 'tcp', to: string): Promise<RedisProxy> {
  let delayMs = 0
  let mode: 'pass' | 'swallow' | 'freeze' | 'refuse' = 'pass'
  let left = Number.POSITIVE_INFINITY
  let garbage: string | undefined
  const pairs = new Set<Pair>()

  function answer(pair: Pair, chunk: Buffer): void {
    if (mode === 'swallow') return
    if (mode === 'freeze') return void pair.kept.push(chunk)
    if (garbage !== undefined) return void pair.client.write(garbage)
    const passed = chunk.subarray(0, Math.max(0, left))
    left -= passed.length
    if (passed.length > 0) pair.client.write(passed)
    // What was let through goes out first.
    if (left <= 0) pair.client.write('', () => setImmediate(drop, pair))
  }

  function drop(pair: Pair): void {
    pairs.delete(pair)
    if (path === 'tcp' && !pair.client.destroyed) pair.client.resetAndDestroy()
    pair.client.destroy()
    pair.server.destroy()
  }

  const listener: Server = createServer((client) => {
    client.on('error', () => undefined)
    if (mode === 'refuse') return void client.destroy()
    const server = connect(to)
    const pair: Pair = { client, server, kept: [], late: 0, line: Promise.resolve() }
    pairs.add(pair)
    server.on('error', () => undefined)
    client.on('data', (chunk) => mode === 'freeze' || server.write(chunk))
    server.on('data', (chunk) => {
      const due = performance.now() + delayMs
      if (delayMs === 0 && pair.late === 0) return answer(pair, chunk)
      pair.late += 1
      // A network that becomes quicker overtakes nothing.
      pair.line = pair.line.then(async () => {
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())))
        pair.late -= 1
        answer(pair, chunk)
      })
    })
    client.on('close', () => drop(pair))
    server.on('close', () => drop(pair))
  })
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    if (path === 'tcp') listener.listen(0, '127.0.0.1', resolve)
    else listener.listen(path, resolve)
  })
  const address = listener.address()

  return {
    at: typeof address === 'object' ? { url: `redis://127.0.0.1:${address?.port}` } : { socket: path },
    delay: (ms) => {
      delayMs = ms
    },
    swallow: () => {
      mode = 'swallow'
    },
    freeze: () => {
      mode = 'freeze'
    },
    cutAfter: (bytes) => {
      left = bytes
    },
    cut: () => {
      for (const pair of pairs) drop(pair)
    },
    refuse: () => {
      mode = 'refuse'
    },
    garble: (text) => {
      garbage = text
    },
    heal: () => {
      garbage = undefined
      mode = 'pass'
      delayMs = 0
      left = Number.POSITIVE_INFINITY
      for (const pair of pairs) for (const chunk of pair.kept.splice(0)) pair.client.write(chunk)
    },
    connections: () => pairs.size,
    close: () =>
      new Promise((resolve) => {
        for (const pair of pairs) drop(pair)
        listener.close(() => resolve())
      }),
  }
}
