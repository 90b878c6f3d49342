import type { World } from '../world.ts'

/** How often the watchdog looks for reports that were left for it. Milliseconds. */
const everyMs = 5_000

/** Takes in the reports that agents left while no watchdog answered: one listing of a small folder now and then. */
export function createReportPost(world: World, look: () => Promise<void>): { collect(): Promise<void> } {
  let at = world.clock.now().mono
  return {
    async collect() {
      const now = world.clock.now().mono
      if (now - at < everyMs) return
      at = now
      if (await world.reports.collect()) await look()
    },
  }
}
