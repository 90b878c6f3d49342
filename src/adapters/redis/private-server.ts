import { readdir, stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { OutsideError, type ProcessId } from '../../core/index.ts'
import { writeAtomic } from '../files/atomic-write.ts'
import { unless } from '../files/errno.ts'
import { rotateFile } from '../files/rotate.ts'
import { ensureFolder } from '../files/safe-folder.ts'
import type { Locks } from '../files/types.ts'
import type { Procs } from '../procs/types.ts'
import { configText, filesOf, type PrivatePlace } from './server-config.ts'
import { failureOf, logSince, noteOf, startEmpty } from './server-log.ts'
import { type Look, look, withLink } from './server-look.ts'
import {
  findProcess,
  findProgram,
  type Program,
  recordProcess,
  type Started,
  startProcess,
} from './server-process.ts'
import { programVersion } from './server-version.ts'
import type { PrivateServer, ServerState } from './types.ts'

export interface PrivateServerDeps {
  locks: Pick<Locks, 'exclusive'>
  procs: Procs
  /** PATH is where the program is looked for. */
  env: NodeJS.ProcessEnv
  /** How long a server may load its data, milliseconds. @default 60_000 */
  loadMs?: number
}

type Failed = Extract<ServerState, { kind: 'missing-tool' | 'failed' }>
type Begun = { kind: 'begun'; started: Started | undefined; program: Program | undefined; logFrom: number }

const POLL_MS = 15
/** For a server that is there to answer, and for one that was told to end. */
const ANSWER_MS = 5_000
/** Until a server that was started has its socket, which it makes before it loads anything. */
const SOCKET_MS = 3_000
const END_MS = 10_000
/** Starting is quick; the lock is held that long only by one who waits for a server that hangs. */
const LOCK_MS = 60_000
const LOG_BYTES = 1024 * 1024

/** A redis-server of the fleet's own; see `PrivateServer`. */
export function createPrivateServer(place: PrivatePlace, deps: PrivateServerDeps): PrivateServer {
  const files = filesOf(place)
  const loadMs = deps.loadMs ?? 60_000
  const locked = <T>(body: () => Promise<T>) => deps.locks.exclusive(files.lock, body, LOCK_MS)

  async function ensure(): Promise<ServerState> {
    const seen = await look(place)
    if (seen.kind === 'ready') {
      if ((await sizeOf(files.log)) > LOG_BYTES) await locked(() => capLog(place))
      return { kind: 'running', pid: seen.pid, adopted: true }
    }
    await ensureFolder(place.dir)
    const begun = await locked(begin)
    return begun.kind === 'begun' ? untilLoaded(begun) : begun
  }

  /** Under the lock: finds the one that is there, or starts one. Not until it has loaded: that may take long. */
  async function begin(): Promise<Begun | Failed> {
    const seen = await look(place)
    const there = await findProcess(place, deps.procs)
    if (seen.kind === 'foreign') return inTheWay(seen.dir)
    if (seen.kind === 'ready' || seen.kind === 'loading') {
      if (there?.pid !== seen.pid) await recordProcess(place, seen.pid, deps.procs)
      return { kind: 'begun', started: undefined, program: undefined, logFrom: 0 }
    }
    if (there !== undefined) {
      const known = await settle(there)
      if (known !== 'gone') return known
    }
    return start()
  }

  /** A process without an answer: it is just starting, it hangs, or its socket was removed. */
  async function settle(there: ProcessId): Promise<Begun | Failed | 'gone'> {
    const from = performance.now()
    let seen: Look
    do {
      seen = await look(place)
      if (seen.kind === 'foreign') return inTheWay(seen.dir)
      if (seen.kind === 'ready' || seen.kind === 'loading')
        return { kind: 'begun', started: undefined, program: undefined, logFrom: 0 }
      if (!(await deps.procs.alive(there))) return 'gone'
      if (await deps.procs.stopped(there.pid)) return isStopped(there.pid)
      await pause(POLL_MS)
    } while (performance.now() - from < (seen.kind === 'silent' ? ANSWER_MS : SOCKET_MS))
    if (seen.kind === 'silent') return hangs(there.pid)
    // Nobody can reach it any more: it writes what it has, and another one takes its place.
    await deps.procs.signal(there, 'SIGTERM')
    return (await gone(there)) ? 'gone' : hangs(there.pid)
  }

  async function start(): Promise<Begun | Failed> {
    const program = findProgram(deps.env)
    if (program === undefined) return { kind: 'missing-tool' }
    const version = await programVersion(program.path)
    if (version !== undefined && version < 7) return tooOld(program.path, version)
    if (await dataWithoutManifest(place)) {
      const why = `its data in ${files.appendOnly} has no manifest, and a server that is started would begin with nothing`
      return { kind: 'failed', why, fix: startEmpty(place) }
    }
    await capLog(place)
    const logFrom = await sizeOf(files.log)
    await writeAtomic(files.config, configText(place))
    const started = await startProcess(place, program, deps.env)
    await recordProcess(place, started.pid, deps.procs)
    let ended = false
    void started.ended.then(() => {
      ended = true
    })
    const until = performance.now() + ANSWER_MS
    while (!ended && performance.now() < until) {
      const seen = await look(place)
      if (seen.kind === 'ready' || seen.kind === 'loading' || seen.kind === 'silent') break
      await pause(POLL_MS)
    }
    return { kind: 'begun', started, program, logFrom }
  }

  async function untilLoaded({ started, program, logFrom }: Begun): Promise<ServerState> {
    const until = performance.now() + loadMs
    let percent: number | undefined
    while (performance.now() < until) {
      const seen = await look(place)
      if (seen.kind === 'ready') {
        const note = started === undefined ? undefined : noteOf(await logSince(place, logFrom))
        return {
          kind: 'running',
          pid: seen.pid,
          adopted: started === undefined,
          ...(note === undefined ? {} : { note }),
        }
      }
      if (seen.kind === 'foreign') return inTheWay(seen.dir)
      if (seen.kind === 'loading') percent = seen.percent
      if (seen.kind === 'absent' && (await findProcess(place, deps.procs)) === undefined) {
        const check = program?.check ?? findProgram(deps.env)?.check ?? 'redis-check-aof'
        return { kind: 'failed', ...failureOf(await logSince(place, logFrom), place, check) }
      }
      await pause(POLL_MS)
    }
    const after = `${Math.round(loadMs / 1000)} s`
    if (percent === undefined)
      return { kind: 'failed', why: `it does not answer after ${after}`, fix: `See its log: ${files.log}` }
    const why = `it is still loading its data after ${after} (${percent} %)`
    return { kind: 'failed', why, fix: 'Wait; it goes on by itself.' }
  }

  async function stop(opts: { evenIfUsed?: boolean } = {}): ReturnType<PrivateServer['stop']> {
    if ((await unless(['ENOENT'], () => stat(place.dir))) === undefined) return { kind: 'absent' }
    return locked(async () => {
      const there = await findProcess(place, deps.procs)
      if (there === undefined) return { kind: 'absent' }
      const seen = await look(place)
      if (seen.kind === 'ready' && opts.evenIfUsed !== true) {
        const by = await usedBy(place)
        if (by > 0) return { kind: 'used', by }
      }
      // It writes and syncs its append-only file, and removes its socket and pid file.
      await deps.procs.signal(there, 'SIGTERM')
      if (await gone(there)) return { kind: 'stopped' }
      throw new OutsideError({
        tool: 'redis',
        code: 'REDIS_SERVER',
        what: `redis-server (process ${there.pid}) does not end`,
        fix: `See ${files.log}, and what it does: ps -p ${there.pid}`,
        retryable: true,
      })
    })
  }

  async function gone(id: ProcessId): Promise<boolean> {
    const until = performance.now() + END_MS
    while (performance.now() < until) {
      if (!(await deps.procs.alive(id))) return true
      await pause(POLL_MS)
    }
    return false
  }

  function inTheWay(dir: string): Failed {
    const why = `another redis-server, whose data is in ${dir}, listens on ${place.socket}`
    return {
      kind: 'failed',
      why,
      fix: 'End it: redis-cli -s SOCKET shutdown'.replace('SOCKET', place.socket),
    }
  }

  return { ensure, stop }
}

function hangs(pid: number): Failed {
  const why = `redis-server (process ${pid}) runs but does not answer`
  return { kind: 'failed', why, fix: `See what it does: ps -p ${pid}` }
}

function isStopped(pid: number): Failed {
  return {
    kind: 'failed',
    why: `redis-server (process ${pid}) is stopped`,
    fix: `Let it go on: kill -CONT ${pid}`,
  }
}

function tooOld(path: string, version: number): Failed {
  return {
    kind: 'failed',
    why: `${path} is version ${version}; 7.0 or later is needed`,
    fix: 'Install Redis 7.0 or later, or Valkey.',
  }
}

/** Clients whose name is not one of ours. */
async function usedBy(place: PrivatePlace): Promise<number> {
  const list = await withLink(place, 2000, async (link) => {
    await link.send(['CLIENT', 'SETNAME', 'agents-stop'])
    return String(await link.send(['CLIENT', 'LIST']))
  })
  return list.split('\n').filter((line) => line.trim() !== '' && !/ name=agents-/.test(line)).length
}

/** Redis would take such a folder for an empty one and write over it. */
async function dataWithoutManifest(place: PrivatePlace): Promise<boolean> {
  const names = (await unless(['ENOENT'], () => readdir(filesOf(place).appendOnly))) ?? []
  return !names.includes('appendonly.aof.manifest') && names.some((name) => /\.(aof|rdb)$/.test(name))
}

/** Redis opens its log anew for each line, so that it may be renamed at any time. */
async function capLog(place: PrivatePlace): Promise<void> {
  const { log } = filesOf(place)
  if ((await sizeOf(log)) > LOG_BYTES) await rotateFile(log, 1)
}

async function sizeOf(path: string): Promise<number> {
  return (await unless(['ENOENT'], () => stat(path)))?.size ?? 0
}
