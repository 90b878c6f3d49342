import { createEngine, type Engine, type EngineDeps } from './engine.ts'
import type { Observer } from './look/observer.ts'
import { createLoop, type Loop } from './loop.ts'
import { createMemoryKeeper, loadMemory, type MemoryKeeper } from './memory-store.ts'
import type { World } from './world.ts'

export interface EngineParts {
  engine: Engine
  loop: Loop
  memories: MemoryKeeper
}

/** An engine with what it learned before, and with its phases and hand-offs, which ask it to look. */
export async function startEngine(
  world: World,
  observer: Observer,
  complain: (error: unknown) => void,
  how: Pick<EngineDeps, 'decides' | 'onSeen'>,
): Promise<EngineParts> {
  const loop = createLoop(world, () => engine, complain)
  const memories = createMemoryKeeper(world)
  const engine: Engine = createEngine(
    { ...how, world, observer, phases: loop.phases, onMemory: memories.changed, random: Math.random },
    await loadMemory(world),
  )
  return { engine, loop, memories }
}
