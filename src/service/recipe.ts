/** What a service manager is to run, and for which fleet. */
export interface Recipe {
  /** Name of the unit or label, without an ending: `agents-<prefix>-<fleet>`. */
  name: string
  sessionPrefix: string
  /** Absolute program, then its arguments. */
  argv: readonly string[]
  /** What it needs of the environment of the person who installs it. */
  env: Readonly<Record<string, string>>
  /** Where a manager without a journal writes what it prints. */
  logPath: string
}

export interface RecipeParts {
  fleetId: string
  sessionPrefix: string
  configPath: string
  logDir: string
  stateDir: string
  program: { node: string; entry: string }
  env: Readonly<Record<string, string | undefined>>
}

/** How programs are found and text is read; the rest of a shell's environment is its own. */
const carried = /^(?:PATH|LANG|LC_\w+|TZ|TMUX_TMPDIR|XDG_CONFIG_HOME)$/

export function recipeOf(parts: RecipeParts): Recipe {
  const { program, configPath, stateDir } = parts
  const slug = parts.sessionPrefix.replace(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '')
  const env = Object.entries(parts.env).flatMap(([name, value]) =>
    value !== undefined && value !== '' && carried.test(name) ? [[name, value] as const] : [],
  )
  return {
    name: ['agents', slug, parts.fleetId].filter((part) => part !== '').join('-'),
    sessionPrefix: parts.sessionPrefix,
    argv: [program.node, program.entry, 'service', 'run', '--config', configPath, '--state-dir', stateDir],
    env: Object.fromEntries(env.sort(([a], [b]) => (a < b ? -1 : 1))),
    logPath: `${parts.logDir}/service.log`,
  }
}

/** In the first lines of every file of ours: without it a file of that name is somebody else's. */
export const MARK = 'Written by `agents service install`; `agents service uninstall` removes it.'
