import { type AgentSpec, Exit, type Fleet, type ServiceSpec, UserError } from '../../core/index.ts'
import type { Stranger } from '../strangers.ts'

export interface Targets {
  /** No names were given: everything. */
  all: boolean
  agents: AgentSpec[]
  services: ServiceSpec[]
  watchdog: boolean
  /** Sessions of what is in the config no more. */
  strangers: Stranger[]
}

/**
 * What the names of a command mean: agents, else services, else `watchdog`, else what runs and is in the config no more.
 * @param strangers where the verb is for those, too: of everything, and by name
 * @throws {UserError} NAME_UNKNOWN (exit 2) before anything is touched
 */
export function targetsOf(fleet: Fleet, names: readonly string[], strangers: Stranger[] = []): Targets {
  const { agents, services } = fleet
  if (names.length === 0) return { all: true, agents, services, watchdog: true, strangers }
  const targets: Targets = { all: false, agents: [], services: [], watchdog: false, strangers: [] }
  for (const name of new Set(names)) {
    const agent = fleet.agents.find((spec) => spec.name === name)
    const service = fleet.services.find((spec) => spec.name === name)
    const left = strangers.filter((one) => one.name === name)
    if (agent !== undefined) targets.agents.push(agent)
    else if (service !== undefined) targets.services.push(service)
    else if (name === 'watchdog') targets.watchdog = true
    else if (left.length > 0) targets.strangers.push(...left)
    else throw unknownName(fleet, name)
  }
  return targets
}

/**
 * Only agents; services and the watchdog have no such verb.
 * @throws {UserError} NAME_UNKNOWN or NAME_NO_AGENT (exit 2) before anything is touched
 */
export function agentsOf(fleet: Fleet, names: readonly string[]): AgentSpec[] {
  if (names.length === 0) return fleet.agents
  return names.map((name) => {
    const agent = fleet.agents.find((spec) => spec.name === name)
    if (agent === undefined) throw noAgent(fleet, name)
    return agent
  })
}

function noAgent(fleet: Fleet, name: string): UserError {
  const isService = fleet.services.some((spec) => spec.name === name)
  if (!isService && name !== 'watchdog') return unknownName(fleet, name)
  return new UserError({
    code: 'NAME_NO_AGENT',
    what: `"${name}" is ${isService ? 'a service' : 'the watchdog'}, and this verb is for agents; nothing was done.`,
    fix: `Only agents down ${name} and agents up ${name} are for it.`,
    exit: Exit.usage,
  })
}

function unknownName(fleet: Fleet, name: string): UserError {
  const known = [...fleet.agents, ...fleet.services].map((spec) => spec.name)
  return new UserError({
    code: 'NAME_UNKNOWN',
    what: `"${name}" is no agent, service or \`watchdog\` of ${fleet.configPath}; nothing was done.`,
    fix: `Known: ${[...known, 'watchdog'].join(', ')}.`,
    exit: Exit.usage,
  })
}
