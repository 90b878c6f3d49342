import { join } from 'node:path'
import type { Host } from '../../adapters/host/types.ts'
import { type Fleet, namedConfig } from '../../core/fleet.ts'
import { fleetId } from '../../daemon/names.ts'
import { cronLine, launchdPlist, type Recipe, recipeOf, systemdUnit } from '../../service/index.ts'
import type { CliDeps } from '../types.ts'

export type ManagerKind = 'systemd' | 'launchd'

/** The file that brings a fleet's watchdog back after a reboot, and where it belongs. */
export interface ServicePlan {
  kind: ManagerKind
  /** Unit or label, without an ending. */
  name: string
  /** Absolute. */
  file: string
  text: string
  /** For a machine without either manager. */
  cron: string
  logDir: string
}

export function planService(fleet: Fleet, host: Pick<Host, 'platform'>, deps: CliDeps): ServicePlan {
  const [node = '', entry = ''] = deps.self
  const recipe = recipeOf({
    fleetId: fleetId(fleet),
    sessionPrefix: fleet.sessionPrefix,
    configPath: namedConfig(fleet),
    logDir: fleet.logDir,
    stateDir: fleet.stateDir,
    program: { node, entry },
    env: deps.env,
  })
  const at = host.platform === 'darwin' ? launchdPlace(recipe, deps) : systemdPlace(recipe, deps)
  return { ...at, name: recipe.name, cron: cronLine(recipe), logDir: fleet.logDir }
}

const launchdPlace = (recipe: Recipe, { home }: CliDeps) => ({
  kind: 'launchd' as const,
  file: join(home, 'Library/LaunchAgents', `${recipe.name}.plist`),
  text: launchdPlist(recipe),
})

function systemdPlace(recipe: Recipe, deps: CliDeps) {
  return {
    kind: 'systemd' as const,
    file: join(configHome(deps), 'systemd/user', `${recipe.name}.service`),
    text: systemdUnit(recipe),
  }
}

/** `$XDG_CONFIG_HOME`, which counts only as an absolute path, else `~/.config`. */
export function configHome({ env, home }: Pick<CliDeps, 'env' | 'home'>): string {
  const own = env.XDG_CONFIG_HOME ?? ''
  return own.startsWith('/') ? own : join(home, '.config')
}
