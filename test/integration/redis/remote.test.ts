import { type ChildProcess, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect } from 'vitest'
import { codeOf, type RedisBench, test } from '../../support/redis.ts'
import { tlsFront, tlsKeys } from '../../support/redis-tls.ts'
import { until } from '../../support/tmux.ts'

/** A port of 127.0.0.1 that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}

async function onTcp(bench: RedisBench): Promise<number> {
  const port = await freePort()
  await bench.raw.call('CONFIG', 'SET', 'port', port)
  return port
}

test('over TCP, with user, password and database in the URL', async ({ bench }) => {
  const port = await onTcp(bench)
  await bench.raw.call('ACL', 'SETUSER', 'me', 'on', '>p@:/ü', '~*', '+@all')
  const redis = bench.open({ url: `redis://me:${encodeURIComponent('p@:/ü')}@127.0.0.1:${port}/3` } as never)
  expect(String(await redis.call('CLIENT', 'INFO'))).toMatch(/ db=3 .*user=me /)
  const given = bench.open({ url: `redis://me@127.0.0.1:${port}`, password: 'p@:/ü' } as never)
  expect(await given.call('ACL', 'WHOAMI')).toBe('me')
  // Without its password it is refused, and not taken for the server's default user, who needs none here.
  expect(await codeOf(bench.open({ url: `redis://me@127.0.0.1:${port}` } as never).call('PING'))).toBe(
    'REDIS_AUTH',
  )
  await bench.raw.call('ACL', 'SETUSER', 'guest', 'on', 'nopass', '~*', '+@all')
  const guest = bench.open({ url: `redis://guest@127.0.0.1:${port}` } as never)
  expect(await guest.call('ACL', 'WHOAMI')).toBe('guest')
  await bench.crash()
  const error = await until(async () => {
    const cause = await given.call('PING').catch((each) => each)
    return cause.code === 'REDIS_AWAY' ? cause : undefined
  })
  expect(error.message).toBe(
    `the Redis at redis://***@127.0.0.1:${port} is not running: nobody listens there`,
  )
})

test('over TLS: a certificate that nobody vouches for is refused, unless its authority is named, or told not to look', async ({
  bench,
}) => {
  const front = await tlsFront(tlsKeys(bench.dir), { path: bench.socket })
  const open = (more: object) => bench.open({ url: `rediss://localhost:${front.port}/1`, ...more } as never)
  const refusal = (more: object) =>
    open(more)
      .call('PING')
      .catch((cause) => cause)
  try {
    expect(await refusal({})).toMatchObject({
      code: 'REDIS_AWAY',
      retryable: false,
      fix: expect.stringMatching(/redis_ca.*NODE_EXTRA_CA_CERTS/),
    })
    const trusting = open({ url: `rediss://localhost:${front.port}/1#insecure` })
    expect(await trusting.call('PING')).toBe('PONG')
    expect(await open({ ca: front.caPath }).call('PING')).toBe('PONG')
    const byAddress = { url: `rediss://127.0.0.1:${front.port}`, ca: front.caPath }
    expect(await open(byAddress).call('PING')).toBe('PONG')

    expect((await refusal({ ca: join(bench.dir, 'none.pem') })).message).toContain('none.pem is not there')
    expect((await refusal({ ca: bench.dir })).message).toContain(`${bench.dir} is a folder`)
    expect((await refusal({ ca: join(bench.dir, 'names') })).message).toContain('holds no PEM')
    // Of another authority.
    expect(await refusal({ ca: join(bench.dir, 'cert.pem') })).toMatchObject({ code: 'REDIS_AWAY' })
  } finally {
    front.close()
  }
})

test('a Sentinel names the master; without one that knows it the server is away', async ({ bench }) => {
  const [port, at, nobody] = [await onTcp(bench), await freePort(), await freePort()]
  const config = join(bench.dir, 'sentinel.conf')
  writeFileSync(config, `port ${at}\ndir ${bench.dir}\nsentinel monitor main 127.0.0.1 ${port} 1\n`)
  const child: ChildProcess = spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore', cwd: '/' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  try {
    const redis = bench.open({ url: `redis+sentinel://127.0.0.1:${nobody},127.0.0.1:${at}/main/2` } as never)
    await until(async () => {
      redis.wake()
      return (await codeOf(redis.call('SET', 'k', 'v'))) === 'done'
    }, 'the master by its Sentinel')
    expect(String(await redis.call('CLIENT', 'INFO'))).toContain(' db=2 ')
    const unknown = bench.open({ url: `redis+sentinel://127.0.0.1:${at}/other` } as never)
    const error = await unknown.call('PING').catch((cause) => cause)
    expect(error.code).toBe('REDIS_AWAY')
    expect(error.message).toContain('no Sentinel names the master other')
    // What it named has meanwhile become a replica.
    await bench.raw.call('REPLICAOF', '127.0.0.1', nobody)
    await bench.raw.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')
    await until(
      async () => (await codeOf(redis.call('PING'))) === 'REDIS_READONLY',
      'the replica to be refused',
    )
  } finally {
    child.kill('SIGKILL')
    await ended
  }
})

test('Sentinels and their master over TLS', async ({ bench }) => {
  const [port, keys] = [await freePort(), tlsKeys(bench.dir)]
  const master = await tlsFront(keys, { path: bench.socket })
  const sentinel = await tlsFront(keys, { port, host: '127.0.0.1' })
  const config = join(bench.dir, 'sentinel.conf')
  writeFileSync(config, `port ${port}\ndir ${bench.dir}\nsentinel monitor main 127.0.0.1 ${master.port} 1\n`)
  const child: ChildProcess = spawn('redis-server', [config, '--sentinel'], { stdio: 'ignore', cwd: '/' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const url = `rediss+sentinel://127.0.0.1:${sentinel.port}/main/1`
  try {
    const redis = bench.open({ url, ca: keys.caPath } as never)
    await until(async () => {
      redis.wake()
      return (await codeOf(redis.call('PING'))) === 'done'
    }, 'the master by its Sentinel, both over TLS')
    expect(await codeOf(bench.open({ url } as never).call('PING'))).toBe('REDIS_AWAY')
  } finally {
    child.kill('SIGKILL')
    await ended
    for (const front of [master, sentinel]) front.close()
  }
})
