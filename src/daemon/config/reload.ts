import type { ProbeRegex } from '../../config/index.ts'
import { type Fleet, namedConfig, type Problem } from '../../core/index.ts'
import type { World } from '../world.ts'
import { type LoadedConfig, loadFleetConfig, loadFleetText } from './source.ts'

/** Copy of the last config that was good, so that a watchdog which starts while the file is broken has one. */
const lastGoodName = 'config.last-good.toml'
/** Shortest time between two reloads: ten thousand edits in a minute are two reloads a second (row 56). Milliseconds. */
export const reloadEveryMs = 400

export interface ConfigInForce {
  fleet: Fleet
  /** What its file held. */
  text: string
  problems: Problem[]
  /** The file is broken and an older config is in force. */
  stale: boolean
  blocked: ReadonlyMap<string, string>
  /** Files whose change may change the config. */
  files: string[]
}

export type Reloaded =
  | { kind: 'applied'; now: ConfigInForce; before: Fleet }
  | { kind: 'same' }
  /** The old one stays in force; `now` is it, with the new problems. */
  | { kind: 'refused'; now: ConfigInForce }

/** Settings that live adapters were built with: a change needs a new watchdog. */
const fixedParts = ['tmux', 'logDir', 'sessionPrefix', 'projectDir'] as const

/** Reads the config again and says what came of it. Keeps the old one when the new one is not whole and valid. */
export async function reload(current: ConfigInForce, probe?: ProbeRegex): Promise<Reloaded> {
  const loaded = await loadFleetConfig(namedConfig(current.fleet), undefined, probe)
  if (loaded.kind === 'refused') {
    const same = current.stale && JSON.stringify(loaded.problems) === JSON.stringify(current.problems)
    return same
      ? { kind: 'same' }
      : { kind: 'refused', now: { ...current, problems: loaded.problems, stale: true } }
  }
  const moved = fixedParts.filter(
    (part) => JSON.stringify(loaded.fleet[part]) !== JSON.stringify(current.fleet[part]),
  )
  if (moved.length > 0) {
    const problems = [...loaded.problems, ...moved.map((part) => movedProblem(current.fleet, part))]
    return { kind: 'refused', now: { ...current, problems, stale: true } }
  }
  const now = inForce(loaded)
  if (!current.stale && fingerprint(now) === fingerprint(current)) return { kind: 'same' }
  return { kind: 'applied', now, before: current.fleet }
}

function movedProblem(fleet: Fleet, part: string): Problem {
  return {
    code: 'CONFIG_NEEDS_RESTART',
    severity: 'error',
    file: fleet.configPath,
    key:
      part === 'tmux'
        ? 'defaults.tmux_socket'
        : `defaults.${part.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
    what: 'This cannot be changed while the fleet runs: its sessions and state would be left behind.',
    fix: 'Put the old value back, or run `agents down`, change it, and `agents up`.',
  }
}

const fingerprint = (config: ConfigInForce): string =>
  JSON.stringify([config.fleet, config.problems, [...config.blocked]])

export function inForce(loaded: Extract<LoadedConfig, { kind: 'ok' }>): ConfigInForce {
  const { fleet, text, problems, blockedAgents, files } = loaded
  return { fleet, text, problems, stale: false, blocked: blockedAgents, files }
}

/** The config to begin with: the file, or the last good copy of it while the file is broken. */
export async function firstConfig(
  path: string,
  readCopy: (stateDir: string) => Promise<string | undefined>,
  stateDirHint: string | undefined,
): Promise<{ kind: 'ok'; config: ConfigInForce } | { kind: 'refused'; problems: Problem[] }> {
  const loaded = await loadFleetConfig(path, undefined)
  if (loaded.kind === 'ok') return { kind: 'ok', config: inForce(loaded) }
  const copy = stateDirHint === undefined ? undefined : await readCopy(`${stateDirHint}/${lastGoodName}`)
  if (copy === undefined) return { kind: 'refused', problems: loaded.problems }
  const old = await loadFleetText(path, copy)
  if (old.kind === 'refused') return { kind: 'refused', problems: loaded.problems }
  return { kind: 'ok', config: { ...inForce(old), problems: loaded.problems, stale: true } }
}

const lastGoodPath = (world: World): string => `${world.fleet().stateDir}/${lastGoodName}`

export async function keepLastGood(world: World, { text }: ConfigInForce): Promise<void> {
  await world.store.saveText(lastGoodPath(world), text)
}

/** Writes the copy again where somebody removed it. */
export async function mendLastGood(world: World, config: ConfigInForce): Promise<void> {
  if (!(await world.files.exists(lastGoodPath(world)))) await keepLastGood(world, config)
}

/** What a reload changed, by agent name. */
export function difference(before: Fleet, after: Fleet): { added: string[]; removed: string[] } {
  const old = new Set(before.agents.map((spec) => spec.name))
  const now = new Set(after.agents.map((spec) => spec.name))
  return {
    added: [...now].filter((name) => !old.has(name)),
    removed: [...old].filter((name) => !now.has(name)),
  }
}
