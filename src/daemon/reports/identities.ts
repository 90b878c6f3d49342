import type { MonoMs } from '../../core/index.ts'
import type { Crew } from '../engine.ts'
import { keepIdentity } from './token.ts'

/** How often the token file of a session that is known is looked at. Milliseconds. */
const againMs = 30_000

/**
 * Sees to it that the token files are those of the sessions that live: one could not be written, was removed, or is of an
 * earlier version of ours.
 */
export function createIdentities(crew: () => Crew): { keep(): Promise<void> } {
  const kept = new Map<string, { run: string; at: MonoMs }>()
  return {
    async keep() {
      const { world, observer } = crew()
      const { mono } = world.clock.now()
      for (const spec of world.fleet().agents) {
        const seen = observer.sighting(spec)
        const run = seen.kind === 'alive' ? seen.pane.tag?.run : undefined
        const last = kept.get(spec.name)
        if (run === undefined || (last?.run === run && mono - last.at < againMs)) continue
        kept.set(spec.name, { run, at: mono })
        await keepIdentity(world, spec.name, run)
      }
    },
  }
}
