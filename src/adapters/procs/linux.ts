import { closeSync, openSync, readSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parseStat } from './parse-stat.ts'
import { type ProcessSource, tableError } from './source.ts'
import type { Proc } from './types.ts'

/** Reading a `stat` file takes about 10 µs and never touches a disk; after so many the event loop gets a turn. */
const BATCH = 256
const ENVIRON_READERS = 16
const RUN = Buffer.from('AGENTS_RUN=')
/** A process this old has long become what it was started to be: its environment is read once. Clock ticks of 10 ms. */
const SETTLED_TICKS = 500

/** Processes as `/proc` tells them. @param root for tests, another folder of the same form. @default '/proc' */
export function createLinuxSource(root = '/proc'): ProcessSource {
  const buffer = Buffer.allocUnsafe(4096)

  function one(pid: number): Proc | undefined {
    const text = readSmall(join(root, String(pid), 'stat'), buffer)
    return text === undefined ? undefined : parseStat(text)
  }

  async function list(): Promise<Proc[]> {
    const procs: Proc[] = []
    let read = 0
    for (const name of await readdir(root).catch(raise)) {
      const pid = Number(name)
      if (!Number.isInteger(pid)) continue
      const proc = one(pid)
      if (proc !== undefined) procs.push(proc)
      read += 1
      if (read % BATCH === 0) await nextTurn()
    }
    return procs
  }

  /** What settled processes carried at the last look. A program that replaces itself changes its name, and is read anew. */
  let known = new Map<string, string | undefined>()

  async function runs(procs: readonly Proc[]): Promise<Map<number, string>> {
    const found = new Map<number, string>()
    const kept = new Map<string, string | undefined>()
    const settledAt = ticksSinceBoot(join(root, 'uptime'), buffer) - SETTLED_TICKS
    const rest = procs.values()
    const reader = async () => {
      for (const proc of rest) {
        const key = `${proc.pid} ${proc.start} ${proc.command}`
        const run = known.has(key) ? known.get(key) : await readRun(join(root, String(proc.pid), 'environ'))
        if (run !== undefined) found.set(proc.pid, run)
        if (Number(proc.start) < settledAt) kept.set(key, run)
      }
    }
    await Promise.all(Array.from({ length: ENVIRON_READERS }, reader))
    known = kept
    return found
  }

  /** Second field of schedstat: nanoseconds on a run queue. */
  async function waited(procs: readonly Proc[]): Promise<number> {
    let waitedNs = 0
    for (const proc of procs) {
      const tasks = join(root, String(proc.pid), 'task')
      for (const task of (await readdir(tasks).catch(goneOrThrow)) ?? []) {
        const text = readSmall(join(tasks, task, 'schedstat'), buffer)
        waitedNs += Number(text?.split(' ')[1] ?? 0)
      }
    }
    return waitedNs / 1e6
  }

  async function age(pid: number): Promise<number | undefined> {
    const start = one(pid)?.start
    if (start === undefined) return undefined
    return Math.max(0, 10 * (ticksSinceBoot(join(root, 'uptime'), buffer) - Number(start)))
  }

  return { startsProcess: false, one: async (pid) => one(pid), list, age, waited, runs }
}

/** The process left while we looked, or is another user's. */
const NOT_OURS = ['ENOENT', 'ESRCH', 'EACCES', 'EPERM']

/** Too few descriptors, say, must not look like a death. @throws {OutsideError} `PROCESS_TABLE` */
function goneOrThrow(error: unknown): undefined {
  if (NOT_OURS.includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
  throw tableError(error)
}

function raise(error: unknown): never {
  throw tableError(error)
}

/** 0 where it cannot be read: then no process counts as settled. */
function ticksSinceBoot(path: string, buffer: Buffer): number {
  return Number.parseFloat(readSmall(path, buffer) ?? '0') * 100
}

/** undefined when the process is gone meanwhile. */
function readSmall(path: string, buffer: Buffer): string | undefined {
  let fd: number | undefined
  try {
    fd = openSync(path, 'r')
    return buffer.toString('latin1', 0, readSync(fd, buffer, 0, buffer.length, 0))
  } catch (error) {
    return goneOrThrow(error)
  } finally {
    if (fd !== undefined) closeSync(fd)
  }
}

/** undefined too for processes of other users and for those that left while we looked. */
async function readRun(path: string): Promise<string | undefined> {
  try {
    return findRun(await readFile(path))
  } catch (error) {
    return goneOrThrow(error)
  }
}

/** The value of `AGENTS_RUN` in a NUL-separated environment. */
export function findRun(environ: Buffer): string | undefined {
  for (let at = environ.indexOf(RUN); at !== -1; at = environ.indexOf(RUN, at + 1)) {
    if (at > 0 && environ[at - 1] !== 0) continue
    const end = environ.indexOf(0, at)
    return environ.toString('utf8', at + RUN.length, end === -1 ? environ.length : end)
  }
  return undefined
}
