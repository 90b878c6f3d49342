import { createConfigFiles } from '../../adapters/files/config-files.ts'
import { createStateStore } from '../../adapters/files/state-store.ts'
import { createPrivateServer, createRedis, serverSocket } from '../../adapters/redis/index.ts'
import type { World } from '../world.ts'
import type { TownDoors } from './link.ts'
import { placeOf, townFolder } from './place.ts'
import { rememberTown } from './registry.ts'

/** The real ones. */
export function townDoors(world: World): TownDoors {
  return {
    isOn: async (fleet) =>
      fleet.town.mode === 'on' ||
      (fleet.town.mode === 'auto' && (await world.files.exists(townFolder(fleet)))),
    place: (fleet) =>
      placeOf(fleet, {
        files: createConfigFiles(),
        store: world.store,
        env: world.env,
        socket: () => serverSocket(fleet.stateDir),
      }),
    server: (place) => createPrivateServer(place, { locks: world.locks, procs: world.procs, env: world.env }),
    connect: (place, name) => createRedis({ ...place, name }),
    remember: (fleet, name) =>
      rememberTown(
        { store: createStateStore, locks: world.locks, env: world.env },
        { config: fleet.configPath, name, at: world.clock.now().wall },
      ),
  }
}
