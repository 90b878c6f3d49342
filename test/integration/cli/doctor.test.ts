import { chmod, mkdir, mkdtemp, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEventLog } from '../../../src/adapters/files/event-log.ts'
import { createLocks } from '../../../src/adapters/files/locks.ts'
import { createHost } from '../../../src/adapters/host/host.ts'
import { serveControl } from '../../../src/adapters/socket/index.ts'
import { presets } from '../../../src/backends/presets/index.ts'
import { fakeFleet, fakeStatus, play } from '../../../src/cli/testing/fake-deps.ts'
import type { CliDeps } from '../../../src/cli/types.ts'
import { resolveBackends } from '../../../src/config/backends.ts'
import type { AgentSpec, Fleet, StatusReport, TownSpec } from '../../../src/core/index.ts'

let logDir: string
let stateDir: string
beforeEach(async () => {
  logDir = await mkdtemp(join(await realpath(tmpdir()), 'ag-'))
  stateDir = join(logDir, 'state')
  await mkdir(stateDir, { mode: 0o700 })
})
afterEach(() => rm(logDir, { recursive: true, force: true }))

const mode = async (path: string) => (await stat(path)).mode & 0o777

/** A pid that nobody has: the highest that Linux and macOS give is lower. */
const NOBODY = 2 ** 22 + 12_345

async function doctor(
  args: string[],
  parts: Partial<CliDeps> = {},
  status: Partial<StatusReport> = {},
  more: Partial<Fleet> = {},
) {
  const fleet = fakeFleet({ logDir, stateDir, ...more })
  const events = async () => createEventLog(logDir, { locks: createLocks() })
  const played = await play(['doctor', '--json', ...args], {
    fleet,
    control: { status: () => Promise.resolve(fakeStatus(status)) },
    deps: { host: async () => createHost(process.env), events, ...parts },
  })
  const { checks } = JSON.parse(played.out) as {
    checks: { id: string; level: string; what: string; fix?: string }[]
  }
  return {
    ...played,
    checks,
    bad: checks.filter((check) => !['ok', 'fixed'].includes(check.level) && check.id !== 'disk'),
  }
}

test('a healthy fleet is healthy', async () => {
  const found = await doctor([])
  expect(found.bad).toEqual([])
  expect(found.exit).toBe(0)
  expect(found.checks.map((check) => check.id)).toEqual(
    expect.arrayContaining([
      'tool.node',
      'tool.tmux',
      'tool.git',
      'config',
      'permissions.state',
      'disk',
      'logs.size',
      'events.chain',
      'tmux.server',
      'watchdog',
    ]),
  )
})

test('what others can read is found, and mended with --fix', async () => {
  const log = join(logDir, 'p-builder.log')
  const kickoff = join(stateDir, 'kickoff-p-builder.txt')
  await writeFile(log, 'x', { mode: 0o644 })
  await writeFile(kickoff, 'secret', { mode: 0o640 })
  const project = { configPath: join(logDir, 'project', 'agents.toml') }
  const tinytown = join(logDir, 'project', 'tinytown.toml')
  await mkdir(dirname(tinytown))
  await writeFile(tinytown, 'name = "x"', { mode: 0o644 })
  await chmod(logDir, 0o755)
  const found = await doctor([], {}, {}, project)
  expect(found.exit).toBe(1)
  expect(found.bad.map((check) => check.id)).toEqual(['permissions.log', 'permissions.files'])
  expect(found.bad[1]?.fix).toBe('agents doctor --fix')
  expect(await mode(kickoff)).toBe(0o640)
  expect((await doctor(['--fix'], {}, {}, project)).exit).toBe(0)
  expect([await mode(logDir), await mode(log), await mode(kickoff)]).toEqual([0o700, 0o600, 0o600])
  expect(await mode(tinytown)).toBe(0o600)
  expect((await doctor([], {}, {}, project)).bad).toEqual([])
})

test('what the dead left behind is found, and removed with --fix', async () => {
  const private_ = { mode: 0o600 }
  await writeFile(join(stateDir, 'watchdog.pid'), `{"pid":${NOBODY},"start":"1","boot":"b"}\n`, private_)
  await writeFile(join(stateDir, `.agents-memory.${NOBODY}.0123456789abcdef.tmp`), '', private_)
  await writeFile(join(stateDir, `.agents-memory.${process.pid}.0123456789abcdef.tmp`), '', private_)
  await writeFile(join(stateDir, 'limited-p-gone.json'), '{}', private_)
  await writeFile(join(stateDir, 'limited-p-builder.json'), '{}', private_)
  const found = await doctor([])
  expect(found.bad.map((check) => check.id)).toEqual(['stale.watchdog', 'stale.temp', 'stale.limits'])
  const mended = await doctor(['--fix'])
  expect(mended.exit).toBe(0)
  expect(mended.checks.filter((check) => check.level === 'fixed')).toHaveLength(3)
  await stat(join(stateDir, 'limited-p-builder.json'))
  await stat(join(stateDir, `.agents-memory.${process.pid}.0123456789abcdef.tmp`))
  await expect(stat(join(stateDir, 'limited-p-gone.json'))).rejects.toThrow('ENOENT')
})

test('a control socket that answers is fine, one that does not is stale', async () => {
  const path = join(stateDir, 'control.sock')
  const server = createServer((client) => client.destroy()).listen(path)
  await new Promise((resolve) => server.once('listening', resolve))
  await chmod(path, 0o600)
  expect((await doctor([])).checks).toContainEqual({
    id: 'socket.control',
    level: 'ok',
    what: `the watchdog answers at ${path}`,
  })
  await new Promise((resolve) => server.close(resolve))
})

test('how the watchdog fares is told, where one answers', async () => {
  const gauge = {
    ticks: 3,
    recentMs: [40, 20, 30],
    tmuxProcesses: 1,
    rssBytes: 90 * 2 ** 20,
    cpuMs: 50,
    upMs: 5_000,
  }
  const path = join(stateDir, 'control.sock')
  const server = await serveControl(path, (verb) =>
    verb === 'stats' ? Promise.resolve(gauge) : Promise.reject(new Error('not asked for')),
  )
  const found = await doctor([])
  await server.close()
  const pace = found.checks.find((check) => check.id === 'watchdog.pace')
  expect(pace?.what).toBe('ticks take 30 ms, the slowest of 3 took 40 ms; 1.0 % of a core, 90 MiB')
  expect(pace?.level).toBe('ok')
})

test('a changed history is noticed', async () => {
  const log = createEventLog(logDir, { locks: createLocks() })
  for (const because of ['one', 'two', 'three']) await log.append({ kind: 'exit', because })
  await log.flush()
  expect((await doctor([])).checks).toContainEqual({
    id: 'events.chain',
    level: 'ok',
    what: '3 events, none changed or missing',
  })
  const path = join(logDir, 'events.jsonl')
  const { readFile } = await import('node:fs/promises')
  await writeFile(path, (await readFile(path, 'utf8')).replace('"two"', '"2"'))
  const found = await doctor([])
  expect(found.exit).toBe(1)
  expect(found.bad.map((check) => check.id)).toEqual(['events.chain'])
})

test('a missing tool exits 5 with the command that installs it', async () => {
  const empty = join(logDir, 'empty')
  await mkdir(empty, { mode: 0o700 })
  const found = await doctor([], { host: async () => createHost({ PATH: empty }) })
  expect(found.exit).toBe(5)
  expect(found.bad.filter((check) => check.level === 'missing')).toMatchObject([
    { id: 'tool.tmux', fix: 'get tmux' },
    { id: 'tool.git', fix: 'get git' },
  ])
})

test('redis-server is needed by a town on a server of its own, and by nothing else', async () => {
  const bin = join(logDir, 'bin')
  await mkdir(bin, { mode: 0o700 })
  const fleet = fakeFleet({ logDir, stateDir })
  const redis = async (town: Partial<TownSpec>, env: NodeJS.ProcessEnv = {}) => {
    const found = await doctor([], {
      env,
      host: async () => createHost({ PATH: bin }),
      readConfig: async () => ({
        kind: 'ok',
        path: fleet.configPath,
        fleet: { ...fleet, town: { ...fleet.town, ...town } },
        problems: [],
      }),
    })
    return found.checks.find((check) => check.id === 'tool.redis-server')
  }
  expect(await redis({ mode: 'auto' })).toMatchObject({ level: 'ok' })
  expect(await redis({ mode: 'on', redisUrl: 'redis://h' })).toMatchObject({ level: 'ok' })
  expect(await redis({ mode: 'on' }, { REDIS_URL: 'redis://h' })).toMatchObject({ level: 'ok' })
  expect(await redis({ mode: 'on' })).toMatchObject({ level: 'missing', fix: 'get redis-server' })
  const says = (version: string) =>
    writeFile(join(bin, 'valkey-server'), `#!/bin/sh\necho 'Server v=${version} sha=0'\n`, { mode: 0o700 })
  await says('6.2.7')
  expect(await redis({ mode: 'on' })).toMatchObject({ level: 'missing' })
  await says('8.0.1')
  expect(await redis({ mode: 'on' })).toMatchObject({ level: 'ok' })
})

test('an old tmux counts as missing', async () => {
  const bin = join(logDir, 'bin')
  await mkdir(bin, { mode: 0o700 })
  await writeFile(join(bin, 'tmux'), '#!/bin/sh\necho tmux 3.1c\n', { mode: 0o700 })
  const host = async () => createHost({ PATH: `${bin}:${process.env.PATH}` })
  const found = await doctor([], { host })
  expect(found.exit).toBe(5)
  expect(found.bad).toMatchObject([{ id: 'tool.tmux', what: 'tmux 3.1c is older than 3.2.' }])
})

test('a watchdog that should run, sessions nobody asked for, and a tmux that does not answer are said', async () => {
  const found = await doctor(
    [],
    {},
    {
      watchdog: { life: 'down', pid: undefined, since: undefined, session: 'p-watchdog' },
      unmanaged: [{ session: 'p-old', agent: 'old' }],
      tmux: { server: 'unknown', why: 'no answer in 2 s', socket: '/tmp/t' },
    },
  )
  expect(found.exit).toBe(1)
  expect(found.bad).toMatchObject([
    { id: 'tmux.server', level: 'problem' },
    { id: 'watchdog', level: 'problem', fix: 'agents up watchdog' },
    { id: 'unmanaged', level: 'warning', fix: 'agents down old' },
  ])
})

test('a part that breaks is a finding, and the others are examined all the same', async () => {
  const found = await doctor([], { openFleet: () => Promise.reject(new Error('no control\x07')) })
  expect(found.exit).toBe(1)
  expect(found.bad).toMatchObject([
    { id: 'running.broken', what: 'This could not be examined: no control\x07' },
    { id: 'town.broken', what: 'This could not be examined: no control\x07' },
  ])
})

test('without a config the machine alone is examined', async () => {
  const missing = {
    code: 'CONFIG_MISSING',
    severity: 'error' as const,
    file: 'agents.toml',
    key: '',
    what: '',
    fix: '',
  }
  const readConfig = async () => ({ kind: 'refused' as const, path: 'agents.toml', problems: [missing] })
  const found = await doctor([], { readConfig })
  expect(found.exit).toBe(0)
  expect(found.bad).toMatchObject([{ id: 'config', level: 'warning' }])
})

test('notices: a channel that fails and a command that is not there are problems', async () => {
  const notify = {
    command: ['no-such-program-here'],
    webhook: 'https://h.example/x',
    webhookTokenEnv: undefined,
    bell: false,
    on: [],
    batchMs: 0,
    perHour: 1,
    timeoutMs: 1,
  }
  const fleet = fakeFleet({ logDir, stateDir, notify })
  const channel = {
    target: 'x',
    queued: 2,
    sentLastHour: 0,
    perHour: 1,
    nextAt: undefined,
    lastOk: undefined,
  }
  const played = await play(['doctor', '--json'], {
    fleet,
    control: {
      status: () => Promise.resolve(fakeStatus()),
      notifyStatus: () =>
        Promise.resolve([
          { ...channel, channel: 'command' as const, state: 'idle' as const, lastError: undefined },
          {
            ...channel,
            channel: 'webhook' as const,
            state: 'failing' as const,
            lastError: { at: 1, why: 'answered 500' },
          },
        ]),
    },
    deps: { host: async () => createHost(process.env), events: async () => createEventLog(logDir) },
  })
  const { checks } = JSON.parse(played.out) as { checks: { id: string; level: string; what: string }[] }
  const found = checks.filter((check) => check.id.startsWith('notify'))
  expect(found.map((check) => [check.id, check.level])).toEqual([
    ['notify.command', 'problem'],
    ['notify.webhook', 'problem'],
  ])
  expect(found[1]?.what).toContain('answered 500')
  expect(played.exit).toBe(1)
})

test('the service: said when it is not installed, a problem when it does not run', async () => {
  const home = join(logDir, 'home')
  const systemctl = join(logDir, 'systemctl')
  const ask = async (status: number) => {
    await writeFile(systemctl, `#!/bin/sh\ncase $2 in is-active) exit ${status} ;; esac\n`)
    await chmod(systemctl, 0o755)
    const env = { ...process.env, PATH: `${logDir}:${process.env.PATH}` }
    const real = createHost(env)
    // As on Linux, by a user who is not root, with the systemctl above.
    const host = {
      ...real,
      platform: 'linux' as const,
      uid: 1000,
      run: (argv: readonly string[]) =>
        argv[0] === 'systemctl' ? real.run([systemctl, ...argv.slice(1)]) : real.run(argv),
    }
    const parts = { host: async () => host, home, env: {}, self: ['/n', '/e'] }
    const checks = async () => (await doctor([], parts)).checks.find((check) => check.id === 'service')
    const before = await checks()
    await play(['service', 'install'], { fleet: fakeFleet({ logDir, stateDir }), deps: parts })
    return [before, await checks()]
  }
  const [none, good] = await ask(0)
  expect(none).toMatchObject({ level: 'ok', what: expect.stringContaining('not installed') })
  expect(good?.level).not.toBe('problem')
  const [, bad] = await ask(3)
  expect(bad).toMatchObject({ level: 'problem', what: expect.stringContaining('does not run') })
})

test('an agent whose CLI lets no command reach the town is told of, unless something opens it', async () => {
  const town = { town: { state: 'ok' as const, name: 'shop', reasons: [] } }
  const [one] = fakeFleet().agents
  const dir = join(logDir, 'project/below')
  await mkdir(dir, { recursive: true })
  const shut = async (codex: Record<string, unknown>, parts: Partial<AgentSpec> = {}) => {
    const { specs } = resolveBackends({ codex, 'codex-2': { preset: 'codex', ...codex } }, presets, [])
    const agents = ['codex', 'codex-2', 'claude'].map((backend) => ({
      ...one!,
      name: `of-${backend}`,
      backend,
      dir,
      env: { CODEX_HOME: join(logDir, 'codex') },
      ...parts,
    }))
    const { checks } = await doctor([], {}, town, { agents, backends: { ...specs } })
    return checks.find(({ id }) => id === 'town.sandbox')
  }
  const found = await shut({})
  expect(found).toMatchObject({
    level: 'warning',
    what: expect.stringContaining('of-codex, of-codex-2 cannot send'),
  })
  // The line that it names opens it.
  const line = /flags = "([^"]+)"/.exec(found?.fix ?? '')?.[1]
  expect(await shut({ flags: line })).toBeUndefined()
  expect(await shut({}, { inbox: 'off' })).toBeUndefined()
  for (const folder of ['codex', 'project/.codex']) {
    await mkdir(join(logDir, folder), { recursive: true })
    const path = join(logDir, folder, 'config.toml')
    await writeFile(path, '[sandbox_workspace_write]\nnetwork_access = false\n')
    expect(await shut({})).toBeDefined()
    await writeFile(path, '[sandbox_workspace_write]\nnetwork_access = true\n')
    expect(await shut({}), folder).toBeUndefined()
    await rm(path)
  }
})
