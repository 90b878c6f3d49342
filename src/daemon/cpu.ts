import type { MonoMs, PaneSight } from '../core/index.ts'
import type { World } from './world.ts'

/** Share of one core above which a process tree counts as working; an idle TUI stays near 1 %. */
const busyShare = 0.05
/** Shortest time over which a share means anything: CPU time is counted in hundredths of a second. Milliseconds. */
const windowMs = 400
/** A sample older than this says nothing about now. Milliseconds. */
const freshMs = 5_000

export interface CpuSampler {
  sample(panes: readonly PaneSight[]): Promise<void>
  /** Whether the tree under the pane used the CPU between the last two samples; undefined: not known. */
  busy(pane: PaneSight): boolean | undefined
}

export function createCpuSampler(world: World): CpuSampler {
  const samples = new Map<string, { panePid: number; cpuMs: number; at: MonoMs; busy: boolean | undefined }>()

  async function sample(panes: readonly PaneSight[]): Promise<void> {
    if (panes.length === 0) return
    const table = await world.procs.table(200)
    const at = world.clock.now().mono
    for (const { paneId, panePid } of panes) {
      const cpuMs = table.tree(panePid).reduce((sum, proc) => sum + proc.cpuMs, 0)
      const old = samples.get(paneId)
      if (old === undefined || old.panePid !== panePid)
        samples.set(paneId, { panePid, cpuMs, at, busy: undefined })
      else if (at - old.at >= windowMs) {
        samples.set(paneId, { panePid, cpuMs, at, busy: (cpuMs - old.cpuMs) / (at - old.at) >= busyShare })
      }
    }
  }

  function busy(pane: PaneSight): boolean | undefined {
    const found = samples.get(pane.paneId)
    if (found === undefined || found.panePid !== pane.panePid) return undefined
    return world.clock.now().mono - found.at < freshMs ? found.busy : undefined
  }

  return { sample, busy }
}
