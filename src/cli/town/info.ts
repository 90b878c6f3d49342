import { dirname, join } from 'node:path'
import { redactUrl } from '../../adapters/redis/redact.ts'
import { Exit, type ExitCode } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import type { TownPlace } from '../../daemon/town/place.ts'
import type { Visit } from '../../daemon/town/visit.ts'
import { tinytownFile } from '../../town/setup/tinytown-file.ts'
import { socketUrl, tinytownUrl } from '../../town/setup/tinytown-text.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { withTown } from '../with-town.ts'

interface Beside {
  path: string
  /** The tt of this folder is in this town; undefined: there is no such file. */
  fits: boolean | undefined
  /** For its owner alone. */
  private: boolean | undefined
}

/** Where the town is, who said so, and what is in it. Starts no server. Exit 1 when it cannot be reached. */
export async function townInfo(call: Invocation, deps: CliDeps): Promise<ExitCode> {
  return withTown(
    call,
    deps,
    async ({ fleet, place }) => {
      const seen = asOwn(await deps.visitTown(place.name, place.redis), place)
      const file = await besideOf(join(dirname(fleet.configPath), 'tinytown.toml'), place, deps)
      const shown = { place, address: addressOf(place), seen, file }
      await deps.io.out(call.options.json === true ? toJson(infoJson(shown)) : infoText(shown))
      return seen.kind === 'up' ? Exit.done : Exit.failed
    },
    { start: false },
  )
}

/** A server of the fleet's own is started by whoever needs it. */
function asOwn(seen: Visit, { redis }: TownPlace): Visit {
  if (seen.kind === 'up' || redis.kind === 'url') return seen
  const fix =
    'agents up starts it, and so does every other verb of the town; agents doctor tells what is missing.'
  return { ...seen, fix }
}

const addressOf = ({ redis }: TownPlace): string =>
  redis.kind === 'private' ? socketUrl(redis.socket) : redactUrl(redis.url)

async function besideOf(path: string, place: TownPlace, deps: CliDeps): Promise<Beside> {
  const read = (await deps.tomlFiles()).read(path)
  if (read.kind === 'absent') return { path, fits: undefined, private: undefined }
  const found = read.kind === 'ok' ? tinytownFile(read.table, dirname(path)) : undefined
  const sight = await (await deps.host()).look(path)
  return {
    path,
    fits: found !== undefined && found.name === place.name && found.url === tinytownUrl(place.redis),
    private: sight === undefined ? undefined : (sight.mode & 0o077) === 0,
  }
}

interface Shown {
  place: TownPlace
  address: string
  seen: Visit
  file: Beside
}

function infoJson({ place, address, seen, file }: Shown): object {
  const facts =
    seen.kind === 'away'
      ? { reachable: false, why: seen.why, fix: seen.fix }
      : { reachable: true, server: seen.facts.health, ...seen.facts, health: undefined }
  return {
    version: 1,
    name: place.name,
    address,
    own: place.redis.kind === 'private',
    from: place.from,
    ...facts,
    tinytown: { path: file.path, present: file.fits !== undefined, fits: file.fits, private: file.private },
  }
}

const FROM: Record<TownPlace['from'], string> = {
  environment: 'REDIS_URL says so',
  config: '[town] redis_url says so',
  file: 'the tinytown.toml of [town] file says so',
  default: 'a Redis of its own',
}

function infoText({ place, address, seen, file }: Shown): string {
  const rows: [string, string][] = [
    ['town', place.name],
    ['address', `${address} (${FROM[place.from]})`],
    ...(seen.kind === 'away' ? awayRows(seen) : upRows(seen)),
    ['tinytown', tinytownWords(file)],
  ]
  return rows.map(([name, text]) => `${`${name}:`.padEnd(11)} ${visible(text)}\n`).join('')
}

function awayRows({ why, fix }: Extract<Visit, { kind: 'away' }>): [string, string][] {
  return [['server', why], ...(fix === undefined ? [] : [['to do', fix] as [string, string]])]
}

function upRows({ facts }: Extract<Visit, { kind: 'up' }>): [string, string][] {
  const { product, version, persistence, eviction, degraded } = facts.health
  const keeps =
    persistence === undefined
      ? 'does not tell how it keeps data'
      : persistence === 'none'
        ? 'keeps nothing'
        : `keeps ${persistence}`
  return [
    ['server', `${product} ${version}, ${keeps}${eviction === undefined ? '' : `, ${eviction}`}`],
    ...degraded.map((one): [string, string] => ['degraded', one]),
    ['agents', countsOf(facts.agents)],
    ['tasks', countsOf(facts.tasks)],
    ['backlog', String(facts.backlog)],
    ['epoch', facts.epoch ?? 'none: no watchdog was here yet'],
  ]
}

function countsOf(counts: Record<string, number>): string {
  const each = Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1))
  const total = each.reduce((sum, [, count]) => sum + count, 0)
  return total === 0 ? '0' : `${total} (${each.map(([state, count]) => `${count} ${state}`).join(', ')})`
}

function tinytownWords(file: Beside): string {
  if (file.fits === undefined) return 'no tinytown.toml here; agents town init writes one'
  const wide = file.private === false ? ', but others can read it: chmod 600' : ''
  return file.fits
    ? `${file.path} fits${wide}`
    : `${file.path} is of another town; agents town init --force changes it${wide}`
}
