import type { World } from './world.ts'

/** The same trouble is said again after this long. Milliseconds. */
const repeatMs = 600_000
/** Different troubles remembered; a text that differs every time must not grow the memory. */
const rememberedAtMost = 200

/** Reports trouble once, not once per tick. */
export function createComplaints(world: World): (error: unknown) => void {
  const said = new Map<string, number>()
  return (error) => {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    const now = world.clock.now().mono
    const last = said.get(why)
    if (last !== undefined && now - last < repeatMs) return
    if (said.size >= rememberedAtMost) said.clear()
    said.set(why, now)
    world.report({ kind: 'trouble', because: why })
  }
}
