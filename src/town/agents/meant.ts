import { Exit, UserError } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import type { OwnFleet } from '../town.ts'
import { type AgentRecord, agentLabel, displayName } from '../wire/agent-record.ts'
import { apart, isIdBeginning, isSupervisorName, parseId, SUPERVISOR } from '../wire/ids.ts'

/** Who is meant: an agent with its record, or the mailbox of people, which has none. */
export type Whom = { id: string; name: string; record: AgentRecord | undefined }

export const people: Whom = { id: SUPERVISOR, name: 'supervisor', record: undefined }

/** The record is that of an agent of this fleet. */
export const isOwn = (own: OwnFleet | undefined, { extra }: AgentRecord): boolean =>
  own !== undefined && extra.fleet_owner === own.id

export const isOwnName = (own: OwnFleet | undefined, ref: string): boolean => own?.names.has(ref) === true

/** It differs from a name of this fleet in its capitals alone. */
export const isNamesake = (own: OwnFleet | undefined, ref: string): boolean =>
  own !== undefined && !own.names.has(ref) && [...own.names].some((name) => same(name, ref))

const same = (a: string | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase()

/**
 * Who of these is meant.
 * @throws {UserError} TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2)
 */
export function pickAgent(agents: readonly AgentRecord[], given: string, own?: OwnFleet): Whom {
  const found = matchAgent(agents, given, own)
  if (found !== undefined) return found
  const ref = given.trim()
  const others = isOwnName(own, ref) ? agents.filter(({ name }) => same(name, ref)) : []
  throw others.length === 0 ? unknownAgent(ref, agents) : onlyOthers(ref, others)
}

/**
 * All of these that may be meant, by the surest way that means anybody. A name of this fleet is its agent, and nobody as long
 * as that one has no record; else of those that a name, a nickname or a label fits, this fleet's own.
 */
export function agentsMeant(
  agents: readonly AgentRecord[],
  given: string,
  own?: OwnFleet,
): readonly AgentRecord[] {
  const ref = given.trim()
  if (isOwnName(own, ref)) return agents.filter((one) => one.name === ref && isOwn(own, one))
  const found = ways(ref)
    .map((way) => agents.filter(way))
    .find((some) => some.length > 0)
  if (found === undefined) return byIdBeginning(ref, agents)
  const ours = found.filter((one) => isOwn(own, one))
  if (ours.length > 0) return ours
  // Typed without its capitals it may be ours as well as theirs.
  const almost =
    parseId(ref) === undefined ? agents.filter((one) => isOwn(own, one) && same(one.name, ref)) : []
  return [...almost, ...found]
}

/** The beginning of an id is whoever's it fits. */
const byIdBeginning = (ref: string, agents: readonly AgentRecord[]): readonly AgentRecord[] =>
  isIdBeginning(ref) ? agents.filter(({ id }) => id.startsWith(ref.toLowerCase())) : []

/** Who of these is meant; undefined for nobody. @throws {UserError} TOWN_AGENT_AMBIGUOUS (exit 2) */
export function matchAgent(agents: readonly AgentRecord[], given: string, own?: OwnFleet): Whom | undefined {
  const ref = given.trim()
  const found = agentsMeant(agents, ref, own)
  if (found.length === 0) return isSupervisorName(ref) || parseId(ref) === SUPERVISOR ? people : undefined
  if (found.length > 1) throw ambiguous(ref, found)
  const record = found[0]!
  return { id: record.id, name: record.name, record }
}

/** From the surest way to mean somebody to the loosest. */
function ways(ref: string): ((agent: AgentRecord) => boolean)[] {
  const id = parseId(ref)
  return [
    (agent) => agent.name === ref,
    (agent) => agent.id === id,
    (agent) => same(agent.name, ref),
    (agent) => same(agent.nickname, ref),
    (agent) => same(agentLabel(agent), ref),
  ]
}

function unknownAgent(ref: string, agents: readonly AgentRecord[]): UserError {
  const names = agents.map((agent) => visible(agent.name)).slice(0, 20)
  return new UserError({
    code: 'TOWN_AGENT_UNKNOWN',
    what: `There is no agent "${visible(ref)}" in this town.`,
    fix: names.length === 0 ? 'Type `agents list`: the town is empty.' : `There are: ${names.join(', ')}.`,
    exit: Exit.usage,
  })
}

/** Its name is ours, and in the town only others have it. */
function onlyOthers(ref: string, others: readonly AgentRecord[]): UserError {
  return new UserError({
    code: 'TOWN_AGENT_AMBIGUOUS',
    what: `${visible(ref)} is an agent of this fleet, of whom the town does not know; who lives there as ${described(others).join(', ')} is none of this fleet's. Nothing was done.`,
    fix: 'Write as much of the id as stands here for that one. Ours comes in under a name that is free: see `agents status`.',
    exit: Exit.usage,
  })
}

function described(found: readonly AgentRecord[]): string[] {
  const ids = apart(found.map(({ id }) => id))
  return found
    .map(
      (agent, at) =>
        `${visible(agent.name)}${agent.nickname === undefined ? '' : `, called ${visible(displayName(agent))}`} (${ids[at]})`,
    )
    .slice(0, 20)
}

function ambiguous(ref: string, found: readonly AgentRecord[]): UserError {
  return new UserError({
    code: 'TOWN_AGENT_AMBIGUOUS',
    what: `"${visible(ref)}" may be ${described(found).join(' or ')}.`,
    fix: 'Write as much of the id as stands here.',
    exit: Exit.usage,
  })
}
