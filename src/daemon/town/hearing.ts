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

  return {
    seen: turns.seen,
    heard(event) {
      const { agent: name = '' } = event
      const now = parts()
      const agent = now?.ledger.state.agents[name]
      if (agent !== undefined && event.kind === 'start') startedAs(agent, event)
      // The town told of its own order when it was given.
      if (agent?.order?.carried === false && tells[event.kind] === agent.order.order) return
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

function startedAs(agent: LedgerAgent, event: FleetEvent): void {
  agent.spawnMode = event.resumes === undefined ? 'fresh' : 'resumed'
}
