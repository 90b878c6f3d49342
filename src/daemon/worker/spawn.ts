import { join } from 'node:path'
import { createLocks } from '../../adapters/files/locks.ts'
import { createProjectFiles } from '../../adapters/files/project-files.ts'
import { createStateStore } from '../../adapters/files/state-store.ts'
import {
  parseSpawned,
  type SpawnedWorker,
  spawnedName,
  spawnNameFault,
  writeSpawned,
} from '../../config/spawned.ts'
import { type AgentSpec, Exit, type Fleet, UserError } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { loadFleetConfig } from '../config/source.ts'

/** The workers that `agents spawn` added: `state/spawned.json`. Config loading puts them into the fleet. */
export async function readSpawned(fleet: Fleet): Promise<SpawnedWorker[]> {
  const read = await createStateStore(fleet.stateDir).loadText(pathOf(fleet))
  return read.kind === 'ok' ? (parseSpawned(read.text) ?? []) : []
}

/**
 * The fleet as it will be with this worker in it. Nothing is written.
 * @throws {UserError} SPAWN_NAME (exit 2), SPAWN_TAKEN, SPAWN_REFUSED (exit 2)
 */
export async function trySpawn(
  fleet: Fleet,
  worker: SpawnedWorker,
): Promise<{ fleet: Fleet; spec: AgentSpec }> {
  const fault = spawnNameFault(worker.name)
  if (fault !== undefined) {
    const what = `"${visible(worker.name)}" cannot be the name of a worker: it ${fault}.`
    const fix = 'Take letters, digits, "_" and "-", at most 64, and none of the fleet’s own words.'
    throw new UserError({ code: 'SPAWN_NAME', what, fix, exit: Exit.usage })
  }
  refuseTaken(fleet, worker.name)
  if (fleet.town.mode === 'off') throw townOff(worker.name)
  const loaded = await loadFleetConfig(fleet.configPath, undefined, undefined, worker)
  const spec = loaded.kind === 'ok' ? loaded.fleet.agents.find(({ name }) => name === worker.name) : undefined
  if (loaded.kind === 'ok' && spec !== undefined) return { fleet: loaded.fleet, spec }
  const said = loaded.problems.find(({ key }) => key.startsWith('spawned')) ?? loaded.problems[0]
  throw new UserError({
    code: 'SPAWN_REFUSED',
    what: `The worker "${worker.name}" cannot be added: ${whyRefused(said?.what)}`,
    fix: said?.code === 'CONFIG_SPAWNED' ? 'Name a backend or a command with --cli.' : said?.fix,
    exit: Exit.usage,
  })
}

const townOff = (name: string): UserError =>
  new UserError({
    code: 'TOWN_OFF',
    what: `The worker "${name}" gets its work from the town, which is off: \`[town] enabled = false\`. Nothing was changed.`,
    fix: 'Take that line out of agents.toml.',
    exit: Exit.usage,
  })

const whyRefused = (what = 'the config is refused'): string =>
  what.replace(/^The spawned worker "[^"]*" is left out: /, '')

function refuseTaken(fleet: Fleet, name: string): void {
  const agent = fleet.agents.find((one) => one.name === name)
  const taken = agent ?? fleet.services.find((one) => one.name === name)
  if (taken === undefined) return
  const spawned = agent?.worker?.spawned !== undefined
  throw new UserError({
    code: 'SPAWN_TAKEN',
    what: `There is ${spawned ? 'a worker' : 'an agent or service'} named "${name}" already; nothing was changed.`,
    fix: spawned
      ? `Start it again with \`agents restart ${name}\`, or remove it with \`agents prune\` when it has ended.`
      : 'Take another name.',
    exit: Exit.failed,
  })
}

/** Writes the worker down: from now on it is one of the fleet, also after a restart of the watchdog. */
export async function keepSpawned(fleet: Fleet, worker: SpawnedWorker): Promise<void> {
  await update(fleet, (all) => [...all.filter(({ name }) => name !== worker.name), worker])
}

/** How many rounds it has from its next start on. False: it was none that was spawned. */
export async function giveRounds(fleet: Fleet, name: string, maxRounds: number): Promise<boolean> {
  let found = false
  await update(fleet, (all) => {
    found = all.some((one) => one.name === name)
    return all.map((one) => (one.name === name ? { ...one, maxRounds } : one))
  })
  return found
}

/** It is no more one of the fleet; its session is not touched. False: it was none that was spawned. */
export async function unspawn(fleet: Fleet, name: string): Promise<boolean> {
  let found = false
  await update(fleet, (all) => {
    found = all.some((one) => one.name === name)
    return all.filter((one) => one.name !== name)
  })
  return found
}

async function update(fleet: Fleet, change: (all: SpawnedWorker[]) => SpawnedWorker[]): Promise<void> {
  const path = pathOf(fleet)
  const store = createStateStore(fleet.stateDir)
  await createProjectFiles().ensureFolder(fleet.stateDir)
  await createLocks().exclusive(`${path}.lock`, async () => {
    const before = await readSpawned(fleet)
    const after = change(before)
    if (before.length > 0 || after.length > 0) await store.saveText(path, writeSpawned(after))
  })
}

const pathOf = ({ stateDir }: Fleet): string => join(stateDir, spawnedName)
