import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createRedis } from '../../../src/adapters/redis/index.ts'
import { type RedisBench, withRedis } from '../../support/redis.ts'
import { type Run, type Sandbox, test } from '../../support/sandbox.ts'

/** A fleet of nobody in a town on that socket: the verbs speak to Redis themselves. */
const place = (box: Sandbox, socket: string) =>
  box.config(`[town]\nname = "shop"\nredis_url = "unix://${socket}"\n`)

interface Check {
  id: string
  level: string
  what: string
}

const checksOf = (run: Run): Check[] =>
  (JSON.parse(run.stdout) as { checks: Check[] }).checks.filter(({ id }) => id.startsWith('town'))

/** What `status` and `doctor` say, each as text and as data. */
async function shown(box: Sandbox) {
  const [status, text, doctor, checks] = await Promise.all([
    box.status(),
    box.agents('status'),
    box.agents('doctor'),
    box.agents('doctor', '--json'),
  ])
  return { town: status.town, text: text.stdout, doctor: doctor.stdout, checks: checksOf(checks) }
}

async function degraded(box: Sandbox, bench: RedisBench, settings: string[], why: RegExp, check: string) {
  await bench.raw.call('CONFIG', 'SET', ...settings)
  const [status, doctor] = await Promise.all([box.agents('status'), box.agents('doctor')])
  expect(status.stdout).toMatch(/^ town: shop \(degraded\)/m)
  expect(status.stdout).toMatch(why)
  expect(doctor.stdout).toMatch(new RegExp(`WARNING +${check}: `))
  expect(doctor.stdout).toMatch(new RegExp(`WARNING +town: shop is degraded: .*${why.source}`))
}

test('rows 94, 95: a server that keeps nothing or snapshots only, or throws keys away, is degraded in status and doctor, as text and as data; it is used', async ({
  box,
}) => {
  await withRedis(async (bench) => {
    place(box, bench.socket)
    const good = await shown(box)
    expect(good.town).toMatchObject({ state: 'ok', reasons: [] })
    expect(good.checks.map(({ level }) => level)).not.toContain('warning')

    const off = ['appendonly', 'no', 'save']
    await degraded(box, bench, [...off, ''], /keeps nothing on disk/, 'town.persistence')
    await degraded(box, bench, [...off, '60 1'], /keeps snapshots only/, 'town.persistence')
    await bench.raw.call('CONFIG', 'SET', 'appendonly', 'yes', 'save', '')
    const full = ['maxmemory', '200mb', 'maxmemory-policy']
    await degraded(box, bench, [...full, 'allkeys-lru'], /deletes keys.*allkeys-lru/, 'town.eviction')
    const seen = await shown(box)
    expect(seen.town).toMatchObject({
      state: 'degraded',
      reasons: [expect.stringContaining('deletes keys')],
      server: { persistence: 'aof', eviction: 'allkeys-lru' },
    })
    expect(seen.checks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          id: 'town',
          level: 'warning',
          what: expect.stringContaining('deletes keys'),
        }),
        expect.objectContaining({ id: 'town.eviction', level: 'warning' }),
      ]),
    )
    expect((await box.agents('backlog', 'add', 'all the same')).code).toBe(0)
  })
}, 60_000)

test('rows 96, 98, 99: a server that is full, takes no writes or has another password refuses who sends, with its reason and no id; what is there can be taken', async ({
  box,
}) => {
  await withRedis(async (bench) => {
    place(box, bench.socket)
    const first = await box.agents('send', 'supervisor', 'before')
    expect(first.code, first.stderr).toBe(0)
    const keys = async () => String(await bench.raw.call('DBSIZE'))
    const before = await keys()
    const refused = async (settings: string[], back: string[], code: string) => {
      await bench.raw.call('CONFIG', 'SET', ...settings)
      for (const words of [
        ['send', 'supervisor', 'lost'],
        ['backlog', 'add', 'lost'],
      ]) {
        const run = await box.agents(...words, '--json')
        expect(run.code).toBe(1)
        expect(JSON.parse(run.stdout).error).toMatchObject({ code })
        expect(run.stdout).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
      }
      // Nothing is half written.
      expect(await keys()).toBe(before)
      await bench.raw.call('CONFIG', 'SET', ...back)
    }
    await refused(['min-replicas-to-write', '1'], ['min-replicas-to-write', '0'], 'REDIS_READONLY')
    await refused(['maxmemory', '1'], ['maxmemory', '0'], 'REDIS_FULL')

    // Row 96: what waits is taken and settled all the same.
    await bench.raw.call('CONFIG', 'SET', 'maxmemory', '1')
    const id = /[0-9a-f-]{36}/.exec(first.stdout)![0]
    expect((await box.agents('inbox', 'supervisor')).stdout).toContain('before')
    const settled = await box.agents('inbox', 'ack', id)
    expect(settled.code, settled.stderr).toBe(0)
    await bench.raw.call('CONFIG', 'SET', 'maxmemory', '0')

    // Row 99
    await bench.raw.call('CONFIG', 'SET', 'requirepass', 'n3w-secret')
    const without = await box.agents('send', 'supervisor', 'lost')
    expect(without.code).toBe(1)
    expect(without.stderr).toContain('wants a password')
    expect((await shown(box)).town).toMatchObject({
      state: 'away',
      reasons: [expect.stringContaining('wants a password')],
    })
    const wrong = await box.agentsWith(
      { TINYTOWN_REDIS_PASSWORD: '0ld-secret' },
      'send',
      'supervisor',
      'lost',
      '--json',
    )
    expect(JSON.parse(wrong.stdout).error).toMatchObject({ code: 'REDIS_AUTH' })
    expect(wrong.stdout + wrong.stderr).not.toContain('0ld-secret')
    const right = await box.agentsWith(
      { TINYTOWN_REDIS_PASSWORD: 'n3w-secret' },
      'send',
      'supervisor',
      'after',
    )
    expect(right.code, right.stderr).toBe(0)
  })
}, 60_000)

test('row 97: a disk that takes no more: senders are refused, status and doctor say so, what it has can be read', async ({
  box,
}) => {
  const socket = join(box.dir, 'r')
  // A file of it may have 64 KiB, as on a full disk; the signal for that is ignored.
  const limited = `trap '' XFSZ; ulimit -f 64; exec redis-server --port 0 --unixsocket '${socket}' --appendonly yes --save '' --dir '${box.dir}' --auto-aof-rewrite-percentage 0`
  const server = spawn('bash', ['-c', limited], { stdio: 'ignore' })
  const gone = new Promise((resolve) => server.once('exit', resolve))
  const redis = createRedis({ socket, name: 'agents-test' })
  try {
    place(box, socket)
    await box.until('the server', () => {
      redis.wake()
      return redis.call('PING').then(
        () => true,
        () => undefined,
      )
    })
    expect((await box.agents('backlog', 'add', 'kept')).code).toBe(0)
    await redis.call('SET', 'fill', 'x'.repeat(70_000))
    const refused = await box.until('a refusal', async () => {
      const run = await box.agents('backlog', 'add', 'lost', '--json')
      const { error } = JSON.parse(run.stdout)
      return run.code === 1 && error.code === 'REDIS_DISK' ? error : undefined
    })
    expect(refused.fix).toContain('Make room')
    const seen = await shown(box)
    expect(seen.town?.state).toBe('degraded')
    expect(seen.text).toContain('It cannot write its append-only file')
    expect(seen.doctor).toMatch(/WARNING +town: .*cannot write its append-only file/)
    expect((await box.agents('backlog', 'list')).stdout).toContain('kept')
  } finally {
    await redis.close()
    server.kill('SIGKILL')
    await gone
    rmSync(socket, { force: true })
  }
}, 60_000)
