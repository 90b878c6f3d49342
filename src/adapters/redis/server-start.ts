import { setTimeout as pause } from 'node:timers/promises'
import { writeAtomic } from '../files/atomic-write.ts'
import type { Procs } from '../procs/types.ts'
import { configText, filesOf, type PrivatePlace } from './server-config.ts'
import { lookAtData } from './server-data.ts'
import { type Failed, noManifest, tooOld, writtenByValkey } from './server-failures.ts'
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
  const data = await lookAtData(place)
  const program = findProgram(env, data.byValkey)
  if (program === undefined) return { kind: 'missing-tool' }
  const { version, valkey } = await programVersion(program.path)
  if (version !== undefined && version < 7) return tooOld(program.path, version)
  if (data.byValkey && !valkey) return writtenByValkey(place, program.path)
  if (data.withoutManifest) return noManifest(place)
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
