import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, connect as netConnect } from 'node:net'
import { join } from 'node:path'
import { createServer as createTlsServer } from 'node:tls'
import { expect } from 'vitest'
import { codeOf, type RedisBench, test } from '../../support/redis.ts'
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
  await bench.crash()
  const error = await until(async () => {
    const cause = await given.call('PING').catch((each) => each)
    return cause.code === 'REDIS_AWAY' ? cause : undefined
  })
  expect(error.message).toBe(
    `the Redis at redis://***@127.0.0.1:${port} is not running: nobody listens there`,
  )
})

test('over TLS: a certificate that nobody vouches for is refused, unless told not to look', async ({
  bench,
}) => {
  const [key, cert] = [join(bench.dir, 'key.pem'), join(bench.dir, 'cert.pem')]
  const args = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '2',
  ]
  execFileSync('openssl', [...args, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], {
    stdio: 'ignore',
  })
  const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(cert) }, (client) => {
    const behind = netConnect(bench.socket)
    client.on('error', () => undefined)
    client.pipe(behind).pipe(client)
  })
  server.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  try {
    const error = await bench
      .open({ url: `rediss://localhost:${port}` } as never)
      .call('PING')
      .catch((cause) => cause)
    expect(error).toMatchObject({
      code: 'REDIS_AWAY',
      retryable: false,
      fix: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
    const trusting = bench.open({ url: `rediss://localhost:${port}/1#insecure` } as never)
    expect(await trusting.call('PING')).toBe('PONG')
    await trusting.close()
  } finally {
    server.close()
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
