import { join } from 'node:path'
import { createRedis, type Redis } from '../../src/adapters/redis/index.ts'
import { townKeys } from '../../src/town/keys.ts'
import type { Sandbox } from './sandbox.ts'

/** The private Redis of a sandbox's fleet, as somebody else in the town sees it. */
export interface TownView {
  redis: Redis
  keys: ReturnType<typeof townKeys>
  /** The record of an agent by its name; undefined: there is none. */
  record(name: string): Promise<Record<string, string> | undefined>
  id(name: string): Promise<string>
  /** Waits until the record of an agent has this state. */
  reaches(name: string, state: string, withinMs?: number): Promise<void>
  /** pid of the server. */
  pid(): Promise<number>
}

/** @param name of the town: `[town] name` of the config */
export function viewTown(box: Sandbox, name: string): TownView {
  const redis = createRedis({
    socket: join(box.dir, 'logs/state/redis.sock'),
    name: 'test',
    deadlineMs: 5_000,
  })
  const keys = townKeys(name)
  const view: TownView = {
    redis,
    keys,
    record: async (agent) => {
      redis.wake()
      const id = await redis.call('HGET', keys.names, agent).then(undefined, () => null)
      if (typeof id !== 'string') return undefined
      const reply = (await redis.call('HGETALL', keys.agent(id))) as string[]
      if (reply.length === 0) return undefined
      return Object.fromEntries(reply.flatMap((word, at) => (at % 2 === 0 ? [[word, reply[at + 1]!]] : [])))
    },
    id: async (agent) => {
      const found = await view.record(agent)
      if (found?.id === undefined) throw new Error(`${agent} has no record`)
      return found.id
    },
    reaches: async (agent, state, withinMs) => {
      const record = async () => ((await view.record(agent))?.state === state ? true : undefined)
      await box.until(`${agent} is ${state}`, record, withinMs)
    },
    pid: async () => {
      const info = String(await redis.call('INFO', 'server'))
      return Number(/process_id:(\d+)/.exec(info)?.[1])
    },
  }
  return view
}

/** Writes what `tt` writes for its orders: whole records, one command after the other. */
export async function asTt(
  view: TownView,
  agent: string,
  order: 'kill' | 'interrupt' | 'resume' | 'close' | 'restart' | 'recover',
): Promise<void> {
  const { redis, keys } = view
  const record = (await view.record(agent))!
  const id = record.id!
  const state = (word: string, more: Record<string, string> = {}) => {
    const { current_task, nickname, role_id, parent_agent_id } = record
    const optional = Object.entries({ current_task, nickname, role_id, parent_agent_id })
    const absent = optional.flatMap(([name, value]) => (value === undefined ? [name] : []))
    const known = Object.entries({ ...record, state: word, ...more }).filter(
      ([name]) => !name.startsWith('fleet_'),
    )
    return redis.pipeline([
      ['HDEL', keys.agent(id), ...absent],
      ['HMSET', keys.agent(id), ...known.flat()],
    ])
  }
  const line = async (text: string) => {
    await redis.call('LPUSH', keys.activity(id), text)
    await redis.call('LTRIM', keys.activity(id), 0, 9)
    await redis.call('EXPIRE', keys.activity(id), 3600)
  }
  const now = new Date().toISOString().replace('Z', '+00:00')
  switch (order) {
    case 'kill':
      await redis.call('SETEX', keys.stop(id), 3600, '1')
      await state('stopped')
      return line('🛑 Stop requested')
    case 'interrupt':
      await state('paused')
      return line('⏸️ Interrupted (paused)')
    case 'resume':
      await state('idle')
      await redis.call('DEL', keys.stop(id))
      return line('▶️ Resumed')
    case 'close':
      await state('draining')
      await redis.call('SETEX', keys.stop(id), 3600, '1')
      return line('🔻 Closing (draining then stop)')
    case 'restart':
      await state('idle', { rounds_completed: '0', last_heartbeat: now })
      await redis.call('DEL', keys.stop(id))
      return line('🔄 Restarted with 10 rounds')
    case 'recover':
      await state('stopped')
      return line('🔄 Recovered by tt recover (orphaned)')
  }
}
