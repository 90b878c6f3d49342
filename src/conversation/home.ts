type Env = Readonly<Record<string, string | undefined>>

/** Variables that a list of homes asks for, `HOME` included. */
export function homeVariables(homes: readonly string[]): string[] {
  const named = homes.flatMap((home) => /^\$(\w+)/.exec(home)?.[1] ?? [])
  return ['HOME', ...named]
}

/**
 * The folder of a CLI: the first of `homes` whose variable is set. `$CODEX_HOME` is the variable's value, `~/.codex` lies
 * in the home folder, anything else is a path.
 * @returns undefined when no variable is set, or the path is not absolute
 */
export function homeOf(homes: readonly string[], env: Env): string | undefined {
  for (const home of homes) {
    const path = home.startsWith('~/') ? under(env.HOME, home.slice(1)) : expanded(home, env)
    if (path?.startsWith('/')) return path
  }
  return undefined
}

function expanded(home: string, env: Env): string | undefined {
  const found = /^\$(\w+)(.*)$/s.exec(home)
  return found === null ? home : under(env[found[1]!], found[2]!)
}

const under = (folder: string | undefined, rest: string): string | undefined =>
  folder === undefined || folder === '' ? undefined : `${folder.replace(/\/+$/, '')}${rest}`
