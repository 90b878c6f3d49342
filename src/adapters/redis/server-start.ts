import { readdir } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { writeAtomic } from '../files/atomic-write.ts'
import { unless } from '../files/errno.ts'
import type { Procs } from '../procs/types.ts'
import { configText, filesOf, type PrivatePlace } from './server-config.ts'
import { type Failed, noManifest, tooOld } from './server-failures.ts'
import { logSize, rotateLog } from './server-log.ts'
import { look } from './server-look.ts'
import { findProgram, recordProcess, startProcess } from './server-process.ts'
import { programVersion } from './server-version.ts'

/** A server that is there, loading its data or done with it. */
export interface Begun {
  kind: 'begun'
  /** It was there; false: it was started just now. */
  adopted: boolean
  /** The program that mends its data. */
  check: string | undefined
  /** Where the log of this start begins; undefined: it was not us. */
  logFrom: number | undefined
}

const POLL_MS = 15
/** Until it answers anything. Milliseconds. */
const FIRST_WORD_MS = 5_000

/** Under the lock, and only where none runs: two would write one file. */
export async function startServer(
  place: PrivatePlace,
  procs: Procs,
  env: NodeJS.ProcessEnv,
): Promise<Begun | Failed> {
  const program = findProgram(env)
  if (program === undefined) return { kind: 'missing-tool' }
  const version = await programVersion(program.path)
  if (version !== undefined && version < 7) return tooOld(program.path, version)
  if (await dataWithoutManifest(place)) return noManifest(place)
  await rotateLog(place)
  const logFrom = await logSize(place)
  await writeAtomic(filesOf(place).config, configText(place))
  const started = await startProcess(place, program, procs, env)
  if (started !== undefined) {
    await recordProcess(place, started, procs)
    await firstWord(place, procs, started)
  }
  return { kind: 'begun', adopted: false, check: program.check, logFrom }
}

/** Until it answers, be it that it loads, or has ended. */
async function firstWord(place: PrivatePlace, procs: Procs, pid: number): Promise<void> {
  const id = await procs.identify(pid)
  const until = performance.now() + FIRST_WORD_MS
  while (id !== undefined && performance.now() < until) {
    if ((await look(place)).kind !== 'absent' || !(await procs.alive(id))) return
    await pause(POLL_MS)
  }
}

/** Redis would take such a folder for an empty one and write over it. */
async function dataWithoutManifest(place: PrivatePlace): Promise<boolean> {
  const names = (await unless(['ENOENT'], () => readdir(filesOf(place).appendOnly))) ?? []
  return !names.includes('appendonly.aof.manifest') && names.some((name) => /\.(aof|rdb)$/.test(name))
}
