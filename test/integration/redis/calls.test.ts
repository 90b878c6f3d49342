import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import { OutsideError } from '../../../src/core/index.ts'
import { codeOf, test } from '../../support/redis.ts'
import { until } from '../../support/tmux.ts'

describe('replies', () => {
  test('have the types of the protocol, whatever the case of the command', async ({ bench }) => {
    const redis = bench.open()
    expect(await redis.call('PING')).toBe('PONG')
    expect(await redis.call('INCRBY', 'n', 41)).toBe(41)
    expect(await redis.call('get', 'n')).toBe('41')
    expect(await redis.call('GET', 'none')).toBeNull()
    await redis.call('hset', 'h', 'a', '1', 'b', '')
    expect(await redis.call('hgetall', 'h')).toEqual(['a', '1', 'b', ''])
    expect(await redis.call('HGETALL', 'none')).toEqual([])
    await redis.call('ZADD', 'z', 1.5, 'm')
    expect(await redis.call('ZSCORE', 'z', 'm')).toBe('1.5')
    expect(await redis.call('EVAL', 'return {1, "x", {false, true}, redis.status_reply("fine")}', 0)).toEqual(
      [1, 'x', [null, 1], 'fine'],
    )
  })

  test('bring back every text and every byte as it was sent', async ({ bench }) => {
    const redis = bench.open()
    const text = 'ü 漢 🐙\u0000\r\n$5\r\n*1\u001b[31m'
    await redis.call('SET', 'text', text)
    expect(await redis.call('GET', 'text')).toBe(text)
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
    await redis.call('SET', 'bytes', all)
    expect(await redis.bytes('GET', 'bytes')).toEqual(all)
    expect(await redis.bytes('MGET', 'bytes', 'none', 'text')).toEqual([all, null, Buffer.from(text)])
    const big = '漢'.repeat(700_000)
    await redis.call('SET', 'big', big)
    expect(await redis.call('GET', 'big')).toBe(big)
  })

  test('an error inside of an array is an error of the call', async ({ bench }) => {
    const redis = bench.open()
    const nested = redis.call('EVAL', 'return {1, redis.error_reply("OOM command not allowed")}', 0)
    expect(await codeOf(nested)).toBe('REDIS_FULL')
    expect(await redis.call('PING')).toBe('PONG')
  })
})

describe('scripts', () => {
  const add = { name: 'add', lua: "return redis.call('INCRBY', KEYS[1], ARGV[1])" }

  test('are loaded when the server does not know them, and survive SCRIPT FLUSH in a loop', async ({
    bench,
  }) => {
    const redis = bench.open()
    let flushing = true
    const flusher = (async () => {
      while (flushing) await bench.raw.call('SCRIPT', 'FLUSH', 'SYNC')
    })()
    for (let count = 1; count <= 200; count += 1) expect(await redis.script(add, ['n'], [1])).toBe(count)
    flushing = false
    await flusher
  })

  test('fail with the code of what they ran into', async ({ bench }) => {
    const redis = bench.open()
    await redis.call('SET', 'text', 'x')
    const push = { name: 'push', lua: "return redis.call('LPUSH', KEYS[1], 'x')" }
    expect(await codeOf(redis.script(push, ['text'], []))).toBe('REDIS_TYPE')
    expect(await codeOf(redis.script({ name: 'bad', lua: 'return (' }, [], []))).toBe('REDIS_REPLY')
  })

  test('a script that runs too long makes the server busy, and its end is no success', async ({ bench }) => {
    await bench.raw.call('CONFIG', 'SET', 'busy-reply-threshold', 50)
    const endless = bench.open({ deadlineMs: 20_000 })
    const running = codeOf(endless.script({ name: 'endless', lua: 'while true do end' }, [], []))
    const redis = bench.open()
    await until(async () => (await codeOf(redis.call('GET', 'x'))) === 'REDIS_BUSY', 'the server to be busy')
    await bench.raw.call('SCRIPT', 'KILL')
    expect(await running).toBe('REDIS_BUSY')
  })
})

describe('several commands', () => {
  test('a pipeline answers each in its place, errors too', async ({ bench }) => {
    const redis = bench.open()
    const [set, wrong, get] = await redis.pipeline([
      ['SET', 'k', 'v'],
      ['LPUSH', 'k', 'x'],
      ['GET', 'k'],
    ])
    expect([set, get]).toEqual(['OK', 'v'])
    expect(wrong).toBeInstanceOf(OutsideError)
    expect((wrong as OutsideError).code).toBe('REDIS_TYPE')
    expect(await redis.pipeline([])).toEqual([])
  })

  test('a transaction does all, or none when one is refused as it is queued', async ({ bench }) => {
    const redis = bench.open()
    const both = [
      ['SET', 'a', '1'],
      ['INCR', 'a'],
    ] as const
    expect(await redis.multi(both)).toEqual(['OK', 2])
    const error = await redis.multi([['SET', 'a', '9'], ['NONSENSE']]).catch((cause) => cause)
    expect(error).toMatchObject({ code: 'REDIS_REPLY', args: ['NONSENSE'], retryable: false })
    expect(await redis.call('GET', 'a')).toBe('2')
    expect(await codeOf(redis.multi([['LPUSH', 'a', 'x']]))).toBe('REDIS_TYPE')
  })

  test('calls that are made at once do not get in between', async ({ bench }) => {
    const redis = bench.open()
    const all = Array.from({ length: 100 }, (_, index) =>
      index % 2 === 0
        ? redis
            .multi([
              ['INCR', 'n'],
              ['INCR', 'n'],
            ])
            .then(([first, second]) => Number(second) - Number(first))
        : redis.call('INCR', 'n').then(() => 1),
    )
    expect(new Set(await Promise.all(all))).toEqual(new Set([1]))
  })
})

describe('refusals', () => {
  test('without memory', async ({ bench }) => {
    const redis = bench.open()
    await redis.call('LPUSH', 'inbox', 'x')
    await bench.raw.call('CONFIG', 'SET', 'maxmemory', 1)
    const error = await redis.call('SET', 'k', 'v').catch((cause) => cause)
    expect(error).toMatchObject({ code: 'REDIS_FULL', retryable: true, tool: 'redis' })
    expect(error.message).toBe(`the Redis at ${bench.socket} has no memory left for writes`)
    const write = { name: 'write', lua: "return redis.call('SET', 'k', 'v')" }
    expect(await codeOf(redis.script(write, [], []))).toBe('REDIS_FULL')
    expect(await codeOf(redis.multi([['SET', 'k', 'v']]))).toBe('REDIS_FULL')
    expect(await redis.call('RPOP', 'inbox')).toBe('x')
  })

  test('as a replica', async ({ bench }) => {
    await bench.raw.call('REPLICAOF', '127.0.0.1', 1)
    const redis = bench.open()
    expect(await codeOf(redis.call('SET', 'k', 'v'))).toBe('REDIS_READONLY')
    expect((await redis.health()).degraded.join()).toContain('replica of 127.0.0.1:1')
  })

  test('when its disk failed', async ({ bench }) => {
    await bench.raw.call('CONFIG', 'SET', 'save', '3600 1')
    await bench.raw.call('CONFIG', 'SET', 'rdbcompression', 'no')
    await bench.raw.call('SET', 'k', 'v')
    // A folder in the place of the snapshot.
    mkdirSync(join(bench.dir, 'dump.rdb'))
    await bench.raw.call('BGSAVE')
    const redis = bench.open()
    await until(
      async () => (await codeOf(redis.call('SET', 'k', 'w'))) === 'REDIS_DISK',
      'the snapshot to fail',
    )
    expect((await redis.health()).degraded.join()).toContain('snapshot failed')
    expect(await codeOf(redis.call('GET', 'k'))).toBe('done')
  })

  test('while it loads its data', async ({ bench }) => {
    await bench.raw.call('DEBUG', 'POPULATE', 20_000)
    await bench.raw.call('BGREWRITEAOF')
    await until(async () =>
      /aof_rewrite_in_progress:0/.test(String(await bench.raw.call('INFO', 'persistence'))),
    )
    await bench.crash()
    // Microseconds for each key, so that it is seen.
    bench.launch('key-load-delay 200', 'loading-process-events-interval-bytes 1024')
    const redis = bench.open()
    await until(async () => {
      redis.wake()
      return (await codeOf(redis.call('GET', 'key:1'))) === 'REDIS_LOADING'
    }, 'it to say that it loads')
    expect((await redis.health()).degraded).toContain('It is still loading its data.')
  })
})

describe('passwords', () => {
  const secret = 'p@ss:w/rd%41'

  test('are used, and never told when they are wrong or were changed', async ({ bench }) => {
    await bench.raw.call('CONFIG', 'SET', 'requirepass', secret)
    const url = (password: string) => `unix://${bench.socket}?db=2&pass=${encodeURIComponent(password)}`
    const good = bench.open({ url: url(secret) } as never)
    expect(await good.call('SET', 'k', 'two')).toBe('OK')
    expect(await good.call('CLIENT', 'GETNAME')).toBe('agents-test')
    expect(String(await good.call('CLIENT', 'INFO'))).toContain(' db=2 ')

    const without = await bench
      .open()
      .call('PING')
      .catch((cause) => cause)
    expect(without).toMatchObject({ code: 'REDIS_AUTH', retryable: false })
    const wrong = await bench
      .open({ url: url('wr0ng-secret') } as never)
      .call('PING')
      .catch((cause) => cause)
    expect(wrong).toMatchObject({ code: 'REDIS_AUTH', retryable: false })
    expect(wrong.fix).toContain('percent-encoded')
    for (let error = wrong; error !== undefined; error = error.cause)
      expect(JSON.stringify([error, error.message, error.stack])).not.toContain('wr0ng')

    await good.call('CONFIG', 'SET', 'requirepass', 'another')
    expect(await good.call('PING')).toBe('PONG')
    await bench.raw.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until(
      async () => (await codeOf(good.call('PING'))) === 'REDIS_AUTH',
      'the new connection to be refused',
    )
    const rotated = await good.call('PING').catch((cause) => cause)
    expect(JSON.stringify([rotated, rotated.message, rotated.stack])).not.toContain('ss:w')
  })

  test('for a server that has none do no harm', async ({ bench }) => {
    const redis = bench.open({ url: `redis+unix://${bench.socket}?pass=x` } as never)
    expect(await redis.call('PING')).toBe('PONG')
  })

  test('what an ACL forbids is told as such, also when it forbids INFO and CONFIG', async ({ bench }) => {
    await bench.raw.call('ACL', 'SETUSER', 'few', 'on', '>pw', '~*', '+get', '+ping')
    const redis = bench.open({ url: `unix://${bench.socket}?user=few&pass=pw` } as never)
    expect(await redis.call('GET', 'k')).toBeNull()
    const error = await redis.call('SET', 'k', 'v').catch((cause) => cause)
    expect(error).toMatchObject({ code: 'REDIS_AUTH', retryable: false })
    expect(error.message).toContain('does not allow this to our user')
    expect(await codeOf(redis.health())).toBe('REDIS_AUTH')
    await bench.raw.call('ACL', 'SETUSER', 'few', '+info')
    expect(await redis.health()).toMatchObject({ persistence: 'aof', eviction: 'noeviction', degraded: [] })
  })
})

describe('health', () => {
  test('tells version, persistence and eviction, and what makes a bad place for messages', async ({
    bench,
  }) => {
    const redis = bench.open()
    const good = await redis.health()
    expect(good).toMatchObject({ persistence: 'aof', eviction: 'noeviction', degraded: [] })
    expect(good.version).toMatch(/^\d+\.\d+\.\d+$/)
    expect(good.runId).toMatch(/^[0-9a-f]{40}$/)
    await bench.raw.call('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    expect((await redis.health()).degraded).toEqual([
      expect.stringContaining('as soon as its memory has a limit (maxmemory-policy allkeys-lru)'),
    ])
    await bench.raw.call('CONFIG', 'SET', 'maxmemory', '100mb')
    await bench.raw.call('CONFIG', 'SET', 'appendonly', 'no')
    const none = await redis.health()
    expect(none).toMatchObject({ persistence: 'none', eviction: 'allkeys-lru' })
    expect(none.degraded).toEqual([
      expect.stringContaining('keeps nothing on disk'),
      expect.stringContaining('maxmemory-policy allkeys-lru'),
    ])
    await bench.raw.call('CONFIG', 'SET', 'save', '60 1')
    expect(await redis.health()).toMatchObject({ persistence: 'rdb' })
  })
})
