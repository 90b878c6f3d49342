import type { CliDeps, Invocation } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { inSession } from './order-agents.ts'

/** A watchdog hears of the file within a second. Milliseconds. */
const heardMs = 10_000
const lookEveryMs = 100

/**
 * These workers leave the fleet: whatever of them still runs is ended, then they are taken out of its file; a watchdog
 * that runs has heard of it when this resolves, so that it makes no record of theirs again.
 */
export async function dismissSpawned(
  call: Invocation,
  deps: CliDeps,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return
  await withFleet(inSession(call, deps), deps, async (open) => {
    await open.control.down(names, {})
    const { unspawn } = await deps.spawning()
    for (const name of names) await unspawn(open.fleet, name)
    const until = deps.now() + heardMs
    const stop = deps.io.interrupted()
    while (open.watched && deps.now() < until && !stop.aborted) {
      const { agents } = await open.control.status()
      if (!agents.some(({ name }) => names.includes(name))) return
      await deps.sleep(lookEveryMs, stop)
    }
  })
}
