import { execFile, execFileSync, spawn } from 'node:child_process'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StatusReport } from '../../src/core/index.ts'
import { faketimeEnv, faketimeLibrary } from '../support/faketime.ts'
import { type Edit, fleetToml, prefix } from './fleet.ts'
import { createScanner, read, type Seen } from './proc-scan.ts'

export interface Run {
  code: number
  out: string
}

/** Stands for a secret in the operator's environment. It must be found nowhere else (INV-40). */
export const canary = 'canary-7f3a9d-chaos'

export interface Box {
  dir: string
  scan(): Seen[]
  agents(args: readonly string[], env?: Record<string, string>, timeoutMs?: number): Promise<Run>
  /** Starts a verb and does not wait. */
  begin(args: readonly string[], env?: Record<string, string>): { pid: number; ended: Promise<Run> }
  status(): Promise<StatusReport | undefined>
  tmux(...args: string[]): Promise<Run>
  /** The tmux server's pid, by its own record of clients or by its socket's owner. */
  serverPid(): number | undefined
  watchdogPid(): number | undefined
  keeperPids(): number[]
  mainOf(agent: string): Seen | undefined
  /** Sets the wall clock of the watchdog and of verbs off: `+3h`, `-2d`, `+0`. Agents and the run keep theirs. */
  setClock(by: string): void
  /** The real instant of one that was told by such a clock within the last minute or so. */
  realTime(at: number): number
  writeConfig(edit: Edit): void
  configPath: string
  git(cwd: string, ...args: string[]): string
  path(...parts: string[]): string
  read(path: string): string
  end(keep: boolean): Promise<void>
}

/** Options of node may stand before the program. */
export function isWatchdog({ argv }: Pick<Seen, 'argv'>, program: string): boolean {
  const at = argv.indexOf(program)
  return at > 0 && argv[at + 1] === 'watchdog'
}

/** A fleet's home in a short temporary folder: program, config, repository with a bare origin, a tmux server of its own. */
export function createBox(root: string, dist: string): Box {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'chaos-')))
  const path = (...parts: string[]) => join(dir, ...parts)
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? '/usr/bin:/bin',
    HOME: dir,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    CHAOS_SECRET_TOKEN: canary,
  }
  const library = faketimeLibrary()
  if (library !== undefined) Object.assign(env, faketimeEnv(library, path('clock')))
  const offsets = new Set([0])
  writeFileSync(path('clock'), '+0')
  cpSync(dist, path('dist'), { recursive: true })
  for (const name of ['fake-agent.mjs', 'crasher.sh']) {
    copyFileSync(join(root, 'test/chaos/programs', name), path(name))
  }
  for (const name of ['said', 'orders', 'prompts', 'logs']) mkdirSync(path(name))
  for (const role of ['builder', 'adversary']) writeFileSync(path(`prompts/${role}.md`), `${role}\n`)
  writeFileSync(path('wake.md'), 'look around\n')
  const program = path('dist/agents.js')
  const scan = createScanner(dir)
  const children = new Set<ReturnType<typeof spawn>>()

  const git = (cwd: string, ...args: string[]): string =>
    execFileSync(
      'git',
      ['-c', 'user.name=c', '-c', 'user.email=c@example.invalid', '-c', 'gc.auto=0', ...args],
      {
        cwd: path(cwd),
        env,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    ).trim()
  git('.', 'init', '-q', '--bare', '-b', 'main', 'origin.git')
  git('.', 'clone', '-q', 'origin.git', 'pusher')
  mkdirSync(path('pusher/machine-docs'))
  writeFileSync(path('pusher/README'), 'start\n')
  git('pusher', 'add', '-A')
  git('pusher', 'commit', '-q', '-m', 'start')
  git('pusher', 'push', '-q', 'origin', 'HEAD:main')
  git('.', 'clone', '-q', 'origin.git', 'repo')

  function begin(
    args: readonly string[],
    extra: Record<string, string> = {},
  ): { pid: number; ended: Promise<Run> } {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: dir,
      env: { ...env, ...extra },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.add(child)
    let out = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (out += chunk.toString()))
    const ended = new Promise<Run>((resolve) => {
      child.on('close', (code, signal) => {
        children.delete(child)
        resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 255), out })
      })
    })
    return { pid: child.pid ?? 0, ended }
  }

  async function agents(
    args: readonly string[],
    extra: Record<string, string> = {},
    timeoutMs = 60_000,
  ): Promise<Run> {
    const run = begin(args, extra)
    const timer = setTimeout(() => kill(run.pid, 'SIGKILL'), timeoutMs)
    const done = await run.ended
    clearTimeout(timer)
    return done
  }

  const tmux = (...args: string[]): Promise<Run> =>
    new Promise((resolve) => {
      execFile(
        'tmux',
        ['-S', path('s'), ...args],
        { env, timeout: 3_000, killSignal: 'SIGKILL' },
        (error, out, err) => {
          resolve({ code: error === null ? 0 : 1, out: out + err })
        },
      )
    })

  const argvHas = (seen: Seen, text: string): boolean => seen.argv.some((word) => word.includes(text))

  function mainOf(agent: string): Seen | undefined {
    return mainsOf(scan().filter((seen) => seen.agent === agent))[0]
  }

  return {
    dir,
    path,
    scan,
    begin,
    agents,
    tmux,
    git,
    mainOf,
    configPath: path('agents.toml'),
    status: async () => {
      const run = await agents(['status', '--json'], {}, 10_000)
      return run.code === 0 ? (JSON.parse(run.out) as StatusReport) : undefined
    },
    serverPid: () => scan().find((seen) => read(`/proc/${seen.pid}/comm`).startsWith('tmux: server'))?.pid,
    watchdogPid: () => scan().find((seen) => isWatchdog(seen, program))?.pid,
    keeperPids: () =>
      scan()
        .filter((seen) => argvHas(seen, 'agents-keeper') && seen.argv[0]?.endsWith('sh') === true)
        .map((seen) => seen.pid),
    setClock: (by) => {
      offsets.add(offsetOf(by))
      writeFileSync(path('.clock.new'), by)
      renameSync(path('.clock.new'), path('clock'))
    },
    realTime: (at) => {
      const off = (offset: number): number => Math.abs(Date.now() - (at - offset))
      return at - [...offsets].reduce((best, one) => (off(one) < off(best) ? one : best), 0)
    },
    writeConfig: (edit) => {
      writeFileSync(path('.agents.toml.new'), fleetToml(dir, process.execPath, edit))
      execFileSync('mv', ['-f', path('.agents.toml.new'), path('agents.toml')])
    },
    read: (name) => (existsSync(path(name)) ? readFileSync(path(name), 'utf8') : ''),
    end: async (keep) => {
      for (const child of children) child.kill('SIGKILL')
      await sweep(scan)
      if (!keep) rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** `+3h` in milliseconds. */
function offsetOf(by: string): number {
  const [, sign, count, unit] = /^([+-])(\d+)([smhd]?)$/.exec(by) ?? []
  return Number(`${sign}${count}`) * unitMs[(unit || 's') as keyof typeof unitMs]
}

/** The main processes of an agent; a child between its fork and its exec still bears its parent's arguments. */
export function mainsOf(procs: readonly Seen[]): Seen[] {
  const mains = procs.filter(isMain)
  const pids = new Set(mains.map((one) => one.pid))
  return mains.filter((one) => !pids.has(one.ppid))
}

/** The agent itself, not a child of it. */
export function isMain(seen: Seen): boolean {
  return (
    (seen.argv[1]?.endsWith('/fake-agent.mjs') === true || seen.argv[1]?.endsWith('/crasher.sh') === true) &&
    !seen.argv.includes('-c')
  )
}

export function kill(pid: number | undefined, signal: NodeJS.Signals): boolean {
  if (pid === undefined || pid <= 1) return false
  try {
    return process.kill(pid, signal)
  } catch {
    return false // It left by itself meanwhile.
  }
}

/** Ends everything whose environment names the box. */
async function sweep(scan: () => Seen[]): Promise<void> {
  for (let round = 0; round < 50; round += 1) {
    const left = scan()
    if (left.length === 0) return
    for (const seen of left) kill(seen.pid, 'SIGKILL')
    await sleep(20)
  }
}

export const session = (agent: string): string => `=${prefix}${agent}:`
