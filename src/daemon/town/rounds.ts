import { OutsideError } from '../../core/index.ts'
import type { World } from '../world.ts'
import type { Feed } from './feed.ts'
import { type Reach, type TownDoors, type TownLink, whyAway } from './link.ts'
import type { Listeners } from './listeners.ts'
import type { TownSession } from './session.ts'
import type { Tidings } from './tidings.ts'
import type { TownState } from './town-state.ts'

type Up = Extract<Reach, { kind: 'up' }>

export interface Rounds {
  state(): TownState
  /** One look at the town. Never hangs: every call in it has a deadline. @returns milliseconds until the next one */
  round(session: TownSession): Promise<number>
  /** The next tries are quick ones, as at the first failure: what failed was changed. */
  hurry(): void
}

export interface RoundsDeps {
  world: World
  link: TownLink
  doors: Pick<TownDoors, 'remember'>
  feed: Feed
  tidings: Tidings
  listeners: Listeners
  complain: (error: unknown) => void
}

/** Between two pulses: half a second, less where there are few to look at; and where something is not settled. Milliseconds. */
const pulseMs = (agents: number): number => Math.min(500, Math.max(250, 5 * agents))
const soonMs = 100
/** How often it is looked whether the town is in use now. Milliseconds. */
const offMs = 1_000
/** Longest pause between two tries to reach the town. Milliseconds. */
export const longestPauseMs = 5_000

/** Sees to it that the town is reached, looks into it, and knows how it is. */
export function createRounds({ world, link, doors, feed, tidings, listeners, complain }: RoundsDeps): Rounds {
  let state: TownState = { kind: 'starting' }
  let failures = 0

  async function pulse(reach: Up, session: TownSession): Promise<number> {
    const { mail, people, soon } = await session.pulse(reach.town)
    state = { kind: 'up', reach, refused: undefined, conflicts: session.conflicts() }
    tidings.tell('up', `the town ${reach.place.name} can be reached`)
    failures = 0
    listeners.call({ town: reach.town, now: world.clock.now(), mail, people })
    return soon ? soonMs : pulseMs(world.fleet().agents.length)
  }

  function failed(reach: Up, session: TownSession, error: unknown): number {
    if (!(error instanceof OutsideError)) complain(error)
    const { why, fix } = whyAway(error)
    const gone = !(error instanceof OutsideError) || awayCodes.includes(error.code)
    if (gone) {
      state = { kind: 'away', reach: { kind: 'away', place: reach.place, why, fix } }
      tidings.tell('away', `the town cannot be reached: ${why}`)
    } else {
      state = { kind: 'up', reach, refused: why, conflicts: session.conflicts() }
      tidings.tell('refused', `the town takes nothing: ${why}`)
    }
    return restMs()
  }

  /** Tried again at once, then slower: a server that is started anew is back within 150 ms. */
  function restMs(): number {
    failures += 1
    const ms = Math.min(longestPauseMs, 50 * 2 ** Math.min(failures, 10))
    return ms * (0.75 + Math.random() / 2)
  }

  return {
    state: () => state,
    hurry: () => {
      failures = 0
    },
    async round(session) {
      const reach = await link.reach()
      if (reach.kind === 'off') {
        tidings.tell('off')
        state = reach
        return offMs
      }
      if (reach.kind === 'away') {
        state = { kind: 'away', reach }
        tidings.tell('away', `the town cannot be reached: ${reach.why}`)
        return restMs()
      }
      if (reach.fresh) {
        session.forget()
        feed.forget()
        void doors.remember(world.fleet(), reach.place.name).then(undefined, complain)
      }
      tidings.note(reach.server)
      return pulse(reach, session).then(undefined, (error: unknown) => failed(reach, session, error))
    },
  }
}

/** Nobody knows whether it is there; the other codes are a server's own word. */
const awayCodes = [
  'REDIS_AWAY',
  'REDIS_TIMEOUT',
  'REDIS_LOST',
  'REDIS_LOADING',
  'REDIS_BUSY',
  'REDIS_AUTH',
  'REDIS_OLD',
]
