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
  /** Certificates (PEM) of who signs for `redisUrl`; absolute. undefined: those that Node trusts. */
  caPath: string | undefined
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
  caPath: undefined,
  filePath: undefined,
  fsync: 'everysec',
  leaseMs: 900_000,
}

/** The town in `agents status --json`. */
export interface TownReport {
  /** `degraded`: it is used, and its server may lose or refuse messages; `away`: it cannot be reached now. */
  state: 'off' | 'ok' | 'degraded' | 'away'
  /** Absent where nobody knows it. */
  name?: string | undefined
  /** Why it is degraded or away, and who else has the name of an agent; one sentence each. Away for none: nobody has looked yet. */
  reasons: string[]
  server?: TownServerReport | undefined
  /** Of this fleet's agents and of the people's mailbox. */
  messages?: { inbox: number; urgent: number; claimed: number; dead: number } | undefined
  /** Tasks in the backlog. */
  backlog?: number | undefined
}

export interface TownServerReport {
  kind: 'private' | 'url'
  /** Its socket, or its address without the password. */
  at: string
  /** Who said that it is there: the environment, the config, a tinytown.toml, nobody. */
  from: 'environment' | 'config' | 'file' | 'default'
  product?: string | undefined
  version?: string | undefined
  /** `aof`, `rdb`, `none`. */
  persistence?: string | undefined
  eviction?: string | undefined
  pid?: number | undefined
}
