/** Keys of `~/.tt/config.toml` that `agents config` knows. No schema here: the table of verbs is loaded at every start. */
export const GLOBAL_KEYS = [
  'default_cli',
  'conductor_cli',
  'redis.host',
  'redis.port',
  'redis.password',
  'redis.use_central',
] as const
/** `agent_clis.NAME` */
export const CLI_KEY = /^agent_clis\.([^.]+)$/

export const isGlobalKey = (key: string): boolean =>
  (GLOBAL_KEYS as readonly string[]).includes(key) || CLI_KEY.test(key)

/** Shown to nobody who did not ask for it. */
export const isSecretKey = (key: string): boolean => key === 'redis.password'

/** Where a key stands in the file. */
export function globalPlace(key: string): { table: string[]; key: string } {
  const at = key.indexOf('.')
  return at === -1 ? { table: [], key } : { table: [key.slice(0, at)], key: key.slice(at + 1) }
}

/** A value as the file has it; a text that is no such value gives what is wrong with it. */
export function globalGiven(
  key: string,
  text: string,
): { value: string | number | boolean } | { fault: string } {
  if (key === 'redis.port') {
    const port = Number(text)
    return /^\d+$/.test(text) && port >= 1 && port <= 65_535
      ? { value: port }
      : { fault: 'needs a number from 1 to 65535' }
  }
  if (key === 'redis.use_central')
    return text === 'true' || text === 'false' ? { value: text === 'true' } : { fault: 'is true or false' }
  return text.trim() === '' ? { fault: 'needs a text; --unset takes it out' } : { value: text }
}
