import type { OwnFleet, Town } from '../town.ts'
import { STAGED } from './all-keys.ts'

/** A staged record under a name of this fleet. */
interface Candidate {
  id: string
  name: string
  owner: string | undefined
  state: string
}

const OVER = new Set(['stopped', 'error', 'cold'])

/**
 * Agents of a file that is being brought back, whose names are this fleet's: their records become its own before they are in
 * the town, so that its watchdog goes on under their ids, with their inboxes and tasks, and not beside them. Left alone is
 * whom another fleet keeps in this town at the same time, and a worker of another program that lived.
 * @param keys those that are staged, below the root
 * @returns names
 */
export async function adoptStaged(town: Town, keys: readonly string[]): Promise<string[]> {
  const { own } = town
  if (own === undefined) return []
  const found = await candidates(town, own, keys)
  const names = [...new Set(found.map(({ name }) => name))].sort()
  const indexed = await chosenIds(town, names)
  const adopted: string[] = []
  for (const [at, name] of names.entries()) {
    const alike = found.filter((one) => one.name === name)
    const one = alike.find(({ id }) => id === indexed[at]) ?? (alike.length === 1 ? alike[0] : undefined)
    if (one === undefined || !(await isFree(town, own, one))) continue
    await adopt(town, own, one)
    adopted.push(name)
  }
  return adopted
}

async function candidates(town: Town, own: OwnFleet, keys: readonly string[]): Promise<Candidate[]> {
  const ids = keys.flatMap((key) => (key.startsWith('agent:') ? key.slice('agent:'.length) : []))
  const found: Candidate[] = []
  for (let at = 0; at < ids.length; at += 500) {
    const some = ids.slice(at, at + 500)
    const rows = await town.redis.pipeline(
      some.map((id) => ['HMGET', staged(town, id), 'name', 'state', 'fleet_owner'] as const),
    )
    for (const [n, row] of rows.entries()) {
      const [name, state, owner] = Array.isArray(row) ? row : []
      if (typeof name !== 'string' || !own.names.has(name)) continue
      found.push({
        id: some[n]!,
        name,
        state: typeof state === 'string' ? state : '',
        owner: typeof owner === 'string' ? owner : undefined,
      })
    }
  }
  return found
}

const staged = (town: Town, id: string): string => `${town.keys.root}${STAGED}agent:${id}`

async function chosenIds(town: Town, names: readonly string[]): Promise<(string | undefined)[]> {
  const index = `${town.keys.root}${STAGED}${town.keys.names.slice(town.keys.root.length)}`
  const reply = names.length === 0 ? [] : await town.redis.call('HMGET', index, ...names)
  return names.map((_, at) => {
    const id = Array.isArray(reply) ? reply[at] : undefined
    return typeof id === 'string' ? id : undefined
  })
}

/** Nobody else keeps it, as far as can be told. */
async function isFree(town: Town, own: OwnFleet, { id, owner, state }: Candidate): Promise<boolean> {
  if (owner === undefined) return OVER.has(state)
  const keeps = await town.redis.call('HGET', town.keys.agent(id), 'fleet_owner')
  return owner === own.id || typeof keeps !== 'string' || keeps === own.id
}

async function adopt(town: Town, own: OwnFleet, { id, owner, state }: Candidate): Promise<void> {
  // Nobody has written what it is since: no order is read from it.
  const said = owner === undefined ? ['fleet_state', state] : []
  await town.redis.call('HSET', staged(town, id), 'fleet_owner', own.id, ...said)
}
