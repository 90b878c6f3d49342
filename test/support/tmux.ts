import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { test as base } from 'vitest'
import { createTmux, type NewSession, type Tmux, type TmuxOptions } from '../../src/adapters/tmux/index.ts'
import type { PaneSight } from '../../src/core/index.ts'

/** A private tmux server on a socket in a short temporary folder. Nothing of it is left when the test is over. */
export interface TmuxBench {
  /** Holds the socket, and whatever the test wants to put there. */
  dir: string
  socket: string
  options: TmuxOptions
  /** Another adapter on the same server; closed with the bench. */
  open(over?: Partial<TmuxOptions>): Tmux
  /** One plain tmux client, as a person would type it. */
  raw(...args: string[]): { status: number | null; stdout: string; stderr: string }
  /** pid of the server, as the server says it. */
  serverPid(): number
  spec(session: string, argv?: readonly string[], over?: Partial<NewSession>): NewSession
}

/** Marks every process that a bench starts, so that the end of the test can find them all. */
const MARK = 'AGENTS_TEST_BENCH'

export function createBench(): TmuxBench & { end(): Promise<void> } {
  const dir = mkdtempSync(join(tmpdir(), 'f-'))
  const socket = join(dir, 't')
  const env = { PATH: process.env.PATH ?? '', HOME: dir, [MARK]: dir }
  const options: TmuxOptions = {
    server: { kind: 'path', path: socket },
    keeper: { session: 'keeper', tag: { project: dir, agent: 'keeper', run: 'k1' }, dir },
    serverEnv: env,
  }
  const opened: Tmux[] = []
  const raw: TmuxBench['raw'] = (...args) => {
    const done = spawnSync('tmux', ['-u', '-S', socket, ...args], { env, encoding: 'utf8', timeout: 5000 })
    return { status: done.status, stdout: done.stdout.trimEnd(), stderr: done.stderr.trimEnd() }
  }
  return {
    dir,
    socket,
    options,
    open(over) {
      const tmux = createTmux({ ...options, ...over })
      opened.push(tmux)
      return tmux
    },
    raw,
    serverPid: () => Number(raw('display-message', '-p', '#{pid}').stdout),
    spec: (session, argv = ['/bin/sh', '-c', 'exec cat'], over = {}) => ({
      session,
      dir,
      argv,
      env: { [MARK]: dir },
      tag: { project: dir, agent: session, run: `run-${session}` },
      pipe: undefined,
      ...over,
    }),
    async end() {
      await Promise.all(opened.map((tmux) => tmux.close()))
      await killMarked(dir)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

export async function withTmux<T>(use: (bench: TmuxBench) => Promise<T>): Promise<T> {
  const bench = createBench()
  try {
    return await use(bench)
  } finally {
    await bench.end()
  }
}

export const test = base.extend<{ bench: TmuxBench }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixture's needs from this pattern
  bench: async ({}, use) => {
    await withTmux(use)
  },
})

/** The panes of a scan that must succeed, keeper left out. */
export async function panesOf(tmux: Tmux): Promise<PaneSight[]> {
  const scan = await tmux.scan()
  if (scan.kind !== 'ok') throw new Error(`scan: ${JSON.stringify(scan)}`)
  return scan.panes.filter((pane) => pane.sessionName !== 'keeper')
}

export async function created(tmux: Tmux, spec: NewSession) {
  const result = await tmux.newSession(spec)
  if (result.kind !== 'created') throw new Error(`newSession: ${JSON.stringify(result)}`)
  return result
}

/** Waits until `probe` answers something true, at most `ms` milliseconds. */
export async function until<T>(
  probe: () => T | Promise<T>,
  what = 'the condition',
  ms = 5000,
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + ms
  for (;;) {
    const value = await probe()
    if (value) return value as Exclude<T, false | null | undefined>
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain for ${what}`)
    await sleep(5)
  }
}

/** True when the process lives and is no zombie. */
export function lives(pid: number): boolean {
  const state = execFileSync('sh', ['-c', `ps -o stat= -p ${pid} || true`], { encoding: 'utf8' }).trim()
  return state !== '' && !state.startsWith('Z')
}

async function killMarked(dir: string): Promise<void> {
  const wanted = `${MARK}=${dir}`
  for (let tries = 0; tries < 200; tries++) {
    const left = marked(wanted)
    if (left.length === 0) return
    for (const pid of left) killNow(pid)
    await sleep(10)
  }
  throw new Error(`processes of ${dir} would not end`)
}

function marked(wanted: string): number[] {
  if (process.platform === 'linux') {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
    return pids.filter((pid) => environOf(pid).includes(wanted)).map(Number)
  }
  const table = spawnSync('ps', ['-axEww', '-o', 'pid=,command='], { encoding: 'utf8' }).stdout
  return table
    .split('\n')
    .filter((row) => row.includes(wanted))
    .map((row) => Number.parseInt(row, 10))
}

function environOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // ended by itself in the meantime
  }
}
