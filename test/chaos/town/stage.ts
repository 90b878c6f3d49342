import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedis, type Redis } from '../../../src/adapters/redis/index.ts'
import { type RedisProxy, startProxy } from '../../support/redis-proxy.ts'
import { hands, type Mode, mailboxes, type Part, parts, TOWN, writers } from './cast.ts'
import { type Journal, openJournal } from './journal.ts'

/** One server, one bad network, and everybody who lives in the town, each in a process of its own. */
export interface Stage {
  dir: string
  /** Of the server itself. */
  socket: string
  journals: string
  journal: Journal
  /** Straight to the server, with patience. */
  redis: Redis
  proxy: RedisProxy
  raise(): Promise<void>
  /** The server's process; undefined while it is away. */
  server(): ChildProcess | undefined
  /** Kills the server and starts it again after a while; resolves when it answers. */
  restart(signal: NodeJS.Signals, awayMs: number): Promise<void>
  actor(name: string): ChildProcess | undefined
  /** Kills one and starts its next life. */
  kill(name: string): Promise<void>
  tell(names: readonly string[], mode: Mode): void
  /** Until all of these are idle. */
  idle(names: readonly string[], withinMs: number): Promise<boolean>
  /** Everybody who has a mailbox is in town: what the watchdog does from its ledger. */
  settle(): Promise<void>
  end(keep: boolean): Promise<void>
}

/** As the private server of a fleet, with DEBUG for the digest of all data. */
const CONFIG = [
  'port 0',
  'save ""',
  'appendonly yes',
  'appendfsync everysec',
  'aof-load-truncated yes',
  'maxmemory-policy noeviction',
  'enable-debug-command yes',
  'loglevel warning',
]

/** @param program the bundled actor.ts */
export async function openStage(program: string, seed: number): Promise<Stage> {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ct-')))
  const journals = join(dir, 'journals')
  mkdirSync(journals)
  const socket = join(dir, 's')
  const proxied = join(dir, 'p')
  const redis = createRedis({ socket, name: 'agents-chaos', deadlineMs: 5_000 })
  const proxy = await startProxy(proxied, socket)
  const actors = new Map<string, { child: ChildProcess; idle: boolean; lives: number }>()
  let mode: Mode = 'run'
  let server: ChildProcess | undefined
  const ended = (child: ChildProcess) =>
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise<void>((resolve) => child.once('exit', () => resolve()))

  async function launch(): Promise<void> {
    const child = spawn('redis-server', ['-'], { cwd: dir, stdio: ['pipe', 'ignore', 'ignore'] })
    child.stdin?.end([`unixsocket ${socket}`, `dir ${dir}`, ...CONFIG].join('\n'))
    server = child
    for (const until = Date.now() + 20_000; ; ) {
      redis.wake()
      if (
        await redis.call('PING').then(
          (reply) => reply === 'PONG',
          () => false,
        )
      )
        return
      if (Date.now() > until || child.exitCode !== null) throw new Error('redis-server did not start')
      await sleep(10)
    }
  }

  function enter(part: Part, lives: number): void {
    const at = part.proxied ? proxied : socket
    const start = { part, socket: at, journal: journals, seed: seed * 1000 + lives * 37 + part.name.length }
    const child = spawn(process.execPath, [program, JSON.stringify(start)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: process.env.PATH },
    })
    const own = { child, idle: false, lives }
    actors.set(part.name, own)
    child.on('message', () => {
      own.idle = true
    })
    child.on('error', () => undefined)
    if (mode !== 'run') send(part.name, mode)
  }

  function send(name: string, wanted: Mode): void {
    const actor = actors.get(name)
    if (actor === undefined) return
    actor.idle = false
    if (actor.child.connected) actor.child.send(wanted, () => undefined)
  }

  const journal = openJournal(journals, 'runner')
  const stage: Stage = {
    dir,
    socket,
    journals,
    journal,
    redis,
    proxy,
    async raise() {
      await launch()
      await stage.settle()
      for (const part of parts) enter(part, 0)
    },
    server: () => server,
    async restart(signal, awayMs) {
      const old = server
      if (old !== undefined) {
        old.kill(signal)
        old.kill('SIGCONT')
        // Asked to end, it waits for its disk.
        await Promise.race([ended(old), sleep(5_000)])
        old.kill('SIGKILL')
        await ended(old)
      }
      const gone = Date.now()
      await sleep(awayMs)
      journal.note({ op: 'down', since: gone })
      await launch()
    },
    actor: (name) => actors.get(name)?.child,
    async kill(name) {
      const part = parts.find((one) => one.name === name)
      const old = actors.get(name)
      if (part === undefined || old === undefined) return
      old.child.kill('SIGKILL')
      await ended(old.child)
      enter(part, old.lives + 1)
    },
    tell(names, wanted) {
      mode = wanted
      for (const name of names) send(name, wanted)
    },
    async idle(names, withinMs) {
      for (const until = Date.now() + withinMs; Date.now() < until; await sleep(10))
        if (names.every((name) => actors.get(name)?.idle === true)) return true
      return false
    },
    async settle() {
      const records = { ...mailboxes, ...writers, ...hands }
      for (const [name, id] of Object.entries(records)) {
        const state = name === 'gone' ? 'stopped' : 'idle'
        await redis.call('HSET', `tt:${TOWN}:agent:${id}`, 'id', id, 'name', name, 'state', state)
      }
    },
    async end(keep) {
      for (const { child } of actors.values()) child.kill('SIGKILL')
      await Promise.all([...actors.values()].map(({ child }) => ended(child)))
      await redis.close()
      await proxy.close()
      server?.kill('SIGKILL')
      if (server !== undefined) await ended(server)
      if (!keep && existsSync(dir)) rmSync(dir, { recursive: true, force: true })
    },
  }
  return stage
}
