/** What tmux, file names and the town's keys all take unchanged. */
export const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/
/** One character shorter than a name: the agent's name follows. */
export const SESSION_PREFIX = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/

/** The session in which the watchdog of a fleet runs. */
export const watchdogSession = (prefix: string): string => `${prefix}watchdog`
/** The quiet session that the control-mode client attaches to. No agent's name begins with a dash, so none can take it. */
export const keeperSession = (prefix: string): string => `${prefix}-keeper`
/** Names that mean something else in commands and session tags. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['watchdog', 'keeper'])

/** A town's name is part of every key and of the patterns that keys are searched with. */
export const TOWN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/

/** What is wrong with the name of a town, in words; undefined when nothing is. */
export function townNameFault(name: string): string | undefined {
  if (TOWN_NAME.test(name)) return undefined
  if (name.length > 64) return `has ${name.length} characters; at most 64 are possible`
  const odd = [...name].find((c) => !/[A-Za-z0-9_.-]/.test(c))
  if (odd === undefined) return `begins with "${name[0]}"; a letter, digit or "_" is possible there`
  if (odd === ':') return 'holds ":", which would reach into the keys of another town'
  if ('*?[]\\'.includes(odd)) return `holds "${odd}", which matches the keys of other towns`
  return `holds ${JSON.stringify(odd)}; only letters, digits, "_", "." and "-" are possible`
}

/** The nearest name of a town that is allowed. */
export function mendedTownName(name: string): string {
  const mended = name
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[.-]+/, '')
    .slice(0, 64)
  return mended === '' ? 'town' : mended
}

/** What is wrong with a name, in words; undefined when nothing is. */
export function nameFault(name: string): string | undefined {
  if (NAME.test(name)) return undefined
  if (name === '') return 'is empty'
  if (name.startsWith('-')) return 'begins with a dash, which commands take for an option'
  if (name.length > 64) return `has ${name.length} characters; at most 64 are possible`
  const changed = name.replace(/[.:]/g, '_')
  if (changed !== name) return `would become "${changed}" in tmux, and the session would never be found again`
  const odd = [...name].find((c) => !/[A-Za-z0-9_-]/.test(c)) ?? ''
  if (odd === '#' || odd === '%') return `holds "${odd}", which tmux expands as a format`
  return `holds ${JSON.stringify(odd)}; only letters, digits, "_" and "-" are possible`
}

/** The nearest name that is allowed, to offer it. */
export function mendedName(name: string): string {
  const mended = name
    .replace(/[^A-Za-z0-9_-]+/g, '_')
    .replace(/^-+/, '')
    .slice(0, 64)
  return mended === '' ? 'agent' : mended
}
