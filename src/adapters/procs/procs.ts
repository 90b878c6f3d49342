import type { ProcessId } from '../../core/index.ts'
import { endProcesses } from './end.ts'
import { createLinuxSource } from './linux.ts'
import { createProcTable, isGone } from './proc-table.ts'
import { createPsSource } from './ps.ts'
import type { ProcessSource } from './source.ts'
import type { Proc, Procs, ProcTable } from './types.ts'

export interface ProcsOptions {
  /** @default `/proc` on Linux, `ps` elsewhere */
  source?: ProcessSource
}

/** The process table and signals; see `Procs`. */
export function createProcs(options: ProcsOptions = {}): Procs {
  const source = options.source ?? (process.platform === 'linux' ? createLinuxSource() : createPsSource())
  const table = rememberTable(source)

  async function identify(pid: number): Promise<ProcessId | undefined> {
    const proc = await source.one(pid)
    return proc === undefined || isGone(proc) ? undefined : { pid, start: proc.start }
  }

  async function alive(id: ProcessId): Promise<boolean> {
    return (await identify(id.pid))?.start === id.start
  }

  async function byRun(runs: readonly string[]): Promise<Map<string, Proc[]>> {
    // An empty name would mean everybody whose AGENTS_RUN is empty.
    const found = new Map<string, Proc[]>(runs.filter((run) => run !== '').map((run) => [run, []]))
    if (found.size === 0) return found
    const procs = [...(await table()).all()].filter((proc) => !isGone(proc))
    const runOf = await source.runs(procs)
    for (const proc of procs) {
      const run = runOf.get(proc.pid)
      if (run !== undefined) found.get(run)?.push(proc)
    }
    return found
  }

  async function signal(id: ProcessId, ...names: NodeJS.Signals[]): Promise<boolean> {
    return (await alive(id)) && names.every((name) => sendSignal(id.pid, name))
  }

  return {
    startsProcess: source.startsProcess,
    table,
    waited: source.waited,
    age: source.age,
    identify,
    alive,
    stopped: async (pid) => /^[Tt]/.test((await source.one(pid))?.state ?? ''),
    byRun,
    signal,
    end: (what) => endProcesses({ table, byRun, signal }, what),
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): boolean {
  // 0, -1 and other negative numbers mean groups, or everybody.
  if (!Number.isSafeInteger(pid) || pid <= 1 || pid === process.pid) return false
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function rememberTable(source: ProcessSource): (maxAgeMs?: number) => Promise<ProcTable> {
  let last: { at: number; table: Promise<ProcTable> } | undefined
  return (maxAgeMs = 0) => {
    const at = performance.now()
    if (last !== undefined && maxAgeMs > 0 && at - last.at <= maxAgeMs) return last.table
    const fresh = { at, table: source.list().then((procs) => createProcTable(at, procs)) }
    last = fresh
    // A failed look is not remembered.
    fresh.table.catch(() => {
      if (last === fresh) last = undefined
    })
    return fresh.table
  }
}
