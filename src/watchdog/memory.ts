import type { EpochMs } from '../core/index.ts'
import { emptyAgent } from './empty.ts'
import type { AgentMemory, Memory } from './types.ts'

export { emptyAgent, emptyFleet, emptyMemory } from './empty.ts'
export { migrateMemory } from './migrate.ts'

/** The memory after `agents reset NAME`: the agent is no longer parked and its history is forgotten. */
export function resetAgent(memory: Memory, name: string): Memory {
  const agent = memory.agents[name]
  if (agent === undefined) return memory
  const { down } = agent
  const fresh: AgentMemory = {
    ...agent,
    gaveUp: undefined,
    retry: undefined,
    deniedAt: undefined,
    parked: undefined,
    restarts: [],
    backoff: undefined,
  }
  if (down !== undefined) fresh.down = { ...down, cause: 'operator' }
  const canary = memory.fleet.breaker
  const fleet = canary === undefined ? memory.fleet : { ...memory.fleet, breaker: undefined, failures: [] }
  return { agents: { ...memory.agents, [name]: fresh }, fleet }
}

/** The memory with a limit record that was found on disk, for an agent that has none in memory. */
export function adoptHold(memory: Memory, name: string, hold: AgentMemory['hold'], wall: EpochMs): Memory {
  const agent = memory.agents[name] ?? emptyAgent(wall)
  if (hold === undefined || agent.hold !== undefined) return memory
  return { ...memory, agents: { ...memory.agents, [name]: { ...agent, hold } } }
}
