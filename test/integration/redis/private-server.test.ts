import { execFile, execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, test as base, beforeAll, describe, expect } from 'vitest'
import { createLocks } from '../../../src/adapters/files/locks.ts'
import { createProcs } from '../../../src/adapters/procs/procs.ts'
import {
  createPrivateServer,
  createRedis,
  type PrivateServerDeps,
  type Redis,
  type ServerState,
  serverSocket,
} from '../../../src/adapters/redis/index.ts'
import { hasRedis, serverProduct, serversIn } from '../../support/redis.ts'
import { lives, until } from '../../support/tmux.ts'
import { bundle } from '../procs/bundle.ts'

interface Place {
  stateDir: string
  dir: string
  socket: string
  server(
    over?: Partial<PrivateServerDeps>,
    fsync?: 'everysec' | 'always',
  ): ReturnType<typeof createPrivateServer>
  redis(name?: string): Redis
  running(): Promise<Extract<ServerState, { kind: 'running' }>>
}

const test = base.extend<{ place: Place }>({
  place: async ({ skip }, use) => {
    if (!hasRedis() && process.env.CI !== 'true') skip('redis-server is not installed')
    const root = realpathSync(mkdtempSync(join(tmpdir(), 'q-')))
    const stateDir = join(root, "it's a state")
    const dir = join(stateDir, 'town')
    const socket = await serverSocket(stateDir)
    const opened: Redis[] = []
    const server: Place['server'] = (over = {}, fsync = 'everysec') =>
      createPrivateServer(
        { kind: 'private', socket, dir, fsync },
        { locks: createLocks(), procs: createProcs(), env: process.env, ...over },
      )
    await use({
      stateDir,
      dir,
      socket,
      server,
      redis(name = 'agents-test') {
        const redis = createRedis({ socket, name })
        opened.push(redis)
        return redis
      },
      async running() {
        const state = await server().ensure()
        if (state.kind !== 'running') throw new Error(JSON.stringify(state))
        return state
      },
    })
    await Promise.all(opened.map((redis) => redis.close()))
    for (const pid of serversIn(root)) process.kill(pid, 'SIGKILL')
    await until(() => serversIn(root).length === 0, 'redis-server to be gone')
    rmSync(root, { recursive: true, force: true, maxRetries: 5 })
  },
})

const REAL = spawnSync('sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).stdout.trim()

async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until(() => !lives(pid), 'it to be gone')
}

const aof = (place: Place, kind: string) =>
  join(
    place.dir,
    'appendonlydir',
    readdirSync(join(place.dir, 'appendonlydir')).find((name) => name.includes(`.${kind}.`)) ?? 'none',
  )

/** A process that wants the server and prints what it got. */
const WANTS_IT = `
  import { createLocks } from '#src/adapters/files/locks.ts'
  import { createProcs } from '#src/adapters/procs/procs.ts'
  import { createPrivateServer } from '#src/adapters/redis/index.ts'
  const [socket, dir] = process.argv.slice(2)
  const deps = { locks: createLocks(), procs: createProcs(), env: process.env }
  const server = createPrivateServer({ kind: 'private', socket, dir, fsync: 'everysec' }, deps)
  process.stdout.write(JSON.stringify(await server.ensure()))
`

describe('ensure', () => {
  let built: Awaited<ReturnType<typeof bundle>>
  beforeAll(async () => {
    built = await bundle(WANTS_IT)
  })
  afterAll(() => rmSync(built.dir, { recursive: true }))

  test('starts it as nobody’s child, in a session of its own: whoever ends us with all below us leaves it', async ({
    place,
  }) => {
    const { pid } = await place.running()
    const table = await createProcs().table()
    expect(table.tree(process.pid).map((proc) => proc.pid)).not.toContain(pid)
    expect(table.get(pid)?.sid).not.toBe(table.get(process.pid)?.sid)
  })

  test('starts one server that outlives us; twenty processes at once get the same', async ({ place }) => {
    const run = () =>
      promisify(execFile)(process.execPath, [built.file, place.socket, place.dir], { timeout: 60_000 })
    const all = await Promise.all(Array.from({ length: 20 }, run))
    const states = all.map((one) => JSON.parse(one.stdout) as Extract<ServerState, { kind: 'running' }>)
    expect(states.map((state) => state.kind)).toEqual(Array(20).fill('running'))
    expect(new Set(states.map((state) => state.pid)).size).toBe(1)
    expect(states.filter((state) => !state.adopted)).toHaveLength(1)
    const pid = states[0]?.pid ?? 0
    expect(serversIn(place.dir)).toEqual([pid])
    // Its own session: neither a closed terminal nor the end of whoever started it reaches it.
    expect(execFileSync('ps', ['-o', 'sid=', '-p', String(pid)], { encoding: 'utf8' }).trim()).toBe(
      String(pid),
    )
    expect(await place.redis().call('PING')).toBe('PONG')
  })

  test('keeps everything to its user: modes, no TCP, nothing but a path in its arguments', async ({
    place,
  }) => {
    const before = process.umask(0)
    try {
      const { pid } = await place.running()
      await place.redis().call('SET', 'k', 'v')
      expect(modes(place.dir)).toEqual({ folders: ['700'], files: ['600'] })
      expect(statSync(place.dir).mode & 0o777).toBe(0o700)
      expect(statSync(place.socket).mode & 0o077).toBe(0)
      const shown = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      expect(shown).toMatch(/^\S*redis-server (unixsocket:|\S*redis\.conf)/)
      const open = readdirSync(`/proc/${pid}/fd`).map((fd) => target(`/proc/${pid}/fd/${fd}`))
      expect(open.filter((name) => /\.lock|watchdog|vitest|\.tmp/.test(name))).toEqual([])
      const settings = await place
        .redis()
        .call('CONFIG', 'GET', 'port', 'maxmemory-policy', 'appendonly', 'save', 'appendfsync')
      expect(settings).toEqual(
        expect.arrayContaining(['port', '0', 'noeviction', 'appendonly', 'yes', 'save', '', 'everysec']),
      )
      expect(
        await place
          .redis()
          .call('DEBUG', 'JMAP')
          .catch((error) => error.code),
      ).toBe('REDIS_REPLY')
      expect((await place.redis().health()).degraded).toEqual([])
    } finally {
      process.umask(before)
    }
  })

  test('gives it none of our secrets', async ({ place }) => {
    process.env.SOME_TOKEN = 'tell-nobody'
    try {
      const { pid } = await place.running()
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('tell-nobody')
    } finally {
      delete process.env.SOME_TOKEN
    }
  })

  test('adopts one that runs, also without its record, and never starts a second beside it', async ({
    place,
  }) => {
    const first = await place.running()
    expect(first.adopted).toBe(false)
    expect(await place.running()).toEqual({ kind: 'running', pid: first.pid, adopted: true })
    rmSync(join(place.dir, 'server.json'))
    rmSync(join(place.dir, 'redis.pid'))
    expect(await place.running()).toMatchObject({ pid: first.pid, adopted: true })
    expect(serversIn(place.dir)).toEqual([first.pid])
  })

  test('after kill -9 starts it anew with its data, whatever was left behind', async ({ place }) => {
    const first = await place.server({}, 'always').ensure()
    if (first.kind !== 'running') throw new Error(JSON.stringify(first))
    await place.redis().call('SET', 'k', 'kept')
    await killed(first.pid)
    expect(existsSync(place.socket)).toBe(true)
    const second = await place.running()
    expect(second).toEqual({ kind: 'running', pid: expect.any(Number), adopted: false })
    expect(second.pid).not.toBe(first.pid)
    expect(await place.redis().call('GET', 'k')).toBe('kept')
    // A record of a process that is now another one.
    await killed(second.pid)
    writeFileSync(
      join(place.dir, 'server.json'),
      readFileSync(join(place.dir, 'server.json'), 'utf8').replace(/"pid":\d+/, `"pid":${process.pid}`),
    )
    writeFileSync(join(place.dir, 'redis.pid'), `${process.pid}\n`)
    expect(await place.running()).toMatchObject({ adopted: false })
  })

  test('whose socket was removed is ended and started anew with its data', async ({ place }) => {
    const first = await place.running()
    await place.redis().call('SET', 'k', 'kept')
    unlinkSync(place.socket)
    const second = await place.running()
    expect(second.pid).not.toBe(first.pid)
    expect(serversIn(place.dir)).toEqual([second.pid])
    expect(await place.redis().call('GET', 'k')).toBe('kept')
  })

  test('whose folder was removed is ended: none is left that nobody finds', async ({ place }) => {
    const first = await place.running()
    rmSync(place.stateDir, { recursive: true })
    const second = await place.running()
    expect(lives(first.pid)).toBe(false)
    expect(serversIn(place.dir)).toEqual([second.pid])
  })

  test('takes a changed fsync without a new start', async ({ place }) => {
    const { pid } = await place.running()
    expect(await place.server({}, 'always').ensure()).toMatchObject({ pid, adopted: true })
    expect(await place.redis().call('CONFIG', 'GET', 'appendfsync')).toEqual(['appendfsync', 'always'])
  })

  test('that was stopped is not replaced: two would write one file', async ({ place }) => {
    const { pid } = await place.running()
    process.kill(pid, 'SIGSTOP')
    const state = await place.server().ensure()
    process.kill(pid, 'SIGCONT')
    expect(state).toMatchObject({
      kind: 'failed',
      why: `redis-server (process ${pid}) is stopped`,
      fix: `Let it go on: kill -CONT ${pid}`,
    })
    expect(serversIn(place.dir)).toEqual([pid])
  })

  test('waits for one that loads much', async ({ place }) => {
    const { pid } = await place.running()
    await place.redis().call('EVAL', "for i = 1, 8000 do redis.call('SET', 'key:' .. i, 'v') end", 0)
    await place.server().stop()
    expect(lives(pid)).toBe(false)
    // Slows loading down, in microseconds for each key; the rest of our configuration stands.
    const slow = `#!/bin/sh\n[ "$1" = --version ] && exec '${REAL}' --version\nexec '${REAL}' "$1" --key-load-delay 300 --loading-process-events-interval-bytes 1024\n`
    const bin = join(place.stateDir, 'bin')
    mkdirSync(bin)
    writeFileSync(join(bin, `${serverProduct()}-server`), slow, { mode: 0o755 })
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` }
    const impatient = await place.server({ env, loadMs: 300 }).ensure()
    expect(impatient).toMatchObject({ kind: 'failed', fix: 'Wait; it goes on by itself.' })
    expect((impatient as { why: string }).why).toMatch(/still loading its data after 0 s \(\d+ %\)/)
    expect(await place.running()).toMatchObject({ adopted: true })
    expect(await place.redis().call('DBSIZE')).toBe(8000)
  })

  test('a copied project gets a server of its own', async ({ place }) => {
    const first = await place.running()
    await place.redis().call('SET', 'k', 'original')
    const copy = join(place.stateDir, '../copy')
    cpSync(place.dir, join(copy, 'town'), { recursive: true })
    const socket = await serverSocket(copy)
    const there = { kind: 'private', socket, dir: join(copy, 'town'), fsync: 'everysec' } as const
    const second = await createPrivateServer(there, {
      locks: createLocks(),
      procs: createProcs(),
      env: process.env,
    }).ensure()
    expect(second).toMatchObject({ kind: 'running', adopted: false })
    expect((second as { pid: number }).pid).not.toBe(first.pid)
  })

  test('another server on its socket is in the way', async ({ place }) => {
    await place.running()
    const other = {
      kind: 'private',
      socket: place.socket,
      dir: join(place.stateDir, 'other'),
      fsync: 'everysec',
    } as const
    const state = await createPrivateServer(other, {
      locks: createLocks(),
      procs: createProcs(),
      env: process.env,
    }).ensure()
    expect(state).toMatchObject({ kind: 'failed' })
    expect((state as { why: string }).why).toContain(place.dir)
    expect(readdirSync(other.dir).filter((name) => name.startsWith('appendonly'))).toEqual([])
  })

  test('without redis-server the tool is missing; valkey-server serves as well; one that is too old does not', async ({
    place,
  }) => {
    const bin = join(place.stateDir, 'bin')
    mkdirSync(bin)
    expect(await place.server({ env: { PATH: bin } }).ensure()).toEqual({ kind: 'missing-tool' })
    const put = (name: string, text: string) => {
      writeFileSync(join(bin, name), text)
      chmodSync(join(bin, name), 0o755)
    }
    put('valkey-server', `#!/bin/sh\necho 'Redis server v=6.2.7 sha=0'\n`)
    const old = await place.server({ env: { PATH: bin } }).ensure()
    expect(old).toMatchObject({
      kind: 'failed',
      why: `${join(bin, 'valkey-server')} is version 6.2; 7.0 or later is needed`,
    })
    put('valkey-server', `#!/bin/sh\nexec '${REAL}' "$@"\n`)
    expect(await place.server({ env: { PATH: bin } }).ensure()).toMatchObject({ kind: 'running' })
  })
})

test('data that Valkey wrote is read by valkey-server, wherever redis-server stands; without one nothing is started and nothing is called damaged', async ({
  place,
}) => {
  const [bin, data] = [join(place.stateDir, 'bin'), join(place.dir, 'appendonlydir')]
  for (const folder of [bin, data]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  writeFileSync(join(data, 'appendonly.aof.1.base.rdb'), 'VALKEY080rest')
  writeFileSync(join(data, 'appendonly.aof.manifest'), 'file appendonly.aof.1.base.rdb seq 1 type b\n')
  const put = (name: string, text: string) =>
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  put('redis-server', `echo 'Redis server v=7.0.15 sha=0'`)
  const ensure = () => place.server({ env: { PATH: `${bin}:/bin` } }).ensure()
  expect(await ensure()).toMatchObject({
    kind: 'failed',
    why: expect.stringContaining(`was written by Valkey, which ${join(bin, 'redis-server')} cannot read`),
    fix: expect.stringContaining('Install valkey-server'),
  })
  expect(readdirSync(place.dir)).not.toContain('redis.conf')
  put(
    'valkey-server',
    `[ "$1" = --version ] && echo 'Valkey server v=9.1.2' && exit 0\ntouch "\${0%/*}/asked"\nexit 1`,
  )
  expect(await ensure()).toMatchObject({ kind: 'failed' })
  expect(readdirSync(bin)).toContain('asked')
})

describe('damaged data', () => {
  async function written(place: Place): Promise<void> {
    const { pid } = await place.running()
    for (let index = 0; index < 20; index += 1) await place.redis().call('SET', `k${index}`, 'value')
    await place.server().stop()
    expect(lives(pid)).toBe(false)
  }

  test('a cut-off end is accepted and told', async ({ place }) => {
    await written(place)
    const file = aof(place, 'incr')
    truncateSync(file, statSync(file).size - 7)
    const state = await place.running()
    expect(state.note).toContain('cut off')
    expect(await place.redis().call('DBSIZE')).toBe(19)
    // Told for as long as that server runs, to whoever asks.
    expect((await place.running()).note).toBe(state.note)
    await place.server().stop()
    expect((await place.running()).note).toBeUndefined()
  })

  test('damage in the middle is not: it fails with the command that mends it, and that command does', async ({
    place,
  }) => {
    await written(place)
    const file = aof(place, 'incr')
    const bytes = readFileSync(file)
    bytes.write('XXXXXXXX', bytes.indexOf('k10') - 6)
    writeFileSync(file, bytes)
    const state = await place.server().ensure()
    expect(state).toMatchObject({ kind: 'failed' })
    const { why, fix } = state as { why: string; fix: string }
    expect(why).toMatch(/^its append-only file is damaged: Bad file format reading the append only file/)
    expect(readFileSync(file)).toEqual(bytes)
    const commands = fix.split('\n').slice(1).join('\n')
    expect(commands).toContain(`${serverProduct()}-check-aof --fix `)
    expect(spawnSync('sh', ['-ec', commands], { input: 'y\n' }).status).toBe(0)
    expect(await place.running()).toMatchObject({ adopted: false })
    expect(Number(await place.redis().call('DBSIZE'))).toBeGreaterThanOrEqual(5)
  })

  test.for([
    ['a damaged base', (place: Place) => writeFileSync(aof(place, 'base'), 'garbage')],
    ['no base', (place: Place) => rmSync(aof(place, 'base'))],
    [
      'a damaged manifest',
      (place: Place) => writeFileSync(join(place.dir, 'appendonlydir/appendonly.aof.manifest'), 'x'),
    ],
    ['no manifest', (place: Place) => rmSync(join(place.dir, 'appendonlydir/appendonly.aof.manifest'))],
  ] as const)('%s: nothing is written over, and the data is put aside', async ([, damage], { place }) => {
    await written(place)
    damage(place)
    const before = readdirSync(join(place.dir, 'appendonlydir')).map((name) => [
      name,
      readFileSync(join(place.dir, 'appendonlydir', name), 'latin1'),
    ])
    const state = await place.server().ensure()
    expect(state).toMatchObject({ kind: 'failed', fix: expect.stringContaining('appendonlydir.damaged') })
    expect((state as { why: string }).why).toMatch(/^its data /)
    const after = readdirSync(join(place.dir, 'appendonlydir')).map((name) => [
      name,
      readFileSync(join(place.dir, 'appendonlydir', name), 'latin1'),
    ])
    expect(after).toEqual(before)
    expect(spawnSync('sh', ['-ec', (state as { fix: string }).fix.split('\n')[1] ?? 'false']).status).toBe(0)
    expect(await place.running()).toMatchObject({ adopted: false })
  })
})

describe('its log', () => {
  test('is put away when it is large, also while the server runs', async ({ place }) => {
    const { pid } = await place.running()
    const log = join(place.dir, 'redis.log')
    writeFileSync(log, 'x'.repeat(1_100_000))
    await place.running()
    expect(statSync(`${log}.1`).size).toBeGreaterThan(1_000_000)
    await place.redis().call('BGREWRITEAOF')
    await until(() => existsSync(log) && statSync(log).size > 0, 'a new log')
    expect(statSync(log).mode & 0o777).toBe(0o600)
    expect(lives(pid)).toBe(true)
  })
})

describe('stop', () => {
  test('ends it, keeps its data, and says when there was none', async ({ place }) => {
    expect(await place.server().stop()).toEqual({ kind: 'absent' })
    const { pid } = await place.running()
    const ours = place.redis('agents-watchdog')
    await ours.call('SET', 'k', 'kept')
    expect(await place.server().stop()).toEqual({ kind: 'stopped' })
    expect(lives(pid)).toBe(false)
    expect(existsSync(place.socket)).toBe(false)
    expect(await place.server().stop()).toEqual({ kind: 'absent' })
    await place.running()
    expect(await place.redis().call('GET', 'k')).toBe('kept')
  })

  test('not while others use it, unless told so', async ({ place }) => {
    const { pid } = await place.running()
    await place.redis('somebody').call('PING')
    await place.redis('agents-watchdog').call('PING')
    expect(await place.server().stop()).toEqual({ kind: 'used', by: 1 })
    expect(lives(pid)).toBe(true)
    expect(await place.server().stop({ evenIfUsed: true })).toEqual({ kind: 'stopped' })
    expect(lives(pid)).toBe(false)
  })
})

describe('serverSocket', () => {
  test('lies in the state folder, or in a folder of ours alone when that is too deep', async ({ place }) => {
    expect(place.socket).toBe(join(place.stateDir, 'redis.sock'))
    const deep = join(place.stateDir, 'd'.repeat(60), 'e'.repeat(60))
    const tmp = join(place.stateDir, 'tmp')
    mkdirSync(tmp)
    const far = await serverSocket(deep, tmp)
    expect(far).toMatch(/\/tmp\/agents-\d+\/[0-9a-f]{24}\.redis\.sock$/)
    expect(await serverSocket(deep, tmp)).toBe(far)
    expect(statSync(join(far, '..')).mode & 0o777).toBe(0o700)
  })
})

function modes(dir: string): { folders: string[]; files: string[] } {
  const folders = new Set<string>()
  const files = new Set<string>()
  for (const entry of readdirSync(dir, { withFileTypes: true, recursive: true })) {
    const mode = (statSync(join(entry.parentPath, entry.name)).mode & 0o777).toString(8)
    ;(entry.isDirectory() ? folders : files).add(mode)
  }
  return { folders: [...folders], files: [...files] }
}

function target(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return ''
  }
}
