import type { FleetEvent } from '../../core/index.ts'
import { activityOf } from '../../town/events/from-log.ts'
import type { Observation } from '../../watchdog/types.ts'
import type { World } from '../world.ts'
import type { Feed } from './feed.ts'
import type { Ledger, LedgerAgent } from './ledger.ts'
import type { TownSession } from './session.ts'
import { createTurns } from './turns.ts'

/** The ledger is read, and the records can be written. */
export interface Parts {
  ledger: Ledger
  session: TownSession
}

export interface Hearing {
  /** Called with what every look saw. */
  seen(observation: Observation): void
  /** Called for every event, after it was written. */
  heard(event: FleetEvent): void
  /** How the agents that run now were started, also before this watchdog. */
  recall(parts: Parts): Promise<void>
}

/** Events read when it begins, to know how the agents were started. */
const recalled = 1_000

/** What the fleet does, on its way into the town: events, lines of activity, turns. */
export function createHearing(world: World, feed: Feed, parts: () => Parts | undefined): Hearing {
  const turns = createTurns(({ agent, how }) => {
    const now = parts()
    const known = now?.ledger.state.agents[agent]
    if (now === undefined || known === undefined) return
    // It counts its rounds itself, and knows how they ended.
    if (world.fleet().agents.some(({ name, kind }) => name === agent && kind === 'worker')) return
    if (how === 'failed') {
      now.session.say(agent, `Round ${known.rounds + 1}: ⚠️ CLI error`)
      return
    }
    known.rounds += 1
    now.session.say(agent, `Round ${known.rounds}: ✅ completed`)
    now.ledger.touch()
  })

  const orders = createTold()
  return {
    seen: turns.seen,
    heard(event) {
      const { agent: name = '' } = event
      const now = parts()
      const agent = now?.ledger.state.agents[name]
      if (agent !== undefined && event.kind === 'start') startedAs(agent, event)
      if (orders.told(event)) return
      feed.heard(event)
      const line = activityOf(event)
      if (agent !== undefined && line !== undefined) now?.session.say(name, line)
    },
    async recall({ ledger }) {
      for (const event of await world.events.read({ last: recalled })) {
        const agent = ledger.state.agents[event.agent ?? '']
        if (event.kind === 'start' && agent !== undefined) startedAs(agent, event)
      }
    },
  }
}

/** Events of an operator's word that `tt` has told the streams of itself. */
const tells: Partial<Record<FleetEvent['kind'], string>> = { pause: 'interrupt', resume: 'resume' }

/** An order that led to nothing does not swallow what an operator says later. Milliseconds. */
const toldForMs = 10_000

/** By the order of the log alone: when an event is heard, its order may be long behind us. */
function createTold(): { told(event: FleetEvent): boolean } {
  const last = new Map<string, FleetEvent>()
  return {
    /** The town told of it when the order was given; once for each order. */
    told(event) {
      const agent = event.agent ?? ''
      if (event.kind === 'town-order') last.set(agent, event)
      const order = last.get(agent)
      if (order === undefined || tells[event.kind] !== order.order) return false
      last.delete(agent)
      return event.at - order.at < toldForMs
    },
  }
}

function startedAs(agent: LedgerAgent, event: FleetEvent): void {
  agent.spawnMode = event.resumes === undefined ? 'fresh' : 'resumed'
}
