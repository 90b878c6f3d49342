import { stat } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { OutsideError, type ProcessId } from '../../core/index.ts'
import { unless } from '../files/errno.ts'
import type { Procs } from '../procs/types.ts'
import { filesOf, type PrivatePlace } from './server-config.ts'
import { look, withLink } from './server-look.ts'
import { findProcess } from './server-process.ts'
import type { PrivateServer } from './types.ts'

const POLL_MS = 15
/** To write and sync its file. Milliseconds. */
const END_MS = 10_000

export async function stopServer(
  place: PrivatePlace,
  procs: Procs,
  locked: <T>(body: () => Promise<T>) => Promise<T>,
  evenIfUsed: boolean,
): ReturnType<PrivateServer['stop']> {
  if ((await unless(['ENOENT'], () => stat(place.dir))) === undefined) return { kind: 'absent' }
  return locked(async () => {
    const there = await findProcess(place, procs)
    if (there === undefined) return { kind: 'absent' }
    if (!evenIfUsed && (await look(place)).kind === 'ready') {
      const by = await usedBy(place)
      if (by > 0) return { kind: 'used', by }
    }
    // It writes and syncs its append-only file, and removes its socket and pid file.
    await procs.signal(there, 'SIGTERM')
    if (await ended(there, procs)) return { kind: 'stopped' }
    throw new OutsideError({
      tool: 'redis',
      code: 'REDIS_SERVER',
      what: `redis-server (process ${there.pid}) does not end`,
      fix: `See ${filesOf(place).log}, and what it does: ps -p ${there.pid}`,
      retryable: true,
    })
  })
}

/** False when it still lives after some seconds. */
export async function ended(id: ProcessId, procs: Procs): Promise<boolean> {
  const until = performance.now() + END_MS
  while (performance.now() < until) {
    if (!(await procs.alive(id))) return true
    await pause(POLL_MS)
  }
  return false
}

/** Clients whose name is not one of ours. */
async function usedBy(place: PrivatePlace): Promise<number> {
  const list = await withLink(place, 2000, async (link) => {
    await link.send(['CLIENT', 'SETNAME', 'agents-stop'])
    return String(await link.send(['CLIENT', 'LIST']))
  })
  return list.split('\n').filter((line) => line.trim() !== '' && !/ name=agents-/.test(line)).length
}
