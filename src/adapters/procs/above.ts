import { createLinuxSource } from './linux.ts'
import type { ProcessSource } from './source.ts'
import type { Proc } from './types.ts'

/** Deeper than any session of an agent is nested. */
const MOST = 64

/**
 * `AGENTS_RUN` of the processes above this one, the nearest first, up to the tmux server: what that one carries is of
 * whoever started it, and says nothing of those in its panes. Empty where the system does not show it (macOS).
 */
export async function runsAbove(from = process.ppid, source?: ProcessSource): Promise<string[]> {
  if (source === undefined && process.platform !== 'linux') return []
  const known = source ?? createLinuxSource()
  const chain: Proc[] = []
  for (let pid = from; pid > 1 && chain.length < MOST; ) {
    const proc = await known.one(pid)
    if (proc === undefined || proc.command.startsWith('tmux')) break
    chain.push(proc)
    pid = proc.ppid
  }
  const runs = await known.runs(chain)
  return chain.flatMap(({ pid }) => runs.get(pid) ?? [])
}
