import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { PS_COLUMNS, parseCpuTime, parsePs, parsePsRuns } from './parse-ps.ts'
import { type ProcessSource, tableError } from './source.ts'

const run = promisify(execFile)
const DEADLINE_MS = 5_000
const agesKeptMs = 30_000
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Processes as `ps` tells them (macOS). Every call starts one process. */
export function createPsSource(ps = 'ps'): ProcessSource {
  /** As they were told: whoever waits for a screen asks again and again. */
  const ages = new Map<number, { at: number; ageMs: number }>()
  return {
    startsProcess: true,
    async one(pid) {
      // ps exits 1 when there is no such process.
      const text = await callPs(ps, ['-p', String(pid), '-o', PS_COLUMNS], [1])
      return parsePs(text).find((proc) => proc.pid === pid)
    },
    async list() {
      return parsePs(await callPs(ps, ['-axo', PS_COLUMNS]))
    },
    async age(pid) {
      const now = performance.now()
      for (const [old, { at }] of ages) if (now - at > agesKeptMs) ages.delete(old)
      const known = ages.get(pid)
      if (known !== undefined) return known.ageMs + now - known.at
      const text = (await callPs(ps, ['-p', String(pid), '-o', 'etime='], [1])).trim()
      if (text === '') return undefined
      const ageMs = parseCpuTime(text)
      ages.set(pid, { at: now, ageMs })
      return ageMs
    },
    waited: () => Promise.resolve(0),
    async runs() {
      return parsePsRuns(await callPs(ps, ['-axEwwo', 'pid=,command=']))
    },
  }
}

/** @throws {OutsideError} `PROCESS_TABLE` */
async function callPs(ps: string, args: string[], alsoFine: number[] = []): Promise<string> {
  try {
    const env = { ...process.env, LC_ALL: 'C' }
    const { stdout } = await run(ps, args, { timeout: DEADLINE_MS, maxBuffer: MAX_OUTPUT_BYTES, env })
    return stdout
  } catch (error) {
    const failure = error as { code?: unknown; stderr?: string }
    if (alsoFine.includes(failure.code as number)) return ''
    throw tableError(error, failure.stderr, args)
  }
}
