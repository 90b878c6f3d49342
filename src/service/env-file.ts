const LINE = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/

/**
 * `KEY=value` lines; blank lines and `#` lines are left out, as is what is no such line. A value may stand in quotes of
 * either sort, which go; nothing in it is expanded.
 */
export function parseEnvFile(text: string): Record<string, string> {
  const env: Record<string, string> = {}
  for (const line of text.split(/\r?\n/)) {
    const [, name, raw] = LINE.exec(line) ?? []
    if (name === undefined || raw === undefined) continue
    const value = raw.trim()
    env[name] = /^(["']).*\1$/.test(value) && value.length > 1 ? value.slice(1, -1) : value
  }
  return env
}
