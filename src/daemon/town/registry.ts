import { join } from 'node:path'
import * as v from 'valibot'
import type { Locks, StateStore } from '../../adapters/files/types.ts'
import type { EpochMs } from '../../core/index.ts'

/** A town that was used on this machine by this user. */
export interface KnownTown {
  /** Its agents.toml, absolute. */
  config: string
  name: string
  /** When it was last written down, epoch milliseconds. */
  at: EpochMs
}

export interface RegistryDeps {
  /** Of a folder. */
  store(folder: string): Pick<StateStore, 'load' | 'save'>
  locks: Pick<Locks, 'exclusive'>
  env: NodeJS.ProcessEnv
}

const recordName = 'towns.json'
/** The towns of years of temporary folders are of no use to anybody. */
const most = 200
const schema = v.object({
  towns: v.array(v.object({ config: v.string(), name: v.string(), at: v.number() })),
})

/** `$XDG_STATE_HOME/agents`, else `~/.local/state/agents`. @returns undefined without a home */
function registryFolder(env: NodeJS.ProcessEnv): string | undefined {
  const base = env.XDG_STATE_HOME
  if (base?.startsWith('/') === true) return join(base, 'agents')
  return env.HOME?.startsWith('/') === true ? join(env.HOME, '.local', 'state', 'agents') : undefined
}

/** Newest first. What cannot be read is none. */
export async function knownTowns({ store, env }: Omit<RegistryDeps, 'locks'>): Promise<KnownTown[]> {
  const folder = registryFolder(env)
  if (folder === undefined) return []
  const read = await store(folder).load(recordName, (value) => {
    const found = v.safeParse(schema, value)
    return found.success ? found.output : undefined
  })
  return read.kind === 'ok' ? read.value.towns : []
}

/**
 * Writes a town down for `agents towns`. Nothing is written when it stands there by this name already.
 * @throws {OutsideError} FILES_WRITE
 */
export async function rememberTown(deps: RegistryDeps, town: KnownTown): Promise<void> {
  const folder = registryFolder(deps.env)
  if (folder === undefined) return
  const same = ({ config, name }: KnownTown) => config === town.config && name === town.name
  if ((await knownTowns(deps)).some(same)) return
  await deps.locks.exclusive(join(folder, 'towns.lock'), async () => {
    const others = (await knownTowns(deps)).filter(({ config }) => config !== town.config)
    await deps.store(folder).save(recordName, { towns: [town, ...others].slice(0, most) })
  })
}
