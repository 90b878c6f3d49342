import { dirname, join } from 'node:path'
import * as v from 'valibot'
import type { ConfigFiles } from '../../adapters/files/config-files.ts'
import type { StateStore } from '../../adapters/files/types.ts'
import type { RedisPlace } from '../../adapters/redis/types.ts'
import { Exit, type Fleet, UserError } from '../../core/index.ts'
import { tinytownFile } from '../../town/setup/tinytown-file.ts'

/** Where the town of a fleet is, and who said so. */
export interface TownPlace {
  name: string
  redis: RedisPlace
  from: 'environment' | 'config' | 'file' | 'default'
}

export interface PlaceDeps {
  files: Pick<ConfigFiles, 'readText' | 'parseToml'>
  store: Pick<StateStore, 'load' | 'save'>
  env: NodeJS.ProcessEnv
  /** Of the fleet's own server. */
  socket: () => Promise<string>
}

/** Folder of the fleet's own Redis: its data, its pid, its log. That it is there means that the town was used. */
export const townFolder = (fleet: Pick<Fleet, 'stateDir'>): string => join(fleet.stateDir, 'town')

const recordName = 'town-place.json'
const maxBytes = 64 * 1024
const record = v.object({ url: v.string() })

/**
 * `REDIS_URL`, then `[town] redis_url`, then the `tinytown.toml` that `[town] file` names, then the `REDIS_URL` that was
 * given last, so that a session or a watchdog that is started anew without it meets the same town (a blank one forgets
 * it); else a server of the fleet's own.
 * @throws {UserError} TOWN_FILE, exit 2
 */
export async function placeOf(fleet: Fleet, deps: PlaceDeps): Promise<TownPlace> {
  const { town } = fleet
  const file = town.filePath === undefined ? undefined : readFile(town.filePath, deps)
  const name = town.name ?? file?.name ?? town.defaultName
  const asked = deps.env.REDIS_URL
  if (asked !== undefined && asked.trim() !== '') {
    await remember(deps, asked.trim())
    return { name, redis: url(asked.trim(), fleet, deps), from: 'environment' }
  }
  if (town.redisUrl !== undefined) return { name, redis: url(town.redisUrl, fleet, deps), from: 'config' }
  if (file?.url !== undefined) return { name, redis: url(file.url, fleet, deps), from: 'file' }
  if (asked !== undefined) await remember(deps, '')
  const last = await deps.store.load(recordName, check)
  if (last.kind === 'ok' && last.value.url !== '')
    return { name, redis: url(last.value.url, fleet, deps), from: 'environment' }
  return {
    name,
    redis: { kind: 'private', socket: await deps.socket(), dir: townFolder(fleet), fsync: town.fsync },
    from: 'default',
  }
}

/** Written only where it says something new. */
async function remember({ store }: PlaceDeps, url: string): Promise<void> {
  const last = await store.load(recordName, check)
  const known = last.kind === 'ok' ? last.value.url : ''
  if (known !== url) await store.save(recordName, { url })
}

function check(value: unknown): { url: string } | undefined {
  const read = v.safeParse(record, value)
  return read.success ? read.output : undefined
}

function url(text: string, { town }: Fleet, { env }: PlaceDeps): RedisPlace {
  const password = env[town.passwordEnv]
  return { kind: 'url', url: text, password: password === '' ? undefined : password, ca: town.caPath }
}

function readFile(path: string, { files }: PlaceDeps): { name: string; url: string | undefined } {
  const bad = (what: string): UserError =>
    new UserError({
      code: 'TOWN_FILE',
      what: `${path} ${what}.`,
      fix: 'Write it with `agents town init` or `tt init`, or take `file` out of `[town]`.',
      file: path,
      key: 'town.file',
      exit: Exit.usage,
    })
  const read = files.readText(path, maxBytes)
  if (read.kind === 'absent') throw bad('is not there')
  if (read.kind === 'refused') throw bad(read.why)
  const parsed = files.parseToml(read.text)
  if (parsed.kind === 'bad') throw bad(`is not TOML at line ${parsed.line}: ${parsed.why}`)
  const found = tinytownFile(parsed.value, dirname(path))
  if (found === undefined) throw bad('names no town')
  return found
}
