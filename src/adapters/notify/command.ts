import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { visible } from '../../core/text.ts'
import type { Procs } from '../procs/types.ts'
import type { Delivery } from './types.ts'

export interface CommandCall {
  /** Executed without a shell. */
  argv: readonly string[]
  /** Given to its standard input, whole. */
  input: string
  cwd: string
  env: Readonly<Record<string, string | undefined>>
  /** `AGENTS_RUN` of the call: by it everything that it started is found, also what left its process group. */
  run: string
  timeoutMs: number
}

const keptBytes = 4096
const longestWords = 200
/** What it printed may arrive this long after its end. Milliseconds. */
const lastWordsMs = 100
/** What a command that is out of time gets between SIGTERM and SIGKILL. Milliseconds. */
const graceMs = 500

/**
 * Runs a command of the user's with a text on its standard input. Status 0 is a delivery; what it leaves running in the
 * background is its own business. Out of time, its whole process tree is ended.
 */
export async function runWithInput(
  call: CommandCall,
  procs: Pick<Procs, 'identify' | 'end'>,
): Promise<Delivery> {
  const child = start(call)
  if (child.kind === 'failed') return { ok: false, why: child.why }
  const said = listen(child.child)
  const abort = new AbortController()
  const late = pause(call.timeoutMs, 'late' as const, { signal: abort.signal }).catch(() => 'late' as const)
  const ended = await Promise.race([said.ended, late])
  abort.abort()
  if (ended === 'late') {
    await endAll(child.child, call.run, procs)
    return { ok: false, why: `did not end within ${call.timeoutMs} ms and was killed` }
  }
  if (ended === 0) return { ok: true, detail: 'ended with status 0' }
  const words = said.words(call.env)
  return { ok: false, why: `${ended}${words === '' ? '' : `: ${words}`}` }
}

function start(call: CommandCall): { kind: 'ok'; child: ChildProcess } | { kind: 'failed'; why: string } {
  const [file = '', ...args] = call.argv
  try {
    const child = spawn(file, args, {
      cwd: call.cwd,
      env: { ...call.env, AGENTS_RUN: call.run },
      // A group and session of its own: Ctrl-C at `agents run` is not meant for it.
      detached: true,
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    // One that does not want its input closes it: its status tells what came of it.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(call.input)
    return { kind: 'ok', child }
  } catch (error) {
    return { kind: 'failed', why: `could not be started (${codeOf(error)})` }
  }
}

interface Heard {
  /** 0, or what it ended with instead. */
  ended: Promise<0 | string>
  words(env: CommandCall['env']): string
}

function listen(child: ChildProcess): Heard {
  let kept = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    kept = (kept + chunk.toString('utf8')).slice(-keptBytes)
  })
  const ended = new Promise<0 | string>((resolve) => {
    child.once('error', (error) => resolve(`could not be started (${codeOf(error)})`))
    // `close` may never come: a child that it leaves in the background can hold the pipe for ever.
    child.once('exit', (status, signal) => {
      const end = (): void => {
        child.stderr?.destroy()
        if (status === 0) resolve(0)
        else
          resolve(status === null ? `was killed by ${signal ?? 'a signal'}` : `ended with status ${status}`)
      }
      const timer = setTimeout(end, lastWordsMs)
      child.once('close', () => {
        clearTimeout(timer)
        end()
      })
    })
  })
  return { ended, words: (env) => lastLine(kept, env) }
}

/** The last line that it complained with, without the value of any variable that may be a secret. */
function lastLine(text: string, env: CommandCall['env']): string {
  let line = text.trimEnd().split('\n').at(-1) ?? ''
  for (const [name, value] of Object.entries(env))
    if (value !== undefined && value.length > 3 && /KEY|TOKEN|SECRET|PASS|CREDENTIAL/i.test(name))
      line = line.replaceAll(value, '***')
  return visible(line).slice(0, longestWords)
}

async function endAll(
  child: ChildProcess,
  run: string,
  procs: Pick<Procs, 'identify' | 'end'>,
): Promise<void> {
  const id = child.pid === undefined ? undefined : await procs.identify(child.pid)
  await procs.end({ roots: id === undefined ? [] : [id], runs: [run], graceMs })
  child.stderr?.destroy()
}

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error)
