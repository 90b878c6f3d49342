import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readlinkSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base } from 'vitest'
import { createRedis, type Redis, type RedisOptions } from '../../src/adapters/redis/index.ts'
import { until } from './tmux.ts'

/** A private redis-server on a socket in a short temporary folder. Nothing of it is left when the test is over. */
export interface RedisBench {
  /** Holds the socket, the data, and whatever the test wants to put there. */
  dir: string
  socket: string
  /** Another connection to it; closed with the bench. */
  open(over?: Partial<RedisOptions>): Redis
  /** A connection of the test's own, with a long deadline. */
  raw: Redis
  pid(): number
  signal(name: NodeJS.Signals): void
  /** Ends it as a crash would; resolves when it is gone. */
  crash(): Promise<void>
  /** Starts it again in the same folder, with more lines of configuration; resolves when it takes commands. */
  start(...config: string[]): Promise<void>
  /** The same without waiting. */
  launch(...config: string[]): void
}

const CONFIG = ['port 0', 'save ""', 'appendonly yes', 'enable-debug-command yes', 'loglevel warning']

export function hasRedis(): boolean {
  return spawnSync('redis-server', ['--version']).status === 0
}

/** What `redis-server` on PATH really is: `redis`, or `valkey` under that name (`npm run test:valkey`). */
export function serverProduct(): string {
  const text = spawnSync('redis-server', ['--version'], { encoding: 'utf8' }).stdout
  return /^valkey/i.test(text) ? 'valkey' : 'redis'
}

export async function withRedis<T>(use: (bench: RedisBench) => Promise<T>, ...config: string[]): Promise<T> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'r-')))
  const socket = join(dir, 's')
  const opened: Redis[] = []
  let server: ChildProcess | undefined
  let gone: Promise<void> = Promise.resolve()

  const open: RedisBench['open'] = (over = {}) => {
    const redis = createRedis({ socket, name: 'agents-test', ...over } as RedisOptions)
    opened.push(redis)
    return redis
  }
  const raw = open({ deadlineMs: 15_000 })

  function launch(...more: string[]): void {
    const child = spawn('redis-server', ['-'], {
      cwd: dir,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: { PATH: process.env.PATH },
    })
    server = child
    gone = new Promise((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end([`unixsocket ${socket}`, `dir ${dir}`, ...CONFIG, ...config, ...more].join('\n'))
  }

  const bench: RedisBench = {
    dir,
    socket,
    open,
    raw,
    pid: () => server?.pid ?? 0,
    signal: (name) => void server?.kill(name),
    async crash() {
      server?.kill('SIGKILL')
      await gone
    },
    launch,
    async start(...more) {
      launch(...more)
      await until(
        () => {
          raw.wake()
          return raw.call('PING').then(
            () => true,
            () => false,
          )
        },
        'redis-server',
        15_000,
      )
    },
  }
  try {
    await bench.start()
    return await use(bench)
  } finally {
    await Promise.all(opened.map((redis) => redis.close()))
    await bench.crash()
    await leftBehind(dir)
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** Ends every redis-server that works in `dir` or below, and fails when there was one that nobody ended. */
async function leftBehind(dir: string): Promise<void> {
  const left = await until(
    () => {
      const found = serversIn(dir)
      return found.length === 0 ? [] : undefined
    },
    'redis-server to end',
    2000,
  ).catch(() => serversIn(dir))
  for (const pid of left) process.kill(pid, 'SIGKILL')
  if (left.length > 0) throw new Error(`redis-server still ran in ${dir}: ${left.join(', ')}`)
}

/** pids of redis-servers whose working folder is `dir` or below. */
export function serversIn(dir: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return []
    try {
      const cwd = readlinkSync(`/proc/${entry}/cwd`).replace(/ \(deleted\)$/, '')
      const runs = readlinkSync(`/proc/${entry}/exe`)
      const server = /(redis|valkey)-(server|check-rdb)/.test(runs)
      return server && (cwd === dir || cwd.startsWith(`${dir}/`)) ? [Number(entry)] : []
    } catch {
      // Gone, or not ours.
      return []
    }
  })
}

/** Without redis-server: skipped here, failed in CI. */
export const test = base.extend<{ bench: RedisBench }>({
  bench: async ({ skip }, use) => {
    if (!hasRedis() && process.env.CI !== 'true') skip('redis-server is not installed')
    await withRedis(use)
  },
})

/** The code an operation fails with; `done` when it does not fail. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: { code?: string }) => error.code ?? String(error),
  )
}
