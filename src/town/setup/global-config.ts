import * as v from 'valibot'
import { CLI_KEY } from './global-keys.ts'

/** `~/.tt/config.toml` of tinytown 0.10: what counts for all towns of a person. */
export interface GlobalConfig {
  /** @default 'claude' */
  defaultCli: string
  /** undefined: `defaultCli` counts. */
  conductorCli: string | undefined
  /** Name → command. */
  agentClis: Record<string, string>
  /** Of tinytown's central server. */
  redis: { host: string; port: number; password: string | undefined; useCentral: boolean }
}

const table = v.object({
  default_cli: v.optional(v.string(), 'claude'),
  conductor_cli: v.optional(v.string()),
  agent_clis: v.optional(v.record(v.string(), v.string()), {}),
  redis: v.optional(
    v.object({
      host: v.optional(v.string(), '127.0.0.1'),
      port: v.optional(v.number(), 16_379),
      password: v.optional(v.string()),
      use_central: v.optional(v.boolean(), true),
    }),
    {},
  ),
})

/** @returns undefined for a table that is none of tinytown; an empty one gives the defaults */
export function globalConfig(read: unknown): GlobalConfig | undefined {
  const found = v.safeParse(table, read)
  if (!found.success) return undefined
  const { default_cli, conductor_cli, agent_clis, redis } = found.output
  return {
    defaultCli: default_cli,
    conductorCli: conductor_cli,
    agentClis: agent_clis,
    redis: { host: redis.host, port: redis.port, password: redis.password, useCentral: redis.use_central },
  }
}

/** What is in force; undefined: nothing is. */
export function globalValue(config: GlobalConfig, key: string): string | undefined {
  const cli = CLI_KEY.exec(key)?.[1]
  if (cli !== undefined) return Object.hasOwn(config.agentClis, cli) ? config.agentClis[cli] : undefined
  const values: Record<string, string | undefined> = {
    default_cli: config.defaultCli,
    conductor_cli: config.conductorCli,
    'redis.host': config.redis.host,
    'redis.port': String(config.redis.port),
    'redis.password': config.redis.password,
    'redis.use_central': String(config.redis.useCentral),
  }
  return values[key]
}
