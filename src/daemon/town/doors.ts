import { createStateStore } from '../../adapters/files/state-store.ts'
import type { World } from '../world.ts'
import type { TownDoors } from './link.ts'
import { connectTo, findPlace, isTownOn, privateServer } from './open.ts'
import { rememberTown } from './registry.ts'

/** The real ones. */
export const townDoors = (world: World): TownDoors => ({
  isOn: isTownOn,
  place: (fleet) => findPlace(fleet, world.env),
  server: (place) => privateServer(place, world.env),
  connect: connectTo,
  remember: (fleet, name) =>
    rememberTown(
      { store: createStateStore, locks: world.locks, env: world.env },
      { config: fleet.configPath, name, at: world.clock.now().wall },
    ),
})
