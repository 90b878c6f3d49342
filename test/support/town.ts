import type { Whom } from '../../src/town/agents/meant.ts'
import { createTown, type Town, textsOf } from '../../src/town/town.ts'
import { type AgentRecord, type AgentState, encodeAgent } from '../../src/town/wire/agent-record.ts'
import { newId } from '../../src/town/wire/ids.ts'
import { decodeMessage, type TownMessage } from '../../src/town/wire/message.ts'
import type { RedisBench } from './redis.ts'

/** A town on the server of a test; each call is a client of its own. */
export const townOn = (bench: RedisBench, name = 'shop'): Town => createTown(name, bench.open(), Date.now)

/** Writes the record of an agent as `tt spawn` would. */
export async function addAgent(town: Town, name: string, more: Partial<AgentRecord> = {}): Promise<Whom> {
  const now = Date.now()
  const record: AgentRecord = {
    id: newId(),
    name,
    type: 'worker',
    state: 'idle',
    cli: 'true',
    createdAt: now,
    heartbeatAt: now,
    tasksCompleted: 0,
    roundsCompleted: 0,
    activeAt: now,
    spawnMode: 'fresh',
    currentTask: undefined,
    nickname: undefined,
    role: undefined,
    parent: undefined,
    extra: {},
    ...more,
  }
  await town.redis.call('HSET', town.keys.agent(record.id), ...encodeAgent(record).flat())
  return { id: record.id, name, record }
}

export async function setState(town: Town, agent: { id: string }, state: AgentState): Promise<void> {
  await town.redis.call('HSET', town.keys.agent(agent.id), 'state', state)
}

/** What waits in an inbox, from its head. */
export async function inboxOf(town: Town, agent: string): Promise<TownMessage[]> {
  const raws = textsOf(await town.redis.call('LRANGE', town.keys.inbox(agent), 0, -1))
  return raws.map((raw) => {
    const message = decodeMessage(raw)
    if (message === undefined) throw new Error(`not a message: ${raw}`)
    return message
  })
}

/** Everything in the database, to prove that nothing was changed (INV-19). */
export async function contents(town: Town): Promise<Record<string, unknown>> {
  const keys = textsOf(await town.redis.call('KEYS', '*')).sort()
  const found: Record<string, unknown> = {}
  for (const key of keys)
    found[key] = await town.redis.call('DUMP', key).catch((error: unknown) => String(error))
  return found
}
