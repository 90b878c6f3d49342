import { type ChildProcess, spawn } from 'node:child_process'
import type { FileHandle } from 'node:fs/promises'
import type { ProcessId } from '../../core/index.ts'
import type { Procs } from '../procs/types.ts'
import { makeRoundFiles } from './files.ts'
import type { Round, RoundEnd } from './types.ts'

export interface RoundsOptions {
  procs: Pick<Procs, 'identify' | 'end'>
  /** Where prompts and outputs are kept. Absolute. */
  folder: string
  /** Working directory. */
  dir: string
  env: NodeJS.ProcessEnv
  shell: string
  /** The shell text of a round whose prompt is in this file. */
  command(promptPath: string): string
  /** An output that grows beyond is begun anew. Bytes. */
  maxBytes: number
}

const TAIL = 16 * 1024
const SIZE_EVERY_MS = 1_000

/**
 * Runs a CLI once for each prompt: the prompt is its standard input and a file, its output goes into a file, both by
 * their descriptors, so that neither depends on this process. It leads a session of its own and has no terminal.
 */
export function createRounds(options: RoundsOptions) {
  return {
    /** @throws {OutsideError} FILES_FOLDER, FILES_WRITE */
    async start(text: string): Promise<{ number: number; round: Round }> {
      const { number, promptPath, prompt, output } = await makeRoundFiles(options.folder, text)
      const began = performance.now()
      const child = spawn(options.shell, ['-c', options.command(promptPath)], {
        cwd: options.dir,
        env: options.env,
        detached: true,
        stdio: [prompt.fd, output.fd, output.fd],
      })
      const exited = exitOf(child, options.dir)
      await prompt.close()
      const root = child.pid === undefined ? undefined : await options.procs.identify(child.pid)
      const guard = setInterval(() => void cut(output, options.maxBytes), SIZE_EVERY_MS)
      const ended = exited.then(async (how) => {
        clearInterval(guard)
        const tail = await readTail(output)
        await output.close()
        return { ...how, tail, tookMs: performance.now() - began }
      })
      const tail = () => readTail(output)
      return { number, round: { ended, tail, end: (graceMs) => endRound(options, root, graceMs) } }
    },
  }
}

function exitOf(
  child: ChildProcess,
  dir: string,
): Promise<Pick<RoundEnd, 'status' | 'signal' | 'unstarted'>> {
  return new Promise((resolve) => {
    child.once('error', (error) =>
      resolve({
        status: undefined,
        signal: undefined,
        unstarted: `it cannot be started in ${dir}: ${error.message}`,
      }),
    )
    child.once('exit', (status, signal) =>
      resolve({ status: status ?? undefined, signal: signal ?? undefined }),
    )
  })
}

async function endRound(
  { procs }: RoundsOptions,
  root: ProcessId | undefined,
  graceMs: number,
): Promise<void> {
  if (root !== undefined) await procs.end({ roots: [root], runs: [], graceMs })
}

async function readTail(output: FileHandle): Promise<string> {
  try {
    const { size } = await output.stat()
    const from = Math.max(0, size - TAIL)
    const { buffer, bytesRead } = await output.read({ buffer: Buffer.alloc(TAIL), position: from })
    return buffer.subarray(0, bytesRead).toString('utf8')
  } catch {
    // Without its words: what came of the round is told by its status.
    return ''
  }
}

async function cut(output: FileHandle, maxBytes: number): Promise<void> {
  try {
    if ((await output.stat()).size <= maxBytes) return
    await output.truncate(0)
    await output.appendFile('[older output was cut off]\n')
  } catch {
    // Closed meanwhile, or a full disk: the next look tries again.
  }
}
