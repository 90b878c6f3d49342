import { loadLocator } from '../../adapters/files/config-files.ts'
import { type Watch, watchFiles } from '../../adapters/watch/index.ts'
import { type Fleet, namedConfig } from '../../core/index.ts'
import type { World } from '../world.ts'
import { createPatternTrial } from './pattern-trial.ts'
import {
  type ConfigInForce,
  difference,
  keepLastGood,
  mendLastGood,
  type Reloaded,
  reload,
  reloadEveryMs,
} from './reload.ts'

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

/** How often the copy of the last good config is looked for. Milliseconds. */
const copyEveryMs = 5_000

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
  let copyDueAt = 0
  let stamp = ''
  let waking = false
  let watched: readonly string[] = []
  /** Changes are carried out one after the other, and no tick waits for them: an agent may take its time to leave. */
  let applying: Promise<void> = Promise.resolve()
  const patterns = createPatternTrial()
  /** A load was asked for by the trial of patterns alone. */
  let tried = false

  async function start(): Promise<void> {
    if (!config.stale) await keepLastGood(deps.world(), config).catch(deps.complain)
    watched = config.files
    await loadLocator()
    watch = await watchFiles(config.files, touch, { onError: deps.complain })
  }

  /** Only where something changed: while watches are made anew, an edit could slip through until the next tick. */
  async function rewatch(): Promise<void> {
    if (watch === undefined || config.files.join('\0') === watched.join('\0')) return
    watched = config.files
    await watch.update(config.files)
  }

  function touch(): void {
    touched = true
    deps.wake()
  }

  /** The file's change time is looked at as well, for file systems that tell nothing. */
  const stampOf = async (): Promise<string> =>
    String(await deps.world().files.modifiedAt(namedConfig(config.fleet)))

  async function follow(): Promise<void> {
    const now = await stampOf()
    if (now !== stamp) touched = true
    stamp = now
    await keepCopy()
    if (!touched) return
    const earlyMs = dueAt - deps.world().clock.now().mono
    if (earlyMs > 0) return wakeIn(earlyMs)
    touched = false
    dueAt = deps.world().clock.now().mono + reloadEveryMs
    await take(await reload(config, patterns.probe))
    patterns
      .run()
      .then((found) => {
        if (!found) return
        tried = true
        touch()
      })
      .catch(deps.complain)
  }

  async function keepCopy(): Promise<void> {
    const { mono } = deps.world().clock.now()
    if (mono < copyDueAt) return
    copyDueAt = mono + copyEveryMs
    await mendLastGood(deps.world(), config).catch(deps.complain)
  }

  /** An edit that comes too soon after the last one is read as soon as it may be, not at the next tick. */
  function wakeIn(ms: number): void {
    if (waking) return
    waking = true
    deps
      .world()
      .clock.sleep(ms)
      .then(() => {
        waking = false
        deps.wake()
      }, deps.complain)
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
    await rewatch()
    const { added, removed } = difference(result.before, config.fleet)
    const because = tried ? slowText(config) : 'the file or a prompt changed'
    tried = false
    deps.world().report({ kind: 'config-loaded', because, added, removed })
    // A disk that takes no copy keeps nobody from what was asked for.
    await keepLastGood(deps.world(), config).catch(deps.complain)
    const { before } = result
    applying = applying.then(() => deps.applied({ before, added, removed })).catch(deps.complain)
  }

  return {
    current: () => config,
    start,
    follow,
    close: async () => watch?.close(),
  }
}

function slowText({ problems }: ConfigInForce): string {
  const slow = problems
    .filter((problem) => problem.code === 'CONFIG_REGEX_SLOW')
    .map((problem) => problem.key)
  return slow.length === 0 ? 'the file or a prompt changed' : `a pattern runs away: ${slow.join(', ')}`
}
