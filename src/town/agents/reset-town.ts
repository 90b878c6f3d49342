import { literally } from '../keys.ts'
import { type Town, textsOf } from '../town.ts'
import { type AgentRecord, isTerminal } from '../wire/agent-record.ts'
import { listAgents } from './agents.ts'

/** What a reset takes. */
export interface ResetPlan {
  agents: AgentRecord[]
  /** Keys by their first word: `agent`, `task`, `inbox`, … */
  keys: Record<string, number>
  total: number
}

/** First words of keys of a town: with them the keys of a town `a` are told from those of a town `a:b` of tinytown's. */
const words = new Set([
  'agent',
  'inbox',
  'urgent',
  'stop',
  'activity',
  'task',
  'backlog',
  'events',
  'mission',
  'docket',
  'fleet',
])
/** What `--agents-only` takes: everything that is about an agent, and no task. */
const aboutAgents = new Set(['agent', 'inbox', 'urgent', 'stop', 'activity'])
const oursAboutAgents = ['names', 'claimed', 'raw', 'mail', 'sent', 'done', 'dead', 'bad', 'turn', 'rate']

/** What would go. Changes nothing. */
export async function planReset(town: Town, agentsOnly: boolean): Promise<ResetPlan> {
  const keys: Record<string, number> = {}
  let total = 0
  for await (const batch of keysOf(town, agentsOnly)) {
    for (const key of batch) {
      const word = key.slice(town.keys.root.length).split(':')[0] ?? ''
      keys[word] = (keys[word] ?? 0) + 1
    }
    total += batch.length
  }
  return { agents: await listAgents(town), keys, total }
}

/**
 * Empties a town: its keys and no other town's (R24). Loops of `tt` that still run find a stop flag and leave.
 * @returns how many keys went
 */
export async function resetTown(town: Town, agentsOnly: boolean, plan: ResetPlan): Promise<number> {
  let gone = 0
  for await (const batch of keysOf(town, agentsOnly)) {
    if (batch.length > 0) gone += Number(await town.redis.call('UNLINK', ...batch))
  }
  const living = plan.agents.filter((one) => !isTerminal(one.state) && one.extra.fleet_owner === undefined)
  await town.redis.pipeline(living.map(({ id }) => ['SET', town.keys.stop(id), '1', 'EX', 3600] as const))
  return gone
}

/** Keys looked at by one SCAN. */
const COUNT = 1000

async function* keysOf(town: Town, agentsOnly: boolean): AsyncGenerator<string[]> {
  const { root } = town.keys
  let cursor = '0'
  do {
    const reply = await town.redis.call('SCAN', cursor, 'MATCH', `${literally(root)}*`, 'COUNT', COUNT)
    const [next, found] = Array.isArray(reply) ? reply : ['0', []]
    const keys = textsOf(found)
    yield keys.filter((key) => goes(key.slice(root.length), agentsOnly))
    cursor = String(next)
  } while (cursor !== '0')
}

function goes(rest: string, agentsOnly: boolean): boolean {
  const [word = '', next = ''] = rest.split(':')
  if (!agentsOnly) return words.has(word)
  return aboutAgents.has(word) || (word === 'fleet' && oursAboutAgents.includes(next))
}
