/** design.md "Names and targets": what tmux, file names and the town's keys all take unchanged. */
export const NAME = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/
/** One character shorter than a name: the agent's name follows. */
export const SESSION_PREFIX = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$/

/** The session in which the watchdog of a fleet runs. */
export const watchdogSession = (prefix: string): string => `${prefix}watchdog`
/** The quiet session that the control-mode client attaches to. No agent's name begins with a dash, so none can take it. */
export const keeperSession = (prefix: string): string => `${prefix}-keeper`
/** Names that mean something else in commands and session tags. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set(['watchdog', 'keeper'])

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
