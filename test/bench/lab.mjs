import { execFile, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** Labs that stand, to be ended when the run is interrupted. */
const standing = new Set()

const root = fileURLToPath(new URL('../..', import.meta.url))

/**
 * One project in a short temporary folder with a tmux server of its own, and a copy of the built program, so that a
 * build meanwhile changes nothing. `end` leaves no process and no file.
 */
export function openLab() {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'bench-')))
  const socket = join(dir, 's')
  const records = join(dir, 'rec')
  mkdirSync(records)
  cpSync(join(root, 'dist'), join(dir, 'dist'), { recursive: true })
  const program = join(dir, 'dist', 'agents.js')
  const env = {
    PATH: process.env.PATH,
    HOME: dir,
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_NOSYSTEM: '1',
    NO_COLOR: '1',
    BENCH_LAB: dir,
  }
  const lab = {
    dir,
    socket,
    records,
    env,
    program,
    events: followEvents(join(dir, 'logs', 'events.jsonl')),
    path: (...parts) => join(dir, ...parts),
    write: (name, text) => writeFileSync(join(dir, name), text),
    agents: (...args) => run(process.execPath, [program, ...args], { cwd: dir, env, maxBuffer: 64e6 }),
    tmux: async (...args) => (await run('tmux', ['-S', socket, ...args], { env, maxBuffer: 64e6 })).stdout,
    exec: async (command, args, options = {}) =>
      (await run(command, args, { env, cwd: dir, ...options })).stdout,
    ask: (verb, args = []) => askWatchdog(join(dir, 'logs', 'state', 'control.sock'), verb, args),
    /** What each agent's process writes when it begins to run: its pid, one line a start. */
    starts: followFolder(records),
    async end() {
      standing.delete(lab)
      lab.starts.close()
      lab.events.close()
      if (existsSync(join(dir, 'agents.toml')))
        await lab.agents('down', '--grace', '0').catch(() => undefined)
      for (let round = 0; round < 20 && sweep(dir) > 0; round += 1) await sleep(20)
      rmSync(dir, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  standing.add(lab)
  return lab
}

export const endAll = () => Promise.all([...standing].map((lab) => lab.end()))

/** Lines that appear in files of a folder, as they appear: file name, text and the instant it was seen. */
function followFolder(folder) {
  const sizes = new Map()
  const waiting = new Map()
  const seen = new Map()
  const watcher = watch(folder, (_kind, name) => name !== null && look(name))
  function look(name) {
    let text
    try {
      text = readFileSync(join(folder, name), 'latin1')
    } catch {
      return // removed again
    }
    const from = sizes.get(name) ?? 0
    const end = text.lastIndexOf('\n') + 1
    if (end <= from) return
    sizes.set(name, end)
    for (const line of text.slice(from, end).trimEnd().split('\n')) tell(name, line)
  }
  function tell(name, line) {
    const one = { line, at: performance.now(), wall: Date.now() }
    seen.set(name, [...(seen.get(name) ?? []), one])
    for (const resolve of waiting.get(name) ?? []) resolve(one)
    waiting.delete(name)
  }
  return {
    all: (name) => seen.get(name) ?? [],
    /** The next line of this file after now. */
    next: (name, withinMs = 30_000) =>
      inTime(
        new Promise((resolve) => waiting.set(name, [...(waiting.get(name) ?? []), resolve])),
        withinMs,
        `a line of ${name}`,
      ),
    async last(name, withinMs = 30_000) {
      look(name)
      return seen.get(name)?.at(-1) ?? this.next(name, withinMs)
    },
    close: () => watcher.close(),
  }
}

/** Events of the log as they are written. The file is looked at every 2 ms while somebody waits; `at` is the writer's. */
function followEvents(path) {
  let read = 0
  const all = []
  let closed = false
  function look() {
    if (!existsSync(path)) return
    const text = readFileSync(path, 'utf8')
    const end = text.lastIndexOf('\n') + 1
    for (const line of text.slice(read, end).split('\n')) if (line.endsWith('}')) all.push(JSON.parse(line))
    read = end
  }
  return {
    count() {
      look()
      return all.length
    },
    async next(from, match, withinMs = 30_000) {
      const until = Date.now() + withinMs
      while (!closed && Date.now() < until) {
        look()
        const found = all.slice(from).find(match)
        if (found !== undefined) return found
        await sleep(2)
      }
      throw new Error(`no such event within ${withinMs} ms: ${match}`)
    },
    all() {
      look()
      return all
    },
    close() {
      closed = true
    },
  }
}

export function inTime(promise, ms, what) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not seen within ${ms} ms: ${what}`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** One request of the watchdog's control socket, without the price of a command. */
async function askWatchdog(path, verb, args) {
  const { createConnection } = await import('node:net')
  return inTime(
    new Promise((resolve, reject) => {
      const socket = createConnection(path)
      let text = ''
      socket.on('connect', () => socket.write(`${JSON.stringify({ id: 1, verb, args })}\n`))
      socket.on('data', (chunk) => {
        text += chunk
        if (!text.endsWith('\n')) return
        socket.destroy()
        const answer = JSON.parse(text)
        if (answer.ok) resolve(answer.value)
        else reject(new Error(answer.error.what))
      })
      socket.on('error', reject)
    }),
    10_000,
    `an answer to ${verb}`,
  )
}

/** Kills every process whose environment names the lab; answers how many there were. */
function sweep(dir) {
  if (process.platform !== 'linux') return 0
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
  const ours = pids.filter((pid) => {
    try {
      const text = readFileSync(`/proc/${pid}/environ`, 'latin1')
      return text.includes(`BENCH_LAB=${dir}\0`) || text.includes(`HOME=${dir}\0`)
    } catch {
      return false // gone since, or another user's
    }
  })
  for (const pid of ours) {
    try {
      process.kill(Number(pid), 'SIGKILL')
    } catch {
      // gone since
    }
  }
  return ours.length
}

export { sleep, spawn }
