import { setTimeout as pause } from 'node:timers/promises'
import type { ProcessId } from '../../core/index.ts'
import { isGone } from './proc-table.ts'
import type { Proc, Procs, ProcTable } from './types.ts'

export interface Hands extends Pick<Procs, 'table' | 'byRun'> {
  /** Looks once more whether the process is still the same, then sends all of `names`. */
  signal(id: ProcessId, ...names: NodeJS.Signals[]): Promise<boolean>
}

type Wish = Parameters<Procs['end']>[0]
type Ended = Awaited<ReturnType<Procs['end']>>

/** Environments are read anew this often while we wait; the table, which is far cheaper, at every look. */
const RUN_SCAN_EVERY_MS = 250
const LOOK_EVERY_MS = 25
/** A process that cannot be killed within this time sits in the kernel (state D) and is reported as left. */
const KILL_DEADLINE_MS = 5_000
const FREEZE_ROUNDS = 20

/** See `Procs.end`. */
export async function endProcesses(hands: Hands, wish: Wish): Promise<Ended> {
  const hunt = createHunt(hands, wish)
  const asked = wish.now ? [] : await ask(hands, hunt, wish.graceMs)
  const killed = await kill(hands, hunt)
  return { asked, killed, left: await hunt.look(true) }
}

/** TERM for programs, HUP for shells, CONT so that a stopped process can take either. */
async function ask(hands: Hands, hunt: Hunt, graceMs: number): Promise<Proc[]> {
  const asked = new Map<string, Proc>()
  const until = performance.now() + graceMs
  for (let living = await hunt.look(true); living.length > 0; living = await hunt.look()) {
    for (const proc of living.filter((one) => !asked.has(keyOf(one)))) {
      asked.set(keyOf(proc), proc)
      await hands.signal(proc, 'SIGTERM', 'SIGHUP', 'SIGCONT')
    }
    const leftMs = until - performance.now()
    if (leftMs <= 0) break
    await pause(Math.min(LOOK_EVERY_MS, leftMs))
  }
  return [...asked.values()]
}

/** Freezes before it kills: a process that forks as fast as we look would otherwise always have one child more. */
async function kill(hands: Hands, hunt: Hunt): Promise<Proc[]> {
  const killed = new Map<string, Proc>()
  const until = performance.now() + KILL_DEADLINE_MS
  let living = await hunt.look(true)
  while (living.length > 0 && performance.now() < until) {
    for (const proc of await freeze(hands, hunt, living)) {
      if (await hands.signal(proc, 'SIGKILL')) killed.set(keyOf(proc), proc)
    }
    await pause(LOOK_EVERY_MS / 5)
    living = await hunt.look()
    if (living.length === 0) living = await hunt.look(true)
  }
  return [...killed.values()]
}

async function freeze(hands: Hands, hunt: Hunt, first: readonly Proc[]): Promise<Proc[]> {
  const stopped = new Set<string>()
  let living = [...first]
  for (let round = 0; round < FREEZE_ROUNDS; round += 1) {
    const moving = living.filter((proc) => !stopped.has(keyOf(proc)))
    if (moving.length === 0) break
    for (const proc of moving) {
      stopped.add(keyOf(proc))
      await hands.signal(proc, 'SIGSTOP')
    }
    living = await hunt.look()
  }
  return living
}

interface Hunt {
  /** Everything of the wish that lives now; `deep` also reads environments, whatever the time. */
  look(deep?: boolean): Promise<Proc[]>
}

/**
 * Remembers every process ever seen of the wish, so that a child is still known as ours when its parent has died and
 * it hangs under init.
 */
function createHunt(hands: Hands, wish: Wish): Hunt {
  const known = new Map<string, ProcessId>(wish.roots.map((root) => [keyOf(root), root]))
  let scannedAt = Number.NEGATIVE_INFINITY

  function spread(table: ProcTable): Proc[] {
    const spared = untouchable(table)
    const mine = new Set(table.tree(process.pid).map((proc) => proc.pid))
    // What this process started itself (a tmux client, say) goes only when it hangs under a root of its own.
    const add = (rootPid: number, proc: Proc) => {
      if (mine.has(rootPid) || !mine.has(proc.pid)) known.set(keyOf(proc), proc)
    }
    const sessions = sessionsOf(wish.roots, table)
    for (const proc of table.all()) if (sessions.has(proc.sid)) add(proc.sid, proc)
    for (const { pid, start } of [...known.values()]) {
      if (table.get(pid)?.start !== start || pid === process.pid) continue
      for (const proc of table.tree(pid)) add(pid, proc)
    }
    return [...table.all()].filter((proc) => known.has(keyOf(proc)) && !isGone(proc) && !spared.has(proc.pid))
  }

  return {
    async look(deep = false) {
      if (wish.runs.length > 0 && (deep || performance.now() - scannedAt > RUN_SCAN_EVERY_MS)) {
        for (const procs of (await hands.byRun(wish.runs)).values()) {
          for (const proc of procs) known.set(keyOf(proc), proc)
        }
        scannedAt = performance.now()
      }
      return spread(await hands.table())
    },
  }
}

function keyOf(id: ProcessId): string {
  return `${id.pid}:${id.start}`
}

/**
 * Sessions led by a root. The kernel gives a session's number to no new process while a member lives, so the number
 * is the root's own unless another process has it now.
 */
function sessionsOf(roots: readonly ProcessId[], table: ProcTable): Set<number> {
  const own = roots.filter(({ pid, start }) => pid > 1 && (table.get(pid)?.start ?? start) === start)
  return new Set(own.map(({ pid }) => pid))
}

/** Init, this process and the chain of its parents. */
function untouchable(table: ProcTable): Set<number> {
  const spared = new Set([0, 1])
  for (let pid = process.pid; pid > 1 && !spared.has(pid); pid = table.get(pid)?.ppid ?? 0) spared.add(pid)
  return spared
}
