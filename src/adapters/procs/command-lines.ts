import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { tableError } from './source.ts'

/** A process with its command line, arguments parted by blanks; '' where it may not be read. */
export interface CommandLine {
  pid: number
  args: string
}

const run = promisify(execFile)
const DEADLINE_MS = 5_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/**
 * Every process of this machine that may be seen, this one left out.
 * @throws {OutsideError} `PROCESS_TABLE`
 */
export async function commandLines(): Promise<CommandLine[]> {
  const all = process.platform === 'linux' ? await fromProc() : await fromPs()
  return all.filter(({ pid }) => pid !== process.pid)
}

async function fromProc(): Promise<CommandLine[]> {
  const names = await readdir('/proc').catch((error: unknown) => Promise.reject(tableError(error)))
  const pids = names.filter((name) => /^\d+$/.test(name))
  return Promise.all(
    pids.map(async (pid) => {
      // Gone meanwhile, or not ours to read.
      const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return { pid: Number(pid), args: text.replaceAll('\0', ' ').trim() }
    }),
  )
}

async function fromPs(): Promise<CommandLine[]> {
  const args = ['-axwwo', 'pid=,command=']
  const options = { timeout: DEADLINE_MS, maxBuffer: MAX_OUTPUT_BYTES, env: { ...process.env, LC_ALL: 'C' } }
  const { stdout } = await run('ps', args, options).catch((error: unknown) =>
    Promise.reject(tableError(error, '', args)),
  )
  return parseLines(stdout)
}

export const parseLines = (text: string): CommandLine[] =>
  text.split('\n').flatMap((line) => {
    const [, pid, args] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined ? [] : [{ pid: Number(pid), args: args ?? '' }]
  })
