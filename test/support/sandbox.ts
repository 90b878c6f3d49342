import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa, execaSync } from 'execa'
import { test as base } from 'vitest'
import type { FleetEvent, StatusReport } from '../../src/core/index.ts'
import { serversIn } from './redis.ts'

const program = resolve('dist/agents.js')
const fixtures = resolve('test/fixtures/agents')

export interface Run {
  code: number
  stdout: string
  stderr: string
}

/** One project in a short temporary folder, with a tmux server of its own; the built program is run as a user would. */
export interface Sandbox {
  dir: string
  /** Writes agents.toml: `[defaults]` with prefix, log folder and socket are put in front. */
  config(toml: string, defaults?: string): void
  agents(...args: string[]): Promise<Run>
  agentsWith(env: Record<string, string>, ...args: string[]): Promise<Run>
  status(): Promise<StatusReport>
  events(): FleetEvent[]
  /** Waits for an event; fails with what was seen instead. */
  event(match: (event: FleetEvent) => boolean, withinMs?: number): Promise<FleetEvent>
  until<T>(what: string, look: () => T | undefined | Promise<T | undefined>, withinMs?: number): Promise<T>
  tmux(...args: string[]): { code: number; stdout: string }
  /** pid of the pane's process of an agent's session, undefined when there is none alive. */
  pid(agent: string): number | undefined
  /** Command line of a fake agent. */
  fake(name: string): string
  read(path: string): string
  write(path: string, text: string): void
  exists(path: string): boolean
  /** Starts the watchdog in the foreground of the test, so that signals can be sent to it. */
  watchdog(env?: Record<string, string>): { pid: number; ended: Promise<number>; output: () => string }
}

export const prefix = 'x-'

export function createSandbox(): Sandbox & { end(): Promise<void> } {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'g-')))
  const socket = join(dir, 's')
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    AGENTS_SANDBOX: dir,
  }
  const children: { kill(signal: NodeJS.Signals): boolean }[] = []

  async function agentsWith(extra: Record<string, string>, ...args: string[]): Promise<Run> {
    const done = await execa(process.execPath, [program, ...args], {
      cwd: dir,
      env: { ...env, ...extra },
      extendEnv: false,
      reject: false,
      timeout: 60_000,
      stdin: 'ignore',
    })
    return { code: done.exitCode ?? 255, stdout: done.stdout, stderr: done.stderr }
  }

  const agents = (...args: string[]) => agentsWith({}, ...args)
  const tmux = (...args: string[]) => {
    const done = execaSync('tmux', ['-S', socket, ...args], {
      env,
      extendEnv: false,
      reject: false,
      timeout: 5_000,
    })
    return { code: done.exitCode ?? 255, stdout: done.stdout }
  }

  function events(): FleetEvent[] {
    const path = join(dir, 'logs/events.jsonl')
    if (!existsSync(path)) return []
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as FleetEvent)
  }

  async function until<T>(
    what: string,
    look: () => T | undefined | Promise<T | undefined>,
    withinMs = 10_000,
  ): Promise<T> {
    const deadline = Date.now() + withinMs
    while (Date.now() < deadline) {
      const found = await look()
      if (found !== undefined && found !== false) return found
      await sleep(15)
    }
    const last = events()
      .slice(-15)
      .map((event) => `${event.kind} ${event.agent ?? ''} ${event.because ?? ''}`)
    throw new Error(`not seen within ${withinMs} ms: ${what}\nlast events:\n  ${last.join('\n  ')}`)
  }

  async function end(): Promise<void> {
    for (const child of children) child.kill('SIGKILL')
    if (existsSync(join(dir, 'agents.toml'))) await agents('down', '--grace', '0')
    await sweep(dir)
    // Its environment is empty on purpose: the fleet's own Redis is known by its folder.
    for (const pid of serversIn(dir)) process.kill(pid, 'SIGKILL')
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
  }

  return {
    dir,
    config(toml, defaults = '') {
      const head = `[defaults]\nsession_prefix = "${prefix}"\nlog_dir = "logs"\ntmux_socket = "${socket}"\n${defaults}\n`
      writeFileSync(join(dir, 'agents.toml'), `${head}\n${toml}\n`)
    },
    agents,
    agentsWith,
    status: async () => {
      const run = await agents('status', '--json')
      if (run.code !== 0) throw new Error(`status failed: ${run.stderr}${run.stdout}`)
      return JSON.parse(run.stdout) as StatusReport
    },
    events,
    event: (match, withinMs) => until('an event', () => events().find(match), withinMs),
    until,
    tmux,
    pid: (agent) => {
      const found = tmux('list-panes', '-t', `=${prefix}${agent}:`, '-F', '#{pane_dead} #{pane_pid}')
      const [dead, pid] = found.stdout.split(' ')
      return found.code === 0 && dead === '0' ? Number(pid) : undefined
    },
    fake: (name) => `${process.execPath} ${join(fixtures, `${name}.mjs`)}`,
    read: (path) => readFileSync(join(dir, path), 'utf8'),
    write: (path, text) => writeFileSync(join(dir, path), text),
    exists: (path) => existsSync(join(dir, path)),
    watchdog(extra = {}) {
      const child = execa(process.execPath, [program, 'watchdog'], {
        cwd: dir,
        env: { ...env, ...extra },
        extendEnv: false,
        reject: false,
        stdin: 'ignore',
        all: true,
        buffer: false,
      })
      let output = ''
      child.all?.on('data', (chunk: Buffer) => {
        output += chunk.toString()
      })
      children.push(child)
      return { pid: child.pid ?? 0, ended: child.then((done) => done.exitCode ?? 255), output: () => output }
    },
    end,
  }
}

/** Ends every process whose environment names the sandbox: also a watchdog that outlived its tmux server. */
async function sweep(dir: string): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    const left = marked(dir)
    if (left.length === 0) return
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It left by itself meanwhile.
      }
    }
    await sleep(20)
  }
}

function marked(dir: string): number[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry) || Number(entry) === process.pid) return []
    try {
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8')
      return environment.includes(`AGENTS_SANDBOX=${dir}`) || environment.includes(`HOME=${dir}\0`)
        ? [Number(entry)]
        : []
    } catch {
      // Gone, or not ours.
      return []
    }
  })
}

/** A sandbox per test, gone afterwards whatever happened. */
export const test = base.extend<{ box: Sandbox }>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the fixtures it needs from the pattern
  box: async ({}, use) => {
    const box = createSandbox()
    await use(box)
    await box.end()
  },
})
