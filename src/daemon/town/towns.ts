import { dirname, join, resolve } from 'node:path'
import * as v from 'valibot'
import type { TomlFiles } from '../../adapters/files/toml-files.ts'
import type { RedisPlace } from '../../adapters/redis/types.ts'
import { tinytownFile } from '../../town/setup/tinytown-file.ts'
import type { TownPlace } from './place.ts'
import type { KnownTown } from './registry.ts'
import type { Visit } from './visit.ts'

/** One line of `agents towns`. */
export interface SeenTown {
  name: string
  /** agents.toml or tinytown.toml. */
  path: string
  by: 'agents' | 'tinytown'
  /** `gone`: its file is not there any more, or names no town. */
  state: 'up' | 'away' | 'gone'
  agents: number | undefined
  why: string | undefined
}

export interface TownsDeps {
  home: string
  files: Pick<TomlFiles, 'read'>
  known(): Promise<KnownTown[]>
  /** Of an agents.toml, without REDIS_URL; undefined: it cannot be read, or has no town. */
  placeOf(config: string): Promise<TownPlace | undefined>
  visit(name: string, place: RedisPlace): Promise<Visit>
}

const registry = v.object({
  towns: v.optional(v.array(v.object({ path: v.string(), name: v.string() })), []),
})

/**
 * The towns of this machine that are known: ours and tinytown's (`~/.tt/towns.toml`, which is read and never written,
 * W30). Starts no server. @returns notes: what could not be read
 */
export async function seeTowns(deps: TownsDeps): Promise<{ towns: SeenTown[]; notes: string[] }> {
  const theirs = ofTinytown(deps)
  const ours = await Promise.all((await deps.known()).map((town) => seeOurs(town, deps)))
  const folders = new Set(ours.map(({ path }) => dirname(path)))
  const others = theirs.towns.filter(({ path }) => !folders.has(resolve(path)))
  const seen = await Promise.all(others.map((town) => seeTheirs(town, deps)))
  return { towns: [...ours, ...seen], notes: theirs.notes }
}

function ofTinytown({ home, files }: TownsDeps): {
  towns: { path: string; name: string }[]
  notes: string[]
} {
  const path = join(home, '.tt', 'towns.toml')
  const read = files.read(path)
  if (read.kind === 'absent') return { towns: [], notes: [] }
  const found = read.kind === 'ok' ? v.safeParse(registry, read.table) : undefined
  if (found?.success === true) return { towns: found.output.towns, notes: [] }
  const why =
    read.kind === 'bad'
      ? `is not TOML at line ${read.line}`
      : read.kind === 'refused'
        ? read.why
        : 'lists no towns'
  return { towns: [], notes: [`${path} ${why}; it was left as it is`] }
}

async function seeOurs({ config, name }: KnownTown, deps: TownsDeps): Promise<SeenTown> {
  const place = await deps.placeOf(config)
  const known = { name: place?.name ?? name, path: config, by: 'agents' as const }
  if (place === undefined)
    return {
      ...known,
      state: 'gone',
      agents: undefined,
      why: 'its agents.toml is gone, cannot be read, or has no town',
    }
  return { ...known, ...outcome(await deps.visit(place.name, place.redis)) }
}

async function seeTheirs(town: { path: string; name: string }, deps: TownsDeps): Promise<SeenTown> {
  const path = join(town.path, 'tinytown.toml')
  const read = deps.files.read(path)
  const found = read.kind === 'ok' ? tinytownFile(read.table, town.path) : undefined
  const known = { name: found?.name ?? town.name, path, by: 'tinytown' as const }
  if (found?.url === undefined)
    return {
      ...known,
      state: 'gone',
      agents: undefined,
      why: read.kind === 'absent' ? 'its tinytown.toml is gone' : 'its tinytown.toml cannot be read',
    }
  return { ...known, ...outcome(await deps.visit(found.name, { kind: 'url', url: found.url })) }
}

function outcome(seen: Visit): Pick<SeenTown, 'state' | 'agents' | 'why'> {
  if (seen.kind === 'away') return { state: 'away', agents: undefined, why: seen.why }
  const agents = Object.values(seen.facts.agents).reduce((sum, count) => sum + count, 0)
  return { state: 'up', agents, why: undefined }
}
