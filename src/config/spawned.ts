import { join } from 'node:path'
import * as v from 'valibot'
import type { SpawnedIdentity } from '../core/index.ts'
import type { Finding, Path } from './finding.ts'
import { warning } from './finding.ts'
import { nameFault, RESERVED_NAMES } from './names.ts'
import { pathFrom } from './paths.ts'
import { agentTable, NOT_DEFAULTABLE } from './schema/schema.ts'
import type { Tables } from './tables.ts'

/** One worker that `agents spawn` added. Kept in the state folder; nothing of it ever comes from Redis. */
const worker = v.object({
  name: v.string(),
  /** Name of a backend; undefined: that of `[defaults]`, else claude. */
  backend: v.optional(v.string()),
  /** In place of a backend: shell text of a round, as it was typed. */
  command: v.optional(v.string()),
  maxRounds: v.pipe(v.number(), v.integer(), v.minValue(0)),
  idleTimeoutMs: v.pipe(v.number(), v.minValue(0)),
  role: v.optional(v.string()),
  nickname: v.optional(v.string()),
  parent: v.optional(v.string()),
  /** Absolute. */
  dir: v.optional(v.string()),
  at: v.number(),
})
const file = v.pipe(v.string(), v.parseJson(), v.object({ version: v.literal(1), workers: v.array(worker) }))

export type SpawnedWorker = v.InferOutput<typeof worker>

export const spawnedName = 'spawned.json'
/** Where in a config such a worker is said to stand. */
export const SPAWNED = 'spawned'
const fallback = 'claude'

export const writeSpawned = (workers: readonly SpawnedWorker[]): string =>
  `${JSON.stringify({ version: 1, workers }, undefined, 1)}\n`

/** @returns undefined for a text that is none */
export function parseSpawned(text: string): SpawnedWorker[] | undefined {
  const read = v.safeParse(file, text)
  return read.success ? read.output.workers : undefined
}

/** Absolute path of the file; undefined while `log_dir` is missing. */
export function spawnedPath(tables: Tables, projectDir: string, home: string): string | undefined {
  const logDir = tables.project.log_dir
  return logDir ? join(pathFrom(projectDir, logDir, home), 'state', spawnedName) : undefined
}

/** Why a name cannot be given to a new worker, in words; undefined when it can. */
export function spawnNameFault(name: string): string | undefined {
  const fault = nameFault(name)
  if (fault !== undefined) return fault
  const reserved = RESERVED_NAMES.has(name) || ['supervisor', 'conductor'].includes(name.toLowerCase())
  return reserved ? 'is the name of a part of the fleet or of the mailbox of people' : undefined
}

/** The tables with the spawned workers behind the agents of the file, whose names win. */
export function withSpawned(tables: Tables, workers: readonly SpawnedWorker[]): Tables {
  const taken = new Set([...tables.agents, ...tables.services].map(({ table }) => table.name))
  const layer: Record<string, unknown> = { ...tables.defaults }
  for (const key of NOT_DEFAULTABLE) delete layer[key]
  const agents = [...tables.agents]
  const backends = { ...tables.backends }
  for (const [index, one] of workers.entries()) {
    if (taken.has(one.name) || spawnNameFault(one.name) !== undefined) continue
    taken.add(one.name)
    const own = tableOf(one, layer)
    const read = v.safeParse(agentTable, { ...layer, ...own })
    if (!read.success) continue
    if (one.command !== undefined) backends[own.backend] = { bin: one.command, round_cmd: '{bin} {flags}' }
    agents.push({ path: [SPAWNED, index], table: read.output, written: own })
  }
  return { ...tables, agents, backends }
}

function tableOf(one: SpawnedWorker, layer: Record<string, unknown>) {
  const usual = typeof layer.backend === 'string' ? layer.backend : fallback
  return {
    name: one.name,
    kind: 'worker',
    backend: one.command === undefined ? (one.backend ?? usual) : `${SPAWNED}-${one.name}`,
    watch: 'heal',
    enabled: true,
    on_limit: 'wait',
    restart: 'transient',
    max_rounds: one.maxRounds,
    idle_timeout: `${one.idleTimeoutMs}ms`,
    ...(one.role === undefined ? {} : { role: one.role }),
    ...(one.dir === undefined ? {} : { dir: one.dir }),
  }
}

export const identityOf = ({ nickname, parent, at }: SpawnedWorker): SpawnedIdentity => ({
  nickname,
  parent,
  at,
})

export const isSpawned = (path: Path): boolean => path[0] === SPAWNED

/** What an error about a spawned worker becomes: the worker is left out, and the config stays as it is. */
export function leftOut({ what }: Finding, worker: SpawnedWorker, path: string): Finding {
  const finding = warning(
    'CONFIG_SPAWNED',
    [SPAWNED, worker.name],
    `The spawned worker "${worker.name}" is left out: ${what}`,
    'Mend that, or remove the worker with `agents prune`.',
  )
  return { ...finding, file: path }
}

export const damagedSpawned = (path: string): Finding => ({
  ...warning(
    'CONFIG_SPAWNED',
    [SPAWNED],
    `${path} cannot be read; the workers in it are left out.`,
    'Spawn them anew.',
  ),
  file: path,
})
