import { readHashes, scanIds } from '../scan.ts'
import { hashOf, type Town } from '../town.ts'
import { type AgentRecord, decodeAgent } from '../wire/agent-record.ts'
import { parseId, SUPERVISOR } from '../wire/ids.ts'
import { isNamesake, isOwn, isOwnName, matchAgent, people, pickAgent, type Whom } from './meant.ts'

/** Everybody in town, by name, then by age. */
export async function listAgents(town: Town): Promise<AgentRecord[]> {
  return (await readAgents(town)).map(({ agent }) => agent)
}

interface ReadAgent {
  agent: AgentRecord
  /** The fields as they are, for who compares before a change. */
  hash: Readonly<Record<string, string>>
}

/** The same with the fields as they are. */
export const readAgents = (town: Town): Promise<ReadAgent[]> => readStrangers(town, new Set())

/** Everybody but these; their records are not even read. */
export async function readStrangers(town: Town, ours: ReadonlySet<string>): Promise<ReadAgent[]> {
  const ids = (await scanIds(town, 'agent')).filter((id) => !ours.has(id))
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

/**
 * The agent that a person or an agent names: its name, `supervisor` or `conductor`, its id or the beginning of it, its
 * nickname or its label. In the folder of a fleet its own agents are meant, never a namesake.
 * @throws {UserError} TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2)
 */
export async function findAgent(town: Town, given: string): Promise<Whom> {
  const known = await quickFind(town, given)
  if (known !== undefined) return known
  return pickAgent(await listAgents(town), given, town.own)
}

/** The same; undefined for nobody. @throws {UserError} TOWN_AGENT_AMBIGUOUS (exit 2) */
export async function seekAgent(town: Town, given: string): Promise<Whom | undefined> {
  return (await quickFind(town, given)) ?? matchAgent(await listAgents(town), given, town.own)
}

/** The agent of exactly this name; undefined for nobody. */
export async function agentNamed(town: Town, name: string): Promise<Whom | undefined> {
  const known = await quickFind(town, name)
  if (known?.name === name) return known
  const all = (await listAgents(town)).filter((one) => one.name === name)
  const record = all.find((one) => isOwn(town.own, one)) ?? all[0]
  return record === undefined ? undefined : { id: record.id, name: record.name, record }
}

/** By the index of names, or by the whole id, without a scan. */
async function quickFind(town: Town, given: string): Promise<Whom | undefined> {
  const ref = given.trim()
  const asId = parseId(ref)
  // A name that is almost one of this fleet's is weighed against all that live here.
  if (asId === undefined && isNamesake(town.own, ref)) return undefined
  const id = asId ?? (await town.redis.call('HGET', town.keys.names, ref))
  if (typeof id !== 'string' || parseId(id) === undefined) return undefined
  const record = await readAgent(town, id)
  if (record === undefined) return id === SUPERVISOR ? people : undefined
  if (asId === undefined && isOwnName(town.own, ref) && !isOwn(town.own, record)) return undefined
  return record.name === ref || asId === record.id ? { id, name: record.name, record } : undefined
}
