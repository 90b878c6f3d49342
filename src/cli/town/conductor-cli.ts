import { basename, dirname, join } from 'node:path'
import type { TomlFiles } from '../../adapters/files/toml-files.ts'
import { plainWords } from '../../backends/plain-words.ts'
import { resolveBackends } from '../../config/backends.ts'
import type { BackendSpec } from '../../core/backend-spec.ts'
import type { Fleet } from '../../core/fleet.ts'
import { globalPath, requireConfig } from '../commands/config-keys.ts'
import type { CliDeps, Invocation } from '../types.ts'

type Started = Pick<BackendSpec, 'name' | 'bin' | 'flags' | 'promptFlag' | 'promptDelivery'>

/**
 * The CLI of the conductor: `--cli`, `conductor_cli` of the tinytown.toml, that of `~/.tt/config.toml`, the backend of the
 * first agent, `default_cli` of `~/.tt/config.toml`. A name is a backend of agents.toml, a built-in one, or one of
 * `agent_clis`; anything else is the command itself.
 */
export async function conductorBackend(call: Invocation, fleet: Fleet, deps: CliDeps): Promise<Started> {
  const files = await deps.tomlFiles()
  const path = globalPath(deps)
  const global = requireConfig(path, files.read(path))
  const asked = call.options.cli
  const name =
    (typeof asked === 'string' ? asked : undefined) ??
    ofTown(files, fleet) ??
    global.conductorCli ??
    fleet.agents.find(({ enabled }) => enabled)?.backend ??
    global.defaultCli
  const command = Object.hasOwn(global.agentClis, name) ? global.agentClis[name] : undefined
  return named(name, fleet, await deps.presets()) ?? commandOf(name, command ?? name, await deps.presets())
}

function ofTown(files: TomlFiles, fleet: Fleet): string | undefined {
  const read = files.read(fleet.town.filePath ?? join(dirname(fleet.configPath), 'tinytown.toml'))
  const value = read.kind === 'ok' ? read.table.conductor_cli : undefined
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

type Presets = Awaited<ReturnType<CliDeps['presets']>>

function named(name: string, { backends }: Fleet, presets: Presets): Started | undefined {
  if (Object.hasOwn(backends, name)) return backends[name]
  return resolveBackends({}, presets, [name]).specs[name]
}

/** A command of somebody's own: with the manners of the built-in CLI that it starts, if it is one. */
function commandOf(name: string, command: string, presets: Presets): Started {
  const program = basename(plainWords(command)?.[0] ?? '')
  const preset = Object.hasOwn(presets, program)
    ? resolveBackends({}, presets, [program]).specs[program]
    : undefined
  return {
    name,
    bin: command,
    flags: '',
    promptFlag: preset?.promptFlag ?? '',
    promptDelivery: preset?.promptDelivery ?? 'arg',
  }
}
