/** `[town]`: where the agents' messages, tasks and backlog are. */
export interface TownSpec {
  /** `auto`: there is no `[town]` table, and the town is on from its first use on. */
  mode: 'on' | 'auto' | 'off'
  /** As given; else the one of `filePath`, else `defaultName`. */
  name: string | undefined
  /** Of the project's folder. */
  defaultName: string
  /** As given. May hold a password: shown only through `redactUrl`. */
  redisUrl: string | undefined
  /** Name of the variable that holds the password of `redisUrl`. */
  passwordEnv: string
  /** A `tinytown.toml` to take name and address from. */
  filePath: string | undefined
  fsync: 'everysec' | 'always'
  /** How long a free agent has for a message that it was given. Milliseconds. */
  leaseMs: number
}

/** No town, for fleets without a config. */
export const noTown: TownSpec = {
  mode: 'off',
  name: undefined,
  defaultName: 'town',
  redisUrl: undefined,
  passwordEnv: 'TINYTOWN_REDIS_PASSWORD',
  filePath: undefined,
  fsync: 'everysec',
  leaseMs: 900_000,
}
