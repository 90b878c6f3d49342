import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { connect } from 'node:net'
import type { Child, Host, Ran } from './types.ts'

const KEPT_OUTPUT = 64 * 1024

type ProcessDoor = Pick<Host, 'run' | 'start' | 'processAlive' | 'knock'>

export const processDoor: ProcessDoor = { run, start, processAlive, knock }

function run(
  argv: readonly string[],
  opts: { env?: NodeJS.ProcessEnv; cwd?: string; timeoutMs?: number } = {},
): Promise<Ran> {
  const [file, ...args] = argv
  const options = {
    timeout: opts.timeoutMs ?? 5000,
    killSignal: 'SIGKILL' as const,
    ...(opts.env === undefined ? {} : { env: opts.env }),
    ...(opts.cwd === undefined ? {} : { cwd: opts.cwd }),
  }
  return new Promise((resolve) => {
    execFile(file!, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code
      resolve({ status: typeof code === 'number' ? code : undefined, stdout, stderr })
    })
  })
}

function start(argv: readonly string[], opts: { env: NodeJS.ProcessEnv; cwd: string }): Child {
  const [file, ...args] = argv
  const child = spawn(file!, args, { ...opts, stdio: ['ignore', 'pipe', 'pipe'] })
  let kept = ''
  const keep = (chunk: Buffer) => {
    kept = (kept + chunk.toString('utf8')).slice(-KEPT_OUTPUT)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  return {
    pid: child.pid,
    output: () => kept,
    exited: ended(child),
    kill: (signal) => void child.kill(signal),
  }
}

function ended(child: ChildProcess): Promise<number | undefined> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(undefined))
    child.once('exit', (status) => resolve(status ?? undefined))
  })
}

/** True also for a process of somebody else (EPERM). */
function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function knock(path: string): Promise<'answers' | 'silent' | 'absent'> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const done = (answer: 'answers' | 'silent' | 'absent') => {
      socket.destroy()
      resolve(answer)
    }
    socket.setTimeout(1000, () => done('silent'))
    socket.once('connect', () => done('answers'))
    socket.once('error', (error: NodeJS.ErrnoException) =>
      done(error.code === 'ENOENT' ? 'absent' : 'silent'),
    )
  })
}
