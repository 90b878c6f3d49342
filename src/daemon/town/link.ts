import type { Health, PrivateServer, Redis, RedisPlace, ServerState } from '../../adapters/redis/types.ts'
import { type Clock, type Fleet, type MonoMs, OutsideError, UserError } from '../../core/index.ts'
import { createTown, type Town } from '../../town/town.ts'
import type { TownPlace } from './place.ts'

/** The ways to a town; see open.ts. */
export interface TownDoors {
  isOn(fleet: Fleet): Promise<boolean>
  /** @throws {UserError} TOWN_FILE */
  place(fleet: Fleet): Promise<TownPlace>
  server(place: Extract<RedisPlace, { kind: 'private' }>): Pick<PrivateServer, 'ensure'>
  connect(place: RedisPlace, role: string): Redis
  /** Writes the town down for `agents towns`. */
  remember(fleet: Fleet, name: string): Promise<void>
}

/** How the town can be reached now. */
export type Reach =
  | { kind: 'off' }
  /** `fix`: what a person can do about it, where anything is known. */
  | { kind: 'away'; place: TownPlace | undefined; why: string; fix: string | undefined }
  | {
      kind: 'up'
      place: TownPlace
      town: Town
      health: Health
      server: ServerState | undefined
      fresh: boolean
    }

export interface TownLink {
  /** Sees to it that the town can be reached: its server runs, and we are connected. Never throws, never hangs. */
  reach(): Promise<Reach>
  /** Calls back when the connection that there is now is lost. @returns ends that */
  onLost(listener: () => void): () => void
  /** Looks anew where the town is. */
  configure(): void
  close(): Promise<void>
}

interface Open {
  place: TownPlace
  redis: Redis
  town: Town
  server: Pick<PrivateServer, 'ensure'> | undefined
  state: ServerState | undefined
  health: Health | undefined
  healthAt: MonoMs
  /** Nobody has been told yet that it is open. */
  fresh: boolean
}

/** How often the place of the town is looked up, and its server asked how it is. Milliseconds. */
const placeEveryMs = 2_000
const healthEveryMs = 10_000

/** @param leave tells a town that the fleet goes; never rejects */
export function createTownLink(
  fleet: () => Fleet,
  clock: Clock,
  doors: TownDoors,
  leave: (town: Town) => Promise<void>,
): TownLink {
  let open: Open | undefined
  let placed: { place: TownPlace; at: MonoMs } | undefined

  async function drop(): Promise<void> {
    const was = open
    open = undefined
    await was?.redis.close()
  }

  /** The fleet moves to another town, or has none any more: the old one is told before. */
  async function moveOut(): Promise<void> {
    if (open?.redis.up() === true) await leave(open.town)
    await drop()
  }

  /** undefined: the town is off. */
  async function placeNow(): Promise<TownPlace | undefined> {
    const now = clock.now().mono
    if (placed !== undefined && now - placed.at < placeEveryMs) return placed.place
    if (!(await doors.isOn(fleet()))) {
      placed = undefined
      return undefined
    }
    const place = await doors.place(fleet())
    placed = { place, at: now }
    return place
  }

  function connect(place: TownPlace): Open {
    const redis = doors.connect(place.redis, 'watchdog')
    const town = createTown(place.name, redis, () => clock.now().wall)
    const server = place.redis.kind === 'private' ? doors.server(place.redis) : undefined
    return { place, redis, town, server, state: undefined, health: undefined, healthAt: 0, fresh: true }
  }

  async function go(): Promise<Reach> {
    const place = await placeNow()
    if (place === undefined) {
      await moveOut()
      return { kind: 'off' }
    }
    if (open !== undefined && !samePlace(open.place, place)) await moveOut()
    open ??= connect(place)
    const now = open
    if (now.server !== undefined && !now.redis.up()) {
      now.state = await now.server.ensure()
      if (now.state.kind !== 'running') return { kind: 'away', place, ...told(now.state) }
      now.redis.wake()
    }
    if (now.health === undefined || clock.now().mono - now.healthAt > healthEveryMs) {
      now.health = await now.redis.health()
      now.healthAt = clock.now().mono
    }
    const { town, health, state: server, fresh } = now
    now.fresh = false
    return { kind: 'up', place, town, health, server, fresh }
  }

  return {
    reach: () =>
      go().then(
        (reach) => reach,
        (error: unknown) => {
          // Asked how it is as soon as it is back.
          if (open !== undefined) open.health = undefined
          return { kind: 'away', place: placed?.place, ...whyAway(error) }
        },
      ),
    onLost: (listener) => open?.redis.onLost(listener) ?? (() => undefined),
    configure: () => {
      placed = undefined
      // Who waits for an answer of a place that may be no more hears now that there is none.
      if (open?.server === undefined && open?.redis.up() === false) void drop()
    },
    close: drop,
  }
}

const samePlace = (a: TownPlace, b: TownPlace): boolean => a === b || JSON.stringify(a) === JSON.stringify(b)

function told(state: Exclude<ServerState, { kind: 'running' }>): { why: string; fix: string } {
  if (state.kind === 'failed') return { why: state.why, fix: state.fix }
  return {
    why: 'redis-server is not installed',
    fix: 'Install it (`agents doctor` says how), or name a Redis of yours: `[town] redis_url`.',
  }
}

/** A failure in words. */
export function whyAway(error: unknown): { why: string; fix: string | undefined } {
  if (error instanceof UserError || error instanceof OutsideError)
    return { why: error.message, fix: error.fix }
  return { why: String(error), fix: undefined }
}
