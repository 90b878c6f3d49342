import { join } from 'node:path'
import { newId } from '../../town/wire/ids.ts'
import type { World } from '../world.ts'
import { ledgerName, newcomer, readLedger } from './ledger.ts'
import { isTownOn } from './open.ts'

/**
 * Ids of agents that are about to start, so that their sessions know them. One that the town does not know yet gets its
 * id here, in the ledger, where the watchdog finds it; without a town there are none.
 */
export async function townIds(world: World, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { town } = world
  if (town !== undefined)
    return new Map((await Promise.all(names.map(async (name) => pair(name, await town.assign(name))))).flat())
  if (!(await isTownOn(world.fleet()))) return new Map()
  return world.locks.exclusive(join(world.fleet().stateDir, `${ledgerName}.lock`), async () => {
    const { state } = await readLedger(world.store)
    const now = world.clock.now().wall
    const missing = names.filter((name) => state.agents[name] === undefined)
    for (const name of missing) state.agents[name] = { ...newcomer(newId(), now), ahead: true }
    if (missing.length > 0) await world.store.save(ledgerName, state)
    return new Map(names.flatMap((name) => pair(name, state.agents[name]?.id)))
  })
}

const pair = (name: string, id: string | undefined): [string, string][] =>
  id === undefined ? [] : [[name, id]]
