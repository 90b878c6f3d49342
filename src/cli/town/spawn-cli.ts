import { dirname, join } from 'node:path'
import type { TomlFiles } from '../../adapters/files/toml-files.ts'
import type { SpawnedWorker } from '../../config/spawned.ts'
import type { Fleet } from '../../core/fleet.ts'
import { globalPath, requireConfig } from '../commands/config-keys.ts'
import type { CliDeps } from '../types.ts'

type Chosen = Pick<SpawnedWorker, 'backend' | 'command'>

/**
 * The CLI of a worker. A name is a backend of agents.toml, a built-in one, or one of `agent_clis` of `~/.tt/config.toml`;
 * anything else is the command itself. Without one: `backend` of `[defaults]`, else `default_cli` of the tinytown.toml, else
 * that of `~/.tt/config.toml`, which is claude where nobody has set it.
 * @param asked of `--cli`
 * @returns no key: `backend` of `[defaults]`, else claude
 * @throws {UserError} GLOBAL_CONFIG: `~/.tt/config.toml` is asked and cannot be understood
 */
export async function spawnCli(asked: string | undefined, fleet: Fleet, deps: CliDeps): Promise<Chosen> {
  const files = await deps.tomlFiles()
  const path = globalPath(deps)
  // A fault in that file is in nobody's way who names a backend.
  const global = () => requireConfig(path, files.read(path))
  const cli =
    asked ?? (hasOwnDefault(files, fleet) ? undefined : (ofTown(files, fleet) ?? global().defaultCli))
  if (cli === undefined) return {}
  if (!/^[A-Za-z0-9_-]+$/.test(cli)) return { command: cli }
  if (Object.hasOwn(fleet.backends, cli) || Object.hasOwn(await deps.presets(), cli)) return { backend: cli }
  const { agentClis } = global()
  if (Object.hasOwn(agentClis, cli)) return { command: agentClis[cli]! }
  // What is nothing of these is told as a missing backend.
  return (await deps.host()).which(cli) === undefined ? { backend: cli } : { command: cli }
}

function hasOwnDefault(files: TomlFiles, { configPath }: Fleet): boolean {
  const read = files.read(configPath)
  const defaults: unknown = read.kind === 'ok' ? read.table.defaults : undefined
  return typeof defaults === 'object' && defaults !== null && 'backend' in defaults
}

function ofTown(files: TomlFiles, { town, configPath }: Fleet): string | undefined {
  const read = files.read(town.filePath ?? join(dirname(configPath), 'tinytown.toml'))
  const value = read.kind === 'ok' ? read.table.default_cli : undefined
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}
