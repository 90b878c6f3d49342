import type { MonoMs, PaneSight } from '../../core/index.ts'
import type { World } from '../world.ts'

/**
 * Share of one core, used or waited for, above which a process tree counts as working; an idle TUI stays near 1 %. The
 * waiting counts because a working agent on a crowded machine gets hardly any CPU, and is not hung for that.
 */
const busyShare = 0.05
/** Shortest time over which a share means anything: CPU time is counted in hundredths of a second. Milliseconds. */
const windowMs = 400
/** Several suspects at one look share one process table. Milliseconds. */
const tableAgeMs = 50
/** A sample older than this says nothing about now. Milliseconds. */
const freshMs = 5_000

export interface CpuSampler {
  sample(panes: readonly PaneSight[]): Promise<void>
  /** Whether the tree under the pane used the CPU, or waited for it, between the last two samples; undefined: not known. */
  busy(pane: PaneSight): boolean | undefined
}

interface Sample {
  panePid: number
  /** Who was in the tree. */
  members: string
  usedMs: number
  at: MonoMs
  busy: boolean | undefined
}

export function createCpuSampler(world: World): CpuSampler {
  const samples = new Map<string, Sample>()

  async function sample(panes: readonly PaneSight[]): Promise<void> {
    if (panes.length === 0) return
    const table = await world.procs.table(tableAgeMs)
    for (const pane of panes) {
      const tree = table.tree(pane.panePid)
      const at = world.clock.now().mono
      const cpuMs = tree.reduce((sum, proc) => sum + proc.cpuMs, 0)
      const members = tree.map((proc) => `${proc.pid}:${proc.start}`).sort()
      const now = {
        panePid: pane.panePid,
        members: members.join(),
        usedMs: cpuMs + (await world.procs.waited(tree)),
        at,
      }
      const old = samples.get(pane.paneId)
      if (old === undefined || old.panePid !== pane.panePid)
        samples.set(pane.paneId, { ...now, busy: undefined })
      else if (at - old.at >= windowMs) samples.set(pane.paneId, { ...now, busy: worked(old, now) })
    }
  }

  function busy(pane: PaneSight): boolean | undefined {
    const found = samples.get(pane.paneId)
    if (found === undefined || found.panePid !== pane.panePid) return undefined
    return world.clock.now().mono - found.at < freshMs ? found.busy : undefined
  }

  return { sample, busy }
}

/** A program that starts others works, however little CPU it takes itself. */
function worked(old: Omit<Sample, 'busy'>, now: Omit<Sample, 'busy'>): boolean {
  return old.members !== now.members || (now.usedMs - old.usedMs) / (now.at - old.at) >= busyShare
}
