import type { Health, RedisPlace } from '../../adapters/redis/types.ts'
import { OutsideError, UserError } from '../../core/index.ts'
import { listAgents } from '../../town/agents/agents.ts'
import { listTasks } from '../../town/tasks/tasks.ts'
import { createTown, type Town } from '../../town/town.ts'
import { connectTo } from './open.ts'

/** What is in a town. Counts by state. */
export interface TownFacts {
  health: Health
  agents: Record<string, number>
  tasks: Record<string, number>
  backlog: number
  /** undefined: none of our watchdogs was there yet. */
  epoch: string | undefined
}

export type Visit = { kind: 'up'; facts: TownFacts } | { kind: 'away'; why: string; fix: string | undefined }

/** Looks at a town, whoever's it is. Starts no server and changes nothing. */
export async function visitTown(name: string, place: RedisPlace): Promise<Visit> {
  const [made] = await Promise.allSettled([Promise.resolve().then(() => connectTo(place, 'cli'))])
  if (made.status === 'rejected') return away(made.reason)
  const redis = made.value
  const [seen] = await Promise.allSettled([factsOf(createTown(name, redis, Date.now))])
  await redis.close()
  return seen.status === 'fulfilled' ? { kind: 'up', facts: seen.value } : away(seen.reason)
}

function away(error: unknown): Visit {
  if (!(error instanceof OutsideError) && !(error instanceof UserError)) throw error
  return { kind: 'away', why: error.message, fix: error.fix }
}

async function factsOf(town: Town): Promise<TownFacts> {
  const health = await town.redis.health()
  const [agents, tasks, backlog, epoch] = await Promise.all([
    listAgents(town),
    listTasks(town),
    town.redis.call('LLEN', town.keys.backlog),
    town.redis.call('GET', town.keys.epoch),
  ])
  return {
    health,
    agents: counted(agents),
    tasks: counted(tasks),
    backlog: Number(backlog),
    epoch: typeof epoch === 'string' ? epoch : undefined,
  }
}

function counted(records: readonly { state: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { state } of records) counts[state] = (counts[state] ?? 0) + 1
  return counts
}
