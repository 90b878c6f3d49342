import { Exit, UserError } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { readHashes, scanIds } from '../scan.ts'
import { hashOf, type Town } from '../town.ts'
import { type AgentRecord, agentLabel, decodeAgent, displayName } from '../wire/agent-record.ts'
import { apart, isIdBeginning, isSupervisorName, parseId, SUPERVISOR } from '../wire/ids.ts'

/** Everybody in town, by name, then by age. */
export async function listAgents(town: Town): Promise<AgentRecord[]> {
  return (await readAgents(town)).map(({ agent }) => agent)
}

/** The same with the fields as they are, for who compares before a change. */
export async function readAgents(
  town: Town,
): Promise<{ agent: AgentRecord; hash: Readonly<Record<string, string>> }[]> {
  const ids = await scanIds(town, 'agent')
  const hashes = await readHashes(town, 'agent', ids)
  const now = town.now()
  return hashes
    .flatMap((hash) => {
      const agent = hash === undefined ? undefined : decodeAgent(hash, now)
      return agent === undefined || hash === undefined ? [] : [{ agent, hash }]
    })
    .sort(({ agent: a }, { agent: b }) =>
      a.name < b.name ? -1 : a.name > b.name ? 1 : a.createdAt - b.createdAt,
    )
}

export async function readAgent(town: Town, id: string): Promise<AgentRecord | undefined> {
  const hash = hashOf(await town.redis.call('HGETALL', town.keys.agent(id)))
  return hash === undefined ? undefined : decodeAgent(hash, town.now())
}

/** Who is meant: an agent with its record, or the mailbox of people, which has none. */
export type Whom = { id: string; name: string; record: AgentRecord | undefined }

const people: Whom = { id: SUPERVISOR, name: 'supervisor', record: undefined }

/**
 * The agent that a person or an agent names: its name, `supervisor` or `conductor`, its id or the beginning of it, its
 * nickname or its label.
 * @throws {UserError} TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2)
 */
export async function findAgent(town: Town, given: string): Promise<Whom> {
  const known = await quickFind(town, given)
  if (known !== undefined) return known
  return pickAgent(await listAgents(town), given)
}

/** The same; undefined for nobody. @throws {UserError} TOWN_AGENT_AMBIGUOUS (exit 2) */
export async function seekAgent(town: Town, given: string): Promise<Whom | undefined> {
  return (await quickFind(town, given)) ?? matchAgent(await listAgents(town), given)
}

/** The agent of exactly this name; undefined for nobody. */
export async function agentNamed(town: Town, name: string): Promise<Whom | undefined> {
  const known = await quickFind(town, name)
  if (known?.name === name) return known
  const record = (await listAgents(town)).find((one) => one.name === name)
  return record === undefined ? undefined : { id: record.id, name: record.name, record }
}

/** The same among these. */
export function pickAgent(agents: readonly AgentRecord[], given: string): Whom {
  const found = matchAgent(agents, given)
  if (found === undefined) throw unknownAgent(given.trim(), agents)
  return found
}

/** All of these that may be meant, by the surest way that means anybody. */
export function agentsMeant(agents: readonly AgentRecord[], given: string): AgentRecord[] {
  const found = ways(given.trim()).map((way) => agents.filter(way))
  return found.find((some) => some.length > 0) ?? []
}

function matchAgent(agents: readonly AgentRecord[], given: string): Whom | undefined {
  const ref = given.trim()
  const found = agentsMeant(agents, ref)
  if (found.length === 0) {
    return isSupervisorName(ref) || parseId(ref) === SUPERVISOR ? people : undefined
  }
  if (found.length > 1) throw ambiguous(ref, found)
  const record = found[0]!
  return { id: record.id, name: record.name, record }
}

/** From the surest way to mean somebody to the loosest. */
function ways(ref: string): ((agent: AgentRecord) => boolean)[] {
  const lower = ref.toLowerCase()
  const id = parseId(ref)
  return [
    (agent) => agent.name === ref,
    (agent) => agent.id === id,
    (agent) => agent.name.toLowerCase() === lower,
    (agent) => agent.nickname?.toLowerCase() === lower,
    (agent) => agentLabel(agent).toLowerCase() === lower,
    (agent) => isIdBeginning(ref) && agent.id.startsWith(lower),
  ]
}

/** By the index of names, or by the whole id, without a scan. */
async function quickFind(town: Town, given: string): Promise<Whom | undefined> {
  const ref = given.trim()
  const id = parseId(ref) ?? (await town.redis.call('HGET', town.keys.names, ref))
  if (typeof id !== 'string' || parseId(id) === undefined) return undefined
  const record = await readAgent(town, id)
  if (record === undefined) return id === SUPERVISOR ? people : undefined
  return record.name === ref || parseId(ref) === record.id ? { id, name: record.name, record } : undefined
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

function ambiguous(ref: string, found: readonly AgentRecord[]): UserError {
  const ids = apart(found.map(({ id }) => id))
  const each = found.map(
    (agent, at) =>
      `${visible(agent.name)}${agent.nickname === undefined ? '' : `, called ${visible(displayName(agent))}`} (${ids[at]})`,
  )
  return new UserError({
    code: 'TOWN_AGENT_AMBIGUOUS',
    what: `"${visible(ref)}" may be ${each.slice(0, 20).join(' or ')}.`,
    fix: 'Write as much of the id as stands here.',
    exit: Exit.usage,
  })
}
