import type { AgentSpec } from '../../core/index.ts'
import { sendHeartbeats } from '../../town/agents/mirror.ts'
import type { Town } from '../../town/town.ts'
import { isTerminal } from '../../town/wire/agent-record.ts'
import { fleetId } from '../names.ts'
import type { World } from '../world.ts'
import type { Ledger } from './ledger.ts'

/** Signs of life are never more than 60 s apart. Milliseconds. */
const heartbeatMs = 25_000

export interface Heartbeats {
  /** A sign of life of each, where it is time; what the town counted of them goes into the ledger. @throws {OutsideError} */
  beat(town: Town, specs: readonly AgentSpec[]): Promise<void>
  /** The next one is due at once. */
  forget(): void
}

export function createHeartbeats(world: World, ledger: Ledger): Heartbeats {
  let beatAt = Number.NEGATIVE_INFINITY
  return {
    async beat(town, specs) {
      const now = world.clock.now().mono
      if (now - beatAt < heartbeatMs) return
      const known = specs.flatMap((spec) => {
        const agent = ledger.state.agents[spec.name]
        return agent === undefined ? [] : [{ spec, agent }]
      })
      const asked = known.map(({ agent: { id, state } }) => ({ id, lives: !isTerminal(state) }))
      const counted = await sendHeartbeats(town, fleetId(world.fleet()), asked, town.now())
      beatAt = now
      for (const [at, { spec, agent }] of known.entries()) {
        const found = counted[at]
        if (found === undefined) continue
        const { task, ...counts } = found
        // A worker counts its own rounds.
        const rounds = spec.kind === 'worker' ? counts.rounds : agent.rounds
        if (counts.tasks === agent.tasks && rounds === agent.rounds && task === agent.task) continue
        Object.assign(agent, { tasks: counts.tasks, rounds })
        if (task === undefined) delete agent.task
        else agent.task = task
        ledger.touch()
      }
    },
    forget: () => {
      beatAt = Number.NEGATIVE_INFINITY
    },
  }
}
