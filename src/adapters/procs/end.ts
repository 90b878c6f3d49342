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
 * Remembers every process ever seen under a root, so that a child is still known as ours when its parent has died and
 * it hangs under init. A process found by its run is known alone, without those below it: a tmux server that an agent
 * started carries the agent's run, and everybody's panes hang under it.
 */
function createHunt(hands: Hands, wish: Wish): Hunt {
  const rooted = new Map<string, ProcessId>(wish.roots.map((root) => [keyOf(root), root]))
  const byRun = new Map<string, ProcessId>()
  let scannedAt = Number.NEGATIVE_INFINITY

  /** Adds what hangs under a root, or is in a session that one of those leads or led, until nothing is new. */
  function spread(table: ProcTable, spared: ReadonlySet<number>): void {
    const mine = new Set(table.tree(process.pid).map((proc) => proc.pid))
    // What this process started itself (a tmux client, say) goes only when it hangs under a root of its own.
    const add = (rootPid: number, proc: Proc) => {
      if (mine.has(rootPid) || !mine.has(proc.pid)) rooted.set(keyOf(proc), proc)
    }
    for (let before = -1; before !== rooted.size; ) {
      before = rooted.size
      const sessions = sessionsOf(rooted.values(), table, spared)
      for (const proc of table.all()) if (sessions.has(proc.sid)) add(proc.sid, proc)
      for (const { pid, start } of [...rooted.values()]) {
        if (spared.has(pid) || table.get(pid)?.start !== start) continue
        for (const proc of table.tree(pid)) add(pid, proc)
      }
    }
  }

  async function scanRuns(): Promise<void> {
    for (const procs of (await hands.byRun(wish.runs)).values()) {
      for (const proc of procs) byRun.set(keyOf(proc), proc)
    }
    scannedAt = performance.now()
  }

  return {
    async look(deep = false) {
      const due = deep || performance.now() - scannedAt > RUN_SCAN_EVERY_MS
      if (wish.runs.length > 0 && due) await scanRuns()
      const table = await hands.table()
      const spared = untouchable(table)
      spread(table, spared)
      const meant = (proc: Proc) => rooted.has(keyOf(proc)) || byRun.has(keyOf(proc))
      return [...table.all()].filter((proc) => meant(proc) && !isGone(proc) && !spared.has(proc.pid))
    },
  }
}

function keyOf(id: ProcessId): string {
  return `${id.pid}:${id.start}`
}

/**
 * Sessions led by one of these, also by one that has died. The kernel gives a session's number to no new process while
 * a member lives, so the number is the leader's own unless another process has it now.
 */
function sessionsOf(ids: Iterable<ProcessId>, table: ProcTable, spared: ReadonlySet<number>): Set<number> {
  const own = [...ids].filter(
    ({ pid, start }) => !spared.has(pid) && (table.get(pid)?.start ?? start) === start,
  )
  return new Set(own.map(({ pid }) => pid))
}

/**
 * Init, the kernel's threads, this process and the chain of its parents. Neither signalled nor walked: below init hangs
 * the whole machine, and below our parents hang others who have nothing to do with us.
 */
function untouchable(table: ProcTable): Set<number> {
  const spared = new Set([0, 1, process.pid])
  for (let pid = table.get(process.pid)?.ppid ?? 0; pid > 1 && !spared.has(pid); ) {
    spared.add(pid)
    pid = table.get(pid)?.ppid ?? 0
  }
  // kthreadd and its children.
  for (const proc of table.all()) if (proc.pid === 2 && proc.ppid === 0) spared.add(proc.pid)
  return spared
}
