import { createLocks } from '../../adapters/files/locks.ts'
import { createStateStore } from '../../adapters/files/state-store.ts'
import { createTomlFiles } from '../../adapters/files/toml-files.ts'
import type { Fleet } from '../../core/fleet.ts'
import { findPlace } from '../../daemon/town/open.ts'
import type { TownPlace } from '../../daemon/town/place.ts'
import { knownTowns, rememberTown } from '../../daemon/town/registry.ts'
import { seeTowns } from '../../daemon/town/towns.ts'
import { visitTown } from '../../daemon/town/visit.ts'

/** The real registry of towns. @param load of an agents.toml; undefined: it cannot be used */
export function townsOf(env: NodeJS.ProcessEnv, load: (config: string) => Promise<Fleet | undefined>) {
  const deps = { store: createStateStore, locks: createLocks(), env }
  // REDIS_URL is one address, and would be that of every town.
  const { REDIS_URL: _one, ...bare } = env

  async function placeOf(config: string): Promise<TownPlace | undefined> {
    const [fleet] = await Promise.allSettled([load(config)])
    if (fleet.status === 'rejected' || fleet.value === undefined || fleet.value.town.mode === 'off')
      return undefined
    const [place] = await Promise.allSettled([findPlace(fleet.value, bare)])
    return place.status === 'fulfilled' ? place.value : undefined
  }

  return {
    remember: (fleet: Fleet, name: string) =>
      rememberTown(deps, { config: fleet.configPath, name, at: Date.now() }),
    see: () =>
      seeTowns({
        home: env.HOME ?? '/',
        files: createTomlFiles(),
        known: () => knownTowns(deps),
        placeOf,
        visit: visitTown,
      }),
  }
}
