import type { StateStore } from '../../adapters/files/types.ts'
import { redactUrl } from '../../adapters/redis/index.ts'
import type { Health, ServerState } from '../../adapters/redis/types.ts'
import { type Clock, type Fleet, type TownReport, type TownServerReport, within } from '../../core/index.ts'
import { countMail, sumMail } from '../../town/counts.ts'
import type { Town } from '../../town/town.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { readLedger } from './ledger.ts'
import { whyAway } from './link.ts'
import { findPlace, isTownOn, openTown } from './open.ts'
import type { TownPlace } from './place.ts'
import type { Conflict } from './roster.ts'
import type { TownState } from './town-state.ts'

/** `status` does not wait longer for a server that is slow. Milliseconds. */
const countMs = 300
/** Nor for one that a command asks itself. Milliseconds. */
const lookMs = 2_500

/** What the watchdog knows of its town. */
export async function townReport(
  state: TownState,
  ids: readonly string[],
  clock: Clock,
): Promise<TownReport> {
  if (state.kind === 'off') return { state: 'off', reasons: [] }
  // Nothing is wrong: the watchdog has not come to it yet.
  if (state.kind === 'starting') return { state: 'away', reasons: [] }
  if (state.kind === 'away') return awayReport(state.reach.place, state.reach)
  const { place, health, server, town } = state.reach
  const reasons = [
    ...health.degraded,
    ...(state.refused === undefined ? [] : [`what is true cannot be written: ${state.refused}`]),
  ]
  const conflicts = state.conflicts.map(conflictText)
  const counted = await within(clock, countMs, count(town, ids), undefined)
  return {
    state: reasons.length === 0 ? 'ok' : 'degraded',
    name: place.name,
    reasons: [...reasons, ...conflicts],
    server: serverReport(place, health, server),
    ...counted,
  }
}

function conflictText({ agent, id, both }: Conflict): string {
  const then = both ? '; the name alone means yours' : ', which therefore has no record there'
  return `somebody else lives in the town under the name ${agent} (${id})${then}: \`agents kill ${id}\`, or rename yours`
}

function awayReport(
  place: TownPlace | undefined,
  { why, fix }: { why: string; fix: string | undefined },
): TownReport {
  return {
    state: 'away',
    name: place?.name,
    reasons: [fix === undefined ? why : `${why.replace(/\.$/, '')}. ${fix}`],
    server: place === undefined ? undefined : serverReport(place),
  }
}

function serverReport(place: TownPlace, health?: Health, server?: ServerState): TownServerReport {
  const { redis, from } = place
  return {
    kind: redis.kind,
    at: redis.kind === 'private' ? redis.socket : redactUrl(redis.url),
    from,
    product: health?.product,
    version: health?.version,
    persistence: health?.persistence,
    eviction: health?.eviction,
    pid: server?.kind === 'running' ? server.pid : undefined,
  }
}

async function count(town: Town, ids: readonly string[]): Promise<Pick<TownReport, 'messages' | 'backlog'>> {
  return countMail(town, [...ids, SUPERVISOR]).then(
    ({ backlog, mail }) => ({ backlog, messages: sumMail(mail) }),
    // How it is was told by its last pulse; the next one tells that it has gone.
    () => ({}),
  )
}

/** For a command without a watchdog: asks the town itself, and starts no server for that. */
export async function lookAtTown(
  fleet: Fleet,
  env: NodeJS.ProcessEnv,
  store: Pick<StateStore, 'load'>,
  clock: Clock,
): Promise<TownReport> {
  if (!(await isTownOn(fleet))) return { state: 'off', reasons: [] }
  const late: TownReport = { state: 'away', reasons: ['it does not answer'] }
  return within(clock, lookMs, lookNow(fleet, env, store), late)
}

async function lookNow(
  fleet: Fleet,
  env: NodeJS.ProcessEnv,
  store: Pick<StateStore, 'load'>,
): Promise<TownReport> {
  const place = await findPlace(fleet, env).then(
    (found) => found,
    (error: unknown) => whyAway(error),
  )
  if (!('redis' in place)) return awayReport(undefined, place)
  const open = await openTown(fleet, { env, role: 'status', start: false })
  const { agents } = (await readLedger(store)).state
  const ids = fleet.agents.flatMap((spec) => agents[spec.name]?.id ?? [])
  return open.town.redis
    .health()
    .then(
      async (health): Promise<TownReport> => ({
        state: health.degraded.length === 0 ? 'ok' : 'degraded',
        name: place.name,
        reasons: health.degraded,
        server: serverReport(place, health),
        ...(await count(open.town, ids)),
      }),
      (error: unknown) => awayReport(place, whyAway(error)),
    )
    .finally(open.close)
}
