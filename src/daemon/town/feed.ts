import type { FleetEvent } from '../../core/index.ts'
import { isTownNews, townEventOf } from '../../town/events/from-log.ts'
import { feed } from '../../town/lua/feed.ts'
import type { Town } from '../../town/town.ts'
import { encodeEvent, streamsOf } from '../../town/wire/town-event.ts'
import type { World } from '../world.ts'
import type { Ledger } from './ledger.ts'

/** The fleet's event log, as the streams of the town tell it. */
export interface Feed {
  heard(event: FleetEvent): void
  /** Tells what was not told yet, a few events at a time. @throws {OutsideError} */
  flush(town: Town, owner: string, ledger: Pick<Ledger, 'state'>): Promise<void>
  /** Another server, maybe: it is asked how far it was told. */
  forget(): void
}

/** Events kept while the town is away; older ones are not told any more. */
const kept = 500
/** What a town is told of the time before it was there. Milliseconds. */
const recentMs = 60_000
/** Events told in one step. */
const atOnce = 50

/** Each event is told once, over restarts of the watchdog and of Redis: the town keeps the number of the last one. */
export function createFeed(world: World): Feed {
  let queue: FleetEvent[] = []
  /** Number of the last event that the town was told; undefined: not asked yet. */
  let told: number | undefined

  function put(events: readonly FleetEvent[]): void {
    const known = new Set(queue.map(({ seq }) => seq))
    const news = events.filter((event) => isTownNews(event) && !known.has(event.seq))
    if (news.length > 0) queue = [...queue, ...news].sort((a, b) => a.seq - b.seq).slice(-kept)
  }

  /** What happened while no watchdog was there, or the town could not be reached. */
  async function begin(town: Town, owner: string): Promise<void> {
    const [last] = await world.events.read({ last: 1 })
    const newest = last?.seq ?? 0
    const found = Number((await town.redis.call('HGET', town.keys.fed, owner)) ?? Number.NaN)
    // No old stories for a town that is new, but that of its first start; a log that was begun anew counts from 1 again.
    if (!(found <= newest)) {
      put(await world.events.read({ sinceMs: town.now() - recentMs }))
      told = Math.max(0, (queue[0]?.seq ?? newest + 1) - 1)
      await town.redis.call('HSET', town.keys.fed, owner, told)
      return
    }
    told = found
    if (found < newest) put(await world.events.read({ afterSeq: found, last: kept * 4 }))
  }

  return {
    heard: (event) => put([event]),
    forget: () => {
      told = undefined
    },
    flush: async (town, owner, { state }) => {
      if (told === undefined) await begin(town, owner)
      const since = told ?? 0
      queue = queue.filter(({ seq }) => seq > since)
      const batch = queue.slice(0, atOnce)
      if (batch.length === 0) return
      const rows = batch.flatMap((event) => {
        const agent = state.agents[event.agent ?? '']
        const news = agent === undefined ? undefined : townEventOf(event, agent.id, agent.spawnMode)
        if (news === undefined) return []
        return [[event.seq, news.type, whole(encodeEvent(news)), streamsOf(town.keys, news)]]
      })
      const last = batch.at(-1)!.seq
      if (rows.length > 0) await town.redis.script(feed, [town.keys.root], [owner, JSON.stringify(rows)])
      told = last
      queue = queue.filter(({ seq }) => seq > last)
    },
  }
}

/** Half of a character is no JSON for Lua. */
const whole = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd')
