import { join } from 'node:path'
import type { AgentSpec, MonoMs } from '../../core/index.ts'
import type { Crew } from '../engine.ts'
import { identityPath, keepIdentity, tokenKeyName } from './token.ts'

/** How often the token file of a session that is known is looked at. Milliseconds. */
const againMs = 30_000
/** Known ones that are looked at in one tick: a fleet that was started at once would else be looked at at once for ever. */
const perTick = 10

interface Kept {
  run: string
  at: MonoMs
  /** When its file and the fleet's key were written, before it was read; undefined: one of them was not there. */
  stamp: string | undefined
}

/**
 * Sees to it that the token files are those of the sessions that live: one could not be written, was removed, or is of an
 * earlier version of ours. One that nobody has written since it was found good is not read again.
 */
export function createIdentities(crew: () => Crew): { keep(): Promise<void> } {
  const kept = new Map<string, Kept>()

  async function stampOf(agent: string): Promise<string | undefined> {
    const { files, fleet } = crew().world
    const paths = [join(fleet().stateDir, tokenKeyName), identityPath(fleet(), agent)]
    const times = await Promise.all(paths.map((path) => files.modifiedAt(path)))
    return times.includes(undefined) ? undefined : times.join(' ')
  }

  async function keepOne({ name }: AgentSpec, run: string, last: Kept | undefined): Promise<void> {
    const { world } = crew()
    const one: Kept = { run, at: world.clock.now().mono, stamp: undefined }
    kept.set(name, one)
    // Taken before it is read: what is written meanwhile is read the next time.
    one.stamp = await stampOf(name)
    if (last?.run !== run || one.stamp === undefined || one.stamp !== last.stamp)
      await keepIdentity(world, name, run)
  }

  return {
    async keep() {
      const { world, observer } = crew()
      const { mono } = world.clock.now()
      let known = 0
      for (const spec of world.fleet().agents) {
        const seen = observer.sighting(spec)
        const run = seen.kind === 'alive' ? seen.pane.tag?.run : undefined
        const last = kept.get(spec.name)
        if (run === undefined || (last?.run === run && mono - last.at < againMs)) continue
        if (last?.run === run && known >= perTick) continue
        if (last?.run === run) known += 1
        await keepOne(spec, run, last)
      }
    },
  }
}
