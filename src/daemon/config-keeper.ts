import { type Watch, watchFiles } from '../adapters/watch/index.ts'
import type { Fleet } from '../core/index.ts'
import {
  type ConfigInForce,
  difference,
  keepLastGood,
  type Reloaded,
  reload,
  reloadEveryMs,
} from './reload.ts'
import type { World } from './world.ts'

export interface ConfigKeeper {
  current(): ConfigInForce
  /** Begins to watch the file and the prompts. */
  start(): Promise<void>
  /** Reloads when something was touched and the last reload is long enough ago. */
  follow(): Promise<void>
  close(): Promise<void>
}

export interface ConfigKeeperDeps {
  world: () => World
  /** Called after a valid change took effect in `current()`. */
  applied: (change: { before: Fleet; added: string[]; removed: string[] }) => Promise<void>
  /** Something was touched: tick now. */
  wake: () => void
  complain: (error: unknown) => void
}

/**
 * The config in force. A valid change replaces it within a second; an invalid, half-written, deleted or replaced file
 * leaves it as it is, and the problems are shown in `status` (rows 48-60).
 */
export function createConfigKeeper(first: ConfigInForce, deps: ConfigKeeperDeps): ConfigKeeper {
  let config = first
  let watch: Watch | undefined
  // What changed between the first load and the first look is found by looking once.
  let touched = true
  let dueAt = 0
  let stamp = ''

  async function start(): Promise<void> {
    if (!config.stale) await keepLastGood(deps.world())
    watch = await watchFiles(config.files, touch, { onError: deps.complain })
  }

  function touch(): void {
    touched = true
    deps.wake()
  }

  /** The file's change time is looked at as well, for file systems that tell nothing. */
  const stampOf = async (): Promise<string> =>
    String(await deps.world().files.modifiedAt(config.fleet.configPath))

  async function follow(): Promise<void> {
    const now = await stampOf()
    if (now !== stamp) touched = true
    stamp = now
    if (!touched || deps.world().clock.now().mono < dueAt) return
    touched = false
    dueAt = deps.world().clock.now().mono + reloadEveryMs
    await take(await reload(config))
  }

  async function take(result: Reloaded): Promise<void> {
    if (result.kind === 'same') return
    config = result.now
    if (result.kind === 'refused') {
      const errors = config.problems.filter((problem) => problem.severity === 'error')
      deps.world().report({
        kind: 'config-refused',
        because: errors[0]?.what ?? 'it cannot be read',
        problems: errors.length,
      })
      return
    }
    await watch?.update(config.files)
    const { added, removed } = difference(result.before, config.fleet)
    deps.world().report({ kind: 'config-loaded', because: 'the file or a prompt changed', added, removed })
    await keepLastGood(deps.world())
    await deps.applied({ before: result.before, added, removed })
  }

  return {
    current: () => config,
    start,
    follow,
    close: async () => watch?.close(),
  }
}
