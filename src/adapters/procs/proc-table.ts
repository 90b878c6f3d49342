import type { Proc, ProcTable } from './types.ts'

/** @param at when the look began, milliseconds by the monotonic clock of this process */
export function createProcTable(at: number, procs: readonly Proc[]): ProcTable {
  const byPid = new Map(procs.map((proc) => [proc.pid, proc]))
  let children: Map<number, Proc[]> | undefined
  return {
    at,
    get: (pid) => byPid.get(pid),
    all: () => byPid.values(),
    tree(pid) {
      const root = byPid.get(pid)
      if (root === undefined) return []
      children ??= groupByParent(procs)
      return withDescendants(root, children)
    },
  }
}

function groupByParent(procs: readonly Proc[]): Map<number, Proc[]> {
  const groups = new Map<number, Proc[]>()
  for (const proc of procs) {
    const siblings = groups.get(proc.ppid)
    if (siblings === undefined) groups.set(proc.ppid, [proc])
    else siblings.push(proc)
  }
  return groups
}

/** Parents before children. A table read while processes come and go may hold a loop, so each counts once. */
function withDescendants(root: Proc, children: Map<number, Proc[]>): Proc[] {
  const found = new Set([root])
  for (const proc of found) for (const child of children.get(proc.pid) ?? []) found.add(child)
  return [...found]
}

/** A process that has ended but was not reaped answers `kill(pid, 0)` like a living one (F9). */
export function isGone(proc: Proc): boolean {
  return proc.state === 'Z' || proc.state === 'X'
}
