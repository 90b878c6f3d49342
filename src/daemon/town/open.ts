import { createConfigFiles } from '../../adapters/files/config-files.ts'
import { createLocks } from '../../adapters/files/locks.ts'
import { createProjectFiles } from '../../adapters/files/project-files.ts'
import { createStateStore } from '../../adapters/files/state-store.ts'
import { createProcs } from '../../adapters/procs/index.ts'
import { createPrivateServer, createRedis, serverSocket, unusable } from '../../adapters/redis/index.ts'
import type { PrivateServer, Redis, RedisPlace } from '../../adapters/redis/types.ts'
import { Exit, type Fleet, UserError } from '../../core/index.ts'
import { createTown, type OwnFleet, type Town } from '../../town/town.ts'
import { fleetId } from '../names.ts'
import { placeOf, type TownPlace, townFolder } from './place.ts'

export interface OpenTown {
  town: Town
  place: TownPlace
  close(): Promise<void>
}

export interface TownOptions {
  env: NodeJS.ProcessEnv
  /** Seen in `CLIENT LIST` as `agents-<role>`. */
  role: string
  /** False: a server of the fleet's own that does not run is not started for this. @default true */
  start?: boolean | undefined
  /** For connecting and for each call, milliseconds. @default 2000 */
  deadlineMs?: number | undefined
}

/** The town is on: it is asked for, or it was used before. */
export async function isTownOn(fleet: Fleet): Promise<boolean> {
  if (fleet.town.mode !== 'auto') return fleet.town.mode === 'on'
  return createProjectFiles().exists(townFolder(fleet))
}

/** @throws {UserError} TOWN_FILE, exit 2 */
export function findPlace(fleet: Fleet, env: NodeJS.ProcessEnv): Promise<TownPlace> {
  return placeOf(fleet, {
    files: createConfigFiles(),
    store: createStateStore(fleet.stateDir),
    env,
    socket: () => serverSocket(fleet.stateDir),
  })
}

/** The connection to where a town is; nothing is sent yet. @throws {UserError} `REDIS_URL`, exit 2 */
export function connectTo(place: RedisPlace, role: string, deadlineMs?: number): Redis {
  const name = `agents-${role}`
  return createRedis({ ...place, name, ...(deadlineMs === undefined ? {} : { deadlineMs }) })
}

export function privateServer(
  place: Extract<RedisPlace, { kind: 'private' }>,
  env: NodeJS.ProcessEnv,
): PrivateServer {
  return createPrivateServer(place, { locks: createLocks(), procs: createProcs(), env })
}

/**
 * The town of a fleet, for one command: its server is started first where it is ours and does not run.
 * @throws {UserError} TOWN_OFF, TOWN_FILE, REDIS_URL, exit 2
 * @throws {OutsideError} REDIS_MISSING (exit 5), REDIS_SERVER
 */
export async function openTown(fleet: Fleet, options: TownOptions): Promise<OpenTown> {
  if (fleet.town.mode === 'off') throw townOff(fleet)
  const place = await findPlace(fleet, options.env)
  if (place.redis.kind === 'private' && options.start !== false) await ensureServer(place.redis, options.env)
  const redis = connectTo(place.redis, options.role, options.deadlineMs)
  return { town: createTown(place.name, redis, Date.now, ownOf(fleet)), place, close: () => redis.close() }
}

const ownOf = (fleet: Fleet): OwnFleet => ({
  id: fleetId(fleet),
  names: new Set(fleet.agents.map(({ name }) => name)),
})

function townOff(fleet: Fleet): UserError {
  return new UserError({
    code: 'TOWN_OFF',
    what: 'The town of this project is off: `[town] enabled = false`.',
    fix: 'Take that line out of agents.toml.',
    file: fleet.configPath,
    key: 'town.enabled',
    exit: Exit.usage,
  })
}

async function ensureServer(
  place: Extract<RedisPlace, { kind: 'private' }>,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  const state = await privateServer(place, env).ensure()
  if (state.kind !== 'running') throw unusable(state)
}
