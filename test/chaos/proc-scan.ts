import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

/** A process of the box, as /proc tells it. */
export interface Seen {
  pid: number
  ppid: number
  start: string
  state: string
  /** AGENTS_AGENT of its environment. */
  agent: string | undefined
  argv: readonly string[]
}

interface Known {
  start: string
  box: boolean
  agent: string | undefined
  argv: readonly string[]
  /** It may still exec: environment and arguments can change. */
  fresh: number
}

/** Reads environments and arguments once per process, and again while it is young (before and after its exec). */
export function createScanner(box: string): () => Seen[] {
  const known = new Map<number, Known>()

  return () => {
    const found: Seen[] = []
    const living = new Set<number>()
    for (const entry of readdirSync('/proc')) {
      const pid = Number(entry)
      if (!Number.isInteger(pid) || pid === process.pid) continue
      const stat = statOf(pid)
      if (stat === undefined) continue
      living.add(pid)
      const one = look(pid, stat.start)
      if (one.box && !'ZXx'.includes(stat.state))
        found.push({ pid, ...stat, agent: one.agent, argv: one.argv })
    }
    for (const pid of known.keys()) if (!living.has(pid)) known.delete(pid)
    return found
  }

  function look(pid: number, start: string): Known {
    const old = known.get(pid)
    if (old !== undefined && old.start === start && Date.now() - old.fresh > 3_000) return old
    const environ = read(`/proc/${pid}/environ`)
    const one: Known = {
      start,
      box: environ.includes(box),
      agent: /(?:^|\0)AGENTS_AGENT=([^\0]*)/.exec(environ)?.[1],
      argv: read(`/proc/${pid}/cmdline`).split('\0'),
      fresh: old?.start === start ? old.fresh : Date.now(),
    }
    known.set(pid, one)
    return one
  }
}

export function statOf(pid: number): { ppid: number; start: string; state: string } | undefined {
  const text = read(`/proc/${pid}/stat`)
  if (text === '') return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state: fields[0]!, ppid: Number(fields[1]), start: fields[19]! }
}

/** Not a zombie, and the same process as before. */
export function lives(pid: number, start: string): boolean {
  const stat = statOf(pid)
  return stat !== undefined && stat.start === start && !'ZXx'.includes(stat.state)
}

export function fdCount(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return 0 // It is gone.
  }
}

/** What its descriptors point to, for a report. */
export function fdNames(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => linkOf(`/proc/${pid}/fd/${fd}`))
  } catch {
    return [] // It is gone.
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    return 'closed' // Meanwhile.
  }
}

export function rssMb(pid: number): number {
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${pid}/status`))?.[1] ?? 0) / 1024)
}

export function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return '' // Gone meanwhile, or another user's.
  }
}
