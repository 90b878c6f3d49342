import { execFile, execFileSync, spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** undefined when system calls can be traced and tampered with here; else why not. */
export function whyNoStrace(): string | undefined {
  const tried = spawnSync('strace', ['-f', '-qq', '-e', 'inject=getpid:retval=1', '-o', '/dev/null', 'true'])
  if (tried.error !== undefined) return 'strace is not installed'
  return tried.status === 0 ? undefined : `strace may not trace here: ${String(tried.stderr).trim()}`
}

/** One system call on our files: its name, and the how-manieth of that name in its thread. */
export interface Call {
  name: string
  nth: number
  /** What it was about, for the name of a test. */
  text: string
}

/**
 * Runs the writer once under strace and takes from the trace every call that concerns `dir`, but for plain `read`: the
 * main thread makes one for every answer of the other, so its counts cannot be kept apart (a read changes no file).
 */
export async function listCalls(file: string, dir: string): Promise<Call[]> {
  const trace = join(dir, '..', 'trace')
  // Synchronous: it is run once, before anything else.
  execFileSync(
    'strace',
    ['-f', '-y', '-qq', '-s', '300', '-e', 'trace=%file,%desc', '-o', trace, ...command(file, dir)],
    {
      env: oneThread(),
      stdio: 'ignore',
    },
  )
  return parseTrace(await readFile(trace, 'utf8'), dir).filter(({ name }) => name !== 'read')
}

export function parseTrace(text: string, dir: string): Call[] {
  const counts = new Map<string, number>()
  const calls: Call[] = []
  for (const line of text.split('\n')) {
    const found = /^(\d+) +([a-z0-9_]+)\((.*)$/.exec(line)
    if (found === null) continue
    const [, thread, name, rest] = found as unknown as [string, string, string, string]
    const nth = (counts.get(`${thread} ${name}`) ?? 0) + 1
    counts.set(`${thread} ${name}`, nth)
    if (rest.includes(dir) && name !== 'execve') calls.push({ name, nth, text: rest.replaceAll(dir, '') })
  }
  return calls
}

export interface Ran {
  dir: string
  /** What the writer printed; undefined when it was killed. */
  result: Record<'record' | 'text' | 'event', string> | undefined
  signal: string | null
  trace: string
}

/**
 * Runs the writer with one call tampered with, e.g. `signal=SIGKILL` or `error=ENOSPC`. The count of a call in its
 * thread varies a little from run to run, so it is corrected until the call that is hit is the one that was meant: the
 * `index`-th of its name on our files.
 * @returns undefined when it could not be hit
 */
export async function runHitting(
  file: string,
  makeDir: () => Promise<string>,
  calls: readonly Call[],
  call: Call,
  tamper: string,
): Promise<Ran | undefined> {
  const index = calls.filter(({ name }) => name === call.name).indexOf(call)
  let { nth } = call
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const ran = await runInjected(file, await makeDir(), { ...call, nth }, tamper)
    const seen = parseTrace(ran.trace, ran.dir)
    const hit =
      ran.signal === null ? seen.findIndex(({ text }) => text.includes('(INJECTED)')) : seen.length - 1
    if (hit === index) return ran
    nth = ran.signal === null && hit === -1 ? (seen[index]?.nth ?? nth) : nth + Math.sign(index - hit)
  }
  return undefined
}

function runInjected(file: string, dir: string, call: Call, tamper: string): Promise<Ran> {
  const tracePath = `${dir}.trace`
  const inject = `inject=${call.name}:${tamper}:when=${call.nth}`
  // Not --seccomp-bpf, which is faster: with it a signal at the entry of a call is not delivered.
  const args = ['-f', '-y', '-qq', '-s', '300', '-e', `trace=${call.name}`, '-e', inject, '-o', tracePath]
  return new Promise((resolve, reject) => {
    execFile('strace', [...args, ...command(file, dir)], { env: oneThread() }, (error, stdout) => {
      const result = stdout.startsWith('{') ? JSON.parse(stdout) : undefined
      // strace ends as its program did.
      const signal = error?.signal ?? null
      readFile(tracePath, 'utf8')
        // strace could not begin: nothing was hit, and it is tried again.
        .catch((cause) => (cause.code === 'ENOENT' ? '' : Promise.reject(cause)))
        .then((trace) => resolve({ dir, result, signal, trace }), reject)
    })
  })
}

const command = (file: string, dir: string) => [process.execPath, file, dir]
const oneThread = () => ({ ...process.env, UV_THREADPOOL_SIZE: '1' })
