import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessId } from '../../core/index.ts'
import { ensureFolder } from '../files/safe-folder.ts'
import type { Locks } from '../files/types.ts'
import type { Procs } from '../procs/types.ts'
import { filesOf, type PrivatePlace } from './server-config.ts'
import { type Failed, hangs, inTheWay, isStopped, slow } from './server-failures.ts'
import { capLog, failureOf, logSince, noteOf } from './server-log.ts'
import { type Look, look, setSync } from './server-look.ts'
import { findProcess, findProgram, noteFor, recordProcess } from './server-process.ts'
import { type Begun, startServer } from './server-start.ts'
import { ended, stopServer } from './server-stop.ts'
import type { PrivateServer, ServerState } from './types.ts'

export interface PrivateServerDeps {
  locks: Pick<Locks, 'exclusive'>
  procs: Procs
  /** PATH is where the program is looked for. */
  env: NodeJS.ProcessEnv
  /** How long a server may load its data, milliseconds. @default 60_000 */
  loadMs?: number
}

const POLL_MS = 15
/** For a server that takes connections, to answer. */
const ANSWER_MS = 5_000
/** For a process to have its socket, which it makes before it loads anything. */
const SOCKET_MS = 3_000
/** Starting is quick; the lock is held that long only by one who waits for a server that hangs. */
const LOCK_MS = 60_000

const ADOPTED: Begun = { kind: 'begun', adopted: true, check: undefined, logFrom: undefined }

/** A redis-server of the fleet's own; see `PrivateServer`. */
export function createPrivateServer(place: PrivatePlace, deps: PrivateServerDeps): PrivateServer {
  const { procs } = deps
  const loadMs = deps.loadMs ?? 60_000
  const locked = <T>(body: () => Promise<T>) => deps.locks.exclusive(filesOf(place).lock, body, LOCK_MS)

  async function ensure(): Promise<ServerState> {
    const seen = await look(place)
    if (seen.kind === 'ready') return ready(seen, ADOPTED)
    await ensureFolder(place.dir)
    const begun = await locked(begin)
    return begun.kind === 'begun' ? untilLoaded(begun) : begun
  }

  /** Under the lock: finds the one that is there, or starts one. Not until it has loaded: that may take long. */
  async function begin(): Promise<Begun | Failed> {
    const seen = await look(place)
    if (seen.kind === 'foreign') return inTheWay(place, seen.dir)
    const there = await findProcess(place, procs)
    if (seen.kind === 'ready' || seen.kind === 'loading') {
      if (there?.pid !== seen.pid) await recordProcess(place, seen.pid, procs)
      return ADOPTED
    }
    const known = there === undefined ? 'gone' : await settle(there)
    return known === 'gone' ? startServer(place, procs, deps.env) : known
  }

  /** A process without an answer: it is just starting, it hangs, or its socket was removed. */
  async function settle(there: ProcessId): Promise<Begun | Failed | 'gone'> {
    const from = performance.now()
    let seen: Look
    do {
      seen = await look(place)
      if (seen.kind === 'foreign') return inTheWay(place, seen.dir)
      if (seen.kind === 'ready' || seen.kind === 'loading') return ADOPTED
      if (!(await procs.alive(there))) return 'gone'
      if (await procs.stopped(there.pid)) return isStopped(there.pid)
      await pause(POLL_MS)
    } while (performance.now() - from < (seen.kind === 'silent' ? ANSWER_MS : SOCKET_MS))
    if (seen.kind === 'silent') return hangs(there.pid)
    // Nobody can reach it any more: it writes what it has, and another one takes its place.
    await procs.signal(there, 'SIGTERM')
    return (await ended(there, procs)) ? 'gone' : hangs(there.pid)
  }

  async function untilLoaded(begun: Begun): Promise<ServerState> {
    const until = performance.now() + loadMs
    let percent: number | undefined
    while (performance.now() < until) {
      const seen = await look(place)
      if (seen.kind === 'ready') return ready(seen, begun)
      if (seen.kind === 'foreign') return inTheWay(place, seen.dir)
      if (seen.kind === 'loading') percent = seen.percent
      if (seen.kind === 'absent' && (await findProcess(place, procs)) === undefined) {
        const check = begun.check ?? findProgram(deps.env)?.check ?? 'redis-check-aof'
        return { kind: 'failed', ...failureOf(await logSince(place, begun.logFrom), place, check) }
      }
      await pause(POLL_MS)
    }
    return slow(place, loadMs, percent)
  }

  async function ready(seen: Extract<Look, { kind: 'ready' }>, begun: Begun): Promise<ServerState> {
    const { pid } = seen
    const { adopted } = begun
    if (adopted) {
      await capLog(place, locked)
      // The config was changed since it was started.
      if (seen.fsync !== place.fsync) await setSync(place)
    }
    const found = adopted ? undefined : noteOf(await logSince(place, begun.logFrom))
    if (found !== undefined) await recordProcess(place, pid, procs, found)
    const note = found ?? (await noteFor(place, pid))
    return { kind: 'running', pid, adopted, ...(note === undefined ? {} : { note }) }
  }

  return { ensure, stop: (opts) => stopServer(place, procs, locked, opts?.evenIfUsed ?? false) }
}
