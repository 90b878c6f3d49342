import { execa, type Options } from 'execa'

export type Ran =
  | { kind: 'ended'; code: number; stdout: Buffer; stderr: string }
  | { kind: 'deadline' }
  | { kind: 'closed' }
  | { kind: 'too-much' }
  | { kind: 'no-start'; why: string; missing: boolean }

export interface Command {
  args: readonly string[]
  env: NodeJS.ProcessEnv
  /** Milliseconds until the whole process group is ended. */
  deadlineMs: number
  /** A second git that reads the first one's output; its result is the answer. */
  into?: readonly string[]
  input?: string
}

/** Enough for the subjects of a hundred thousand commits; a fetch prints next to nothing. */
const MOST_OUTPUT = 128 * 1024 * 1024
/** Time for git to remove its lock and temporary files after SIGTERM, before SIGKILL. Milliseconds. */
const POLITE_MS = 300

/** Runs git in process groups of its own, so that helpers (`remote-http`, ssh, upload-pack) go with it (finding F15). */
export function createRunner() {
  const groups = new Set<number>()
  let closing = false

  function start(args: readonly string[], options: Options) {
    const child = execa('git', args, {
      ...options,
      cwd: '/',
      detached: true,
      extendEnv: false,
      reject: false,
      encoding: 'buffer',
      maxBuffer: MOST_OUTPUT,
      stripFinalNewline: false,
      cleanup: false,
    })
    const pid = child.pid
    if (pid !== undefined) {
      groups.add(pid)
      void child.finally(() => groups.delete(pid))
    }
    return child
  }

  async function run(command: Command): Promise<Ran> {
    if (closing) return { kind: 'closed' }
    const options = { env: command.env } as const
    const first = start(command.args, {
      ...options,
      stdin: command.input === undefined ? 'ignore' : 'pipe',
      ...(command.input === undefined ? {} : { input: command.input }),
      ...(command.into === undefined ? {} : { buffer: { stdout: false, stderr: true } }),
    })
    const all = [first]
    if (command.into !== undefined) all.push(start(command.into, { ...options, input: first.stdout! }))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), command.deadlineMs)
    })
    const ended = await Promise.race([Promise.all(all), late])
    clearTimeout(timer)
    if (ended === 'late') {
      await Promise.all(all.map((child) => end(child)))
      return closing ? { kind: 'closed' } : { kind: 'deadline' }
    }
    if (closing) return { kind: 'closed' }
    return outcome(ended as Ended[])
  }

  /** SIGTERM to the group, then SIGKILL; then at most a second for the pipes, which an escaped helper may hold open. */
  async function end(child: ReturnType<typeof start>): Promise<void> {
    if (child.pid === undefined) return
    signalGroup(child.pid, 'SIGTERM')
    await Promise.race([child, pause(POLITE_MS)])
    signalGroup(child.pid, 'SIGKILL')
    await Promise.race([child, pause(1000)])
    child.stdout?.destroy()
    child.stderr?.destroy()
  }

  async function close(): Promise<void> {
    closing = true
    const left = [...groups]
    for (const pid of left) signalGroup(pid, 'SIGTERM')
    if (left.length > 0) await pause(POLITE_MS)
    for (const pid of groups) signalGroup(pid, 'SIGKILL')
  }

  return { run, close }
}

interface Ended {
  exitCode?: number
  stdout?: unknown
  stderr?: unknown
  isMaxBuffer: boolean
  code?: string
  message?: string
  signal?: string
}

function outcome(ended: Ended[]): Ran {
  for (const one of ended) {
    if (one.isMaxBuffer) return { kind: 'too-much' }
    if (one.exitCode === undefined && one.signal === undefined)
      return { kind: 'no-start', why: one.message ?? 'git did not start', missing: one.code === 'ENOENT' }
  }
  const failed = ended.find((one) => one.exitCode !== 0)
  const last = failed ?? ended[ended.length - 1]!
  const stderr = Buffer.from((last.stderr as Uint8Array | undefined) ?? []).toString('utf8')
  return {
    kind: 'ended',
    code: last.exitCode ?? 128,
    stdout: Buffer.from((last.stdout as Uint8Array | undefined) ?? []),
    stderr: last.signal === undefined ? stderr : `${stderr}ended by ${last.signal}`,
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch (cause) {
    // ESRCH: the group is gone, which is what we want. EPERM: only what has changed its user is left in it.
    if (!['ESRCH', 'EPERM'].includes((cause as NodeJS.ErrnoException).code ?? '')) throw cause
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
