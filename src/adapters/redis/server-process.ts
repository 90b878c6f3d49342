import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:fs'
import { open, readdir, readFile, readlink, realpath, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessId } from '../../core/index.ts'
import { writeAtomic } from '../files/atomic-write.ts'
import { filesError } from '../files/errno.ts'
import { type Owner, ownOwner } from '../files/owner.ts'
import { parseJson } from '../files/record.ts'
import { readRegular } from '../files/safe-open.ts'
import { findOnPath } from '../files/search-path.ts'
import type { Procs } from '../procs/types.ts'
import { filesOf, type PrivatePlace } from './server-config.ts'

/** Whose programs serve, in the order in which they are looked for. */
const PRODUCTS = ['redis', 'valkey'] as const

export interface Program {
  path: string
  /** Of the same kind: `redis-check-aof`. */
  check: string
}

/**
 * The program that serves; undefined when PATH has none.
 * @param valkeyFirst its data was written by Valkey. @default false
 */
export function findProgram(env: NodeJS.ProcessEnv, valkeyFirst = false): Program | undefined {
  for (const product of valkeyFirst ? PRODUCTS.toReversed() : PRODUCTS) {
    const path = findOnPath(`${product}-server`, env.PATH)
    // It is started in another folder.
    if (path !== undefined) return { path: resolve(path), check: `${product}-check-aof` }
  }
  return undefined
}

/** What a server gets of our environment: no secrets, which it would show in INFO or a crash report. */
const VARIABLES = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR']

/** To go into the background, and then to be found. Milliseconds. */
const AWAY_MS = 5_000
const FOUND_MS = 2_000
const POLL_MS = 15

/**
 * Starts it in a session of its own, with nothing of ours open and not below us: whoever ends this process with everything
 * under it (a frozen watchdog, a round of a worker) leaves the server alone. It goes there by itself (`daemonize`). The
 * shell is there for the umask, which Node can only change for the whole process; it is replaced by the server.
 * @returns its pid; undefined: it ended at once
 */
export async function startProcess(
  place: PrivatePlace,
  program: Program,
  procs: Procs,
  env: NodeJS.ProcessEnv,
): Promise<number | undefined> {
  const { log, config, pid } = filesOf(place)
  // Of the last one, which is gone.
  await rm(pid, { force: true })
  const { O_WRONLY, O_CREAT, O_APPEND, O_NOFOLLOW } = constants
  const out = await open(log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600).catch((cause: unknown) => {
    throw filesError('FILES_WRITE', `${log} cannot be written`, cause)
  })
  try {
    const launcher = spawn('/bin/sh', ['-c', 'umask 077; exec "$0" "$1"', program.path, config], {
      cwd: place.dir,
      detached: true,
      env: Object.fromEntries(
        VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])),
      ),
      stdio: ['ignore', out.fd, out.fd],
    })
    launcher.unref()
    const left = await launched(launcher)
    if (left === 'stays') return launcher.pid
    return left === 'away' ? await appeared(place, procs) : undefined
  } finally {
    await out.close()
  }
}

/** `stays`: a program that does not go into the background. */
function launched(launcher: ChildProcess): Promise<'away' | 'failed' | 'stays'> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => resolve('stays'), AWAY_MS)
    launcher.once('exit', (status) => {
      clearTimeout(late)
      resolve(status === 0 ? 'away' : 'failed')
    })
    launcher.once('error', (cause) => {
      clearTimeout(late)
      reject(filesError('FILES_START', 'redis-server cannot be started', cause))
    })
  })
}

async function appeared(place: PrivatePlace, procs: Procs): Promise<number | undefined> {
  const until = performance.now() + FOUND_MS
  while (performance.now() < until) {
    const there = await findProcess(place, procs)
    if (there !== undefined) return there.pid
    await pause(POLL_MS)
  }
  return undefined
}

/**
 * Notes which process serves this folder, so that it is known for certain also when it does not answer.
 * @param note what its start found in the data
 */
export async function recordProcess(
  place: PrivatePlace,
  pid: number,
  procs: Procs,
  note?: string,
): Promise<void> {
  const id = await procs.identify(pid)
  if (id === undefined) return
  const { boot } = await ownOwner()
  const record = { ...id, boot, dir: await realpath(place.dir), note }
  await writeAtomic(filesOf(place).record, `${JSON.stringify(record)}\n`)
}

/** The process that serves this folder, whether it answers or not. */
export async function findProcess(place: PrivatePlace, procs: Procs): Promise<ProcessId | undefined> {
  const dir = await realpath(place.dir)
  const recorded = await readRecord(place, dir)
  if (recorded !== undefined && recorded.boot === (await ownOwner()).boot && (await procs.alive(recorded)))
    return recorded
  const pid = process.platform === 'linux' ? await workingIn(dir) : await fromPidFile(place, procs)
  return pid === undefined ? undefined : procs.identify(pid)
}

/** What the start of this process found in the data; undefined: nothing. */
export async function noteFor(place: PrivatePlace, pid: number): Promise<string | undefined> {
  const record = await readRecord(place, await realpath(place.dir))
  return record?.pid === pid ? record.note : undefined
}

type ServerRecord = Owner & { note: string | undefined }

async function readRecord(place: PrivatePlace, dir: string): Promise<ServerRecord | undefined> {
  const read = await readRegular(filesOf(place).record, 4096)
  if (read.kind !== 'ok') return undefined
  const { pid, start, boot, dir: recorded, note } = (parseJson(read.text) ?? {}) as { [key: string]: unknown }
  if (typeof pid !== 'number' || typeof start !== 'string' || typeof boot !== 'string') return undefined
  // A copied folder brings the record of the server of the original.
  if (recorded !== dir) return undefined
  return { pid, start, boot, note: typeof note === 'string' ? note : undefined }
}

const SERVES = /(redis|valkey)-server$/

/** A server's working folder is that of its data, and its title names it; the forks that write its files have another. */
async function workingIn(dir: string): Promise<number | undefined> {
  const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))
  for (const entry of entries) {
    const cwd = await readlink(`/proc/${entry}/cwd`).catch(() => undefined)
    // Deleted: somebody removed the folder under it and made it anew; it is as lost as one without its socket.
    if (cwd !== dir && cwd !== `${dir} (deleted)`) continue
    const title = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    if (SERVES.test(title.split(/[\0 ]/)[0] ?? '')) return Number(entry)
  }
  return undefined
}

async function fromPidFile(place: PrivatePlace, procs: Procs): Promise<number | undefined> {
  const read = await readRegular(filesOf(place).pid, 64)
  if (read.kind !== 'ok') return undefined
  const proc = (await procs.table()).get(Number(read.text.trim()))
  return proc !== undefined && SERVES.test(proc.command) ? proc.pid : undefined
}
