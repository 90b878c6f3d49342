import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { OutsideError } from '../../../src/core/index.ts'
import { codeOf, type RedisBench, test } from '../../support/redis.ts'
import { type RedisProxy, startProxy } from '../../support/redis-proxy.ts'
import { until } from '../../support/tmux.ts'

/** A proxy in front of the server, and what goes through it. */
async function proxied<T>(
  bench: RedisBench,
  use: (proxy: RedisProxy, redis: ReturnType<RedisBench['open']>) => Promise<T>,
  over: 'unix' | 'tcp' = 'unix',
): Promise<T> {
  const proxy = await startProxy(over === 'tcp' ? 'tcp' : join(bench.dir, 'p'), bench.socket)
  const redis = bench.open({ ...proxy.at, deadlineMs: 300 } as never)
  try {
    return await use(proxy, redis)
  } finally {
    await redis.close()
    await proxy.close()
  }
}

/** `probe` answers at last; calls that fail meanwhile do so in time. */
async function back(redis: ReturnType<RedisBench['open']>, ms = 8000): Promise<void> {
  await until(async () => (await codeOf(redis.call('PING'))) === 'done', 'the connection to be back', ms)
}

describe('a deadline', () => {
  test('ends calls to a paused server, and the calls after them work', async ({ bench }) => {
    const redis = bench.open({ deadlineMs: 200 })
    await redis.call('SET', 'k', 'v')
    await bench.raw.call('CLIENT', 'PAUSE', 600, 'ALL')
    const from = performance.now()
    expect(await codeOf(redis.call('GET', 'k'))).toBe('REDIS_TIMEOUT')
    expect(performance.now() - from).toBeLessThan(1500)
    await back(redis)
    expect(await redis.call('GET', 'k')).toBe('v')
  })

  test('ends calls to a stopped server; a connection that it takes but does not answer counts as away', async ({
    bench,
  }) => {
    const redis = bench.open({ deadlineMs: 200 })
    await redis.call('PING')
    bench.signal('SIGSTOP')
    expect(await codeOf(redis.call('INCR', 'n'))).toBe('REDIS_TIMEOUT')
    expect(redis.up()).toBe(false)
    expect(await codeOf(bench.open({ deadlineMs: 200 }).call('PING'))).toBe('REDIS_AWAY')
    bench.signal('SIGCONT')
    await back(redis)
    expect(redis.up()).toBe(true)
  })

  test('never gives the late reply of one call to another', async ({ bench }) => {
    await proxied(bench, async (proxy, redis) => {
      await redis.call('SET', 'a', 'reply of a')
      proxy.delay(450)
      expect(await codeOf(redis.call('GET', 'a'))).toBe('REDIS_TIMEOUT')
      proxy.delay(0)
      for (let round = 0; round < 30; round += 1) {
        const reply = await redis.call('ECHO', `own ${round}`).catch((error: OutsideError) => error.code)
        // On a crowded machine a later call may be late itself; what it gets is its own or nothing.
        expect([`own ${round}`, 'REDIS_AWAY', 'REDIS_TIMEOUT']).toContain(reply)
        await sleep(20)
      }
      await back(redis)
      expect(await redis.call('ECHO', 'own at last')).toBe('own at last')
    })
  })

  test('does not let calls pile up', async ({ bench }) => {
    await proxied(bench, async (proxy, redis) => {
      await redis.call('PING')
      proxy.swallow()
      const codes = await Promise.all(Array.from({ length: 3000 }, () => codeOf(redis.call('PING'))))
      const counted = (code: string) => codes.filter((each) => each === code).length
      expect(counted('REDIS_AWAY')).toBe(2000)
      expect(counted('REDIS_TIMEOUT') + counted('REDIS_LOST')).toBe(1000)
      proxy.heal()
      await back(redis)
    })
  })
})

describe('a bad network', () => {
  test('half-open: the call times out and the next connection works', async ({ bench }) => {
    await proxied(bench, async (proxy, redis) => {
      await redis.call('PING')
      proxy.freeze()
      expect(await codeOf(redis.call('INCR', 'n'))).toBe('REDIS_TIMEOUT')
      proxy.heal()
      await back(redis)
    })
  })

  for (const over of ['unix', 'tcp'] as const)
    test(`cut in the middle of a reply (${over}): lost, and nobody gets half a reply`, async ({ bench }) => {
      const long = async (proxy: RedisProxy, redis: ReturnType<RedisBench['open']>) => {
        await redis.call('SET', 'long', 'x'.repeat(100_000))
        proxy.cutAfter(5000)
        const codes = await Promise.all([
          codeOf(redis.call('GET', 'long')),
          codeOf(redis.call('GET', 'long')),
        ])
        expect(codes).toEqual(['REDIS_LOST', 'REDIS_LOST'])
        proxy.heal()
        await back(redis)
        expect(await redis.call('STRLEN', 'long')).toBe(100_000)
      }
      await proxied(bench, long, over)
    })

  test('cut between commands: a pipeline and a transaction say lost', async ({ bench }) => {
    await proxied(bench, async (proxy, redis) => {
      await redis.call('PING')
      proxy.cutAfter(7)
      expect(await codeOf(redis.pipeline([['PING'], ['PING'], ['PING']]))).toBe('REDIS_LOST')
      proxy.heal()
      await back(redis)
      proxy.cutAfter(9)
      expect(await codeOf(redis.multi([['INCR', 'n']]))).toBe('REDIS_LOST')
    })
  })

  test('connections that are cut as soon as they are made: away', async ({ bench }) => {
    await proxied(bench, async (proxy, redis) => {
      proxy.refuse()
      const error = await redis.call('PING').catch((cause) => cause)
      expect(error).toMatchObject({ code: 'REDIS_AWAY', retryable: true })
      proxy.heal()
      await back(redis)
    })
  })

  test('an answer that is not Redis is no reply', async ({ bench }) => {
    await proxied(bench, async (proxy, redis) => {
      proxy.garble('HTTP/1.1 400 Bad Request\r\n\r\n')
      expect(await codeOf(redis.call('PING'))).toBe('REDIS_AWAY')
    })
  })
})

describe('a server that goes away', () => {
  test('kill -9 and a new start: the calls say so, the connection comes back by itself, data is there', async ({
    bench,
  }) => {
    const redis = bench.open()
    await redis.call('SET', 'k', 'v')
    await bench.raw.call('CONFIG', 'SET', 'appendfsync', 'always')
    await redis.call('SET', 'k2', 'v2')
    await bench.crash()
    const away = await redis.call('GET', 'k').catch((cause) => cause)
    expect(['REDIS_AWAY', 'REDIS_LOST']).toContain(away.code)
    await until(async () => (await codeOf(redis.call('PING'))) === 'REDIS_AWAY', 'it to be away')
    const refused = await redis.call('PING').catch((cause) => cause)
    expect(refused.message).toBe(`the Redis at ${bench.socket} is not running: nobody listens there`)
    await bench.start()
    // No call makes it connect: it does so itself.
    await until(() => redis.up(), 'it to be up', 5000)
    expect(await redis.call('GET', 'k2')).toBe('v2')
  })

  test('calls in a pause fail at once; wake connects at once', async ({ bench }) => {
    const redis = bench.open()
    await bench.crash()
    await until(async () => (await codeOf(redis.call('PING'))) === 'REDIS_AWAY')
    // Long enough for the pauses to have grown to seconds.
    await sleep(1500)
    const from = performance.now()
    for (let count = 0; count < 50; count += 1) expect(await codeOf(redis.call('PING'))).toBe('REDIS_AWAY')
    expect(performance.now() - from).toBeLessThan(500)
    await bench.start()
    redis.wake()
    expect(await codeOf(redis.call('PING'))).toBe('done')
  })

  test('200 clients are back within 5 s and do not come at once', async ({ bench }) => {
    const clients = Array.from({ length: 200 }, () => bench.open({ deadlineMs: 5000 }))
    await Promise.all(clients.map((redis) => redis.call('PING')))
    await bench.crash()
    await sleep(2500)
    await bench.start()
    const from = performance.now()
    await until(() => clients.every((redis) => redis.up()), 'all to be back', 10_000)
    expect(performance.now() - from).toBeLessThan(5000)
  })

  test('a socket that is not there is away, with what to do', async ({ bench }) => {
    const redis = bench.open({ socket: join(bench.dir, 'none') } as never)
    const error = await redis.call('PING').catch((cause) => cause)
    expect(error).toMatchObject({
      code: 'REDIS_AWAY',
      retryable: true,
      fix: 'Start it, or correct the path.',
    })
  })
})

describe('close', () => {
  test('ends waiting calls and never hangs, also while it connects to a server that does not answer', async ({
    bench,
  }) => {
    const busy = bench.open()
    await busy.call('PING')
    bench.signal('SIGSTOP')
    const waiting = codeOf(busy.call('PING'))
    const connecting = bench.open()
    const first = codeOf(connecting.call('PING'))
    await sleep(50)
    const from = performance.now()
    await busy.close()
    await connecting.close()
    expect(await waiting).toBe('REDIS_LOST')
    expect(await first).toBe('REDIS_AWAY')
    expect(performance.now() - from).toBeLessThan(1000)
    bench.signal('SIGCONT')
    expect(await codeOf(busy.call('PING'))).toBe('REDIS_AWAY')
    await busy.close()
  })

  test('a closed connection is gone from the server and does not come back', async ({ bench }) => {
    const redis = bench.open({ name: 'agents-gone' })
    await redis.call('PING')
    await redis.close()
    const gone = async () => !String(await bench.raw.call('CLIENT', 'LIST')).includes('agents-gone')
    await until(gone, 'the client to be gone')
    await sleep(150)
    expect(await gone()).toBe(true)
    await bench.open().close()
  })
})
