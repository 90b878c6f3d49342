import { createConfigFiles } from '../../adapters/files/config-files.ts'
import { presets } from '../../backends/presets/index.ts'
import { type LoadedConfig, loadConfig, type ProbeRegex } from '../../config/index.ts'
import type { SpawnedWorker } from '../../config/spawned.ts'

/**
 * Loads the config. `env` only for a command of an operator: `AGENT_MODEL_<name>` and `AGENT_BACKEND_<name>` hold for
 * that one call and never reach the watchdog.
 * @param spawn a worker that is to be added, besides those that were
 * @param townOnly without an agents.toml a tinytown.toml beside it will do
 */
export function loadFleetConfig(
  path: string,
  env: NodeJS.ProcessEnv | undefined,
  probeRegex?: ProbeRegex,
  spawn?: SpawnedWorker,
  townOnly?: boolean,
): Promise<LoadedConfig> {
  const probe = probeRegex === undefined ? {} : { probeRegex }
  const spawned = spawn === undefined ? {} : { spawn }
  return loadConfig(
    {
      files: createConfigFiles(),
      presets,
      env,
      ...probe,
      ...spawned,
      ...(townOnly === true ? { townOnly } : {}),
    },
    path,
  )
}

/** The same with `text` in place of the file's content: the last good config while the file is broken. */
export function loadFleetText(path: string, text: string): Promise<LoadedConfig> {
  const files = createConfigFiles()
  const configPath = files.realPath(path)
  const patched = {
    ...files,
    readText: (wanted: string, maxBytes: number) =>
      wanted === configPath ? ({ kind: 'ok', text } as const) : files.readText(wanted, maxBytes),
  }
  return loadConfig({ files: patched, presets, env: undefined }, path)
}

export type { LoadedConfig }
