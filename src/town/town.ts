import type { Redis } from '../adapters/redis/types.ts'
import type { EpochMs } from '../core/index.ts'
import { type TownKeys, townKeys } from './keys.ts'

/** One town on a connection: what every operation of this folder is given first. */
export interface Town {
  name: string
  keys: TownKeys
  redis: Redis
  now(): EpochMs
  /** The fleet in whose folder or session somebody names agents; undefined: nobody does. */
  own: OwnFleet | undefined
}

/** Whose agents a name means first, where several fleets live in one town. */
export interface OwnFleet {
  /** In the field `fleet_owner` of its records. */
  id: string
  names: ReadonlySet<string>
}

export function createTown(name: string, redis: Redis, now: () => EpochMs, own?: OwnFleet): Town {
  return { name, keys: townKeys(name), redis, now, own }
}

/** A hash as HGETALL gives it; undefined when there is none. */
export function hashOf(reply: unknown): Record<string, string> | undefined {
  if (!Array.isArray(reply) || reply.length === 0) return undefined
  const hash: Record<string, string> = Object.create(null)
  for (let i = 0; i + 1 < reply.length; i += 2) hash[String(reply[i])] = String(reply[i + 1])
  return hash
}

export const textsOf = (reply: unknown): string[] => (Array.isArray(reply) ? reply.map(String) : [])
