import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { type Beat, type Expected, readPulse } from '../../../src/town/agents/mirror.ts'
import { GUARD, INTERRUPTED } from '../../../src/town/agents/orders.ts'
import { createTown, type Town } from '../../../src/town/town.ts'
import { SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { type RedisBench, test } from '../../support/redis.ts'

const MANY = 25

/** Agents of ours in a town, each as it was left. */
async function settled(redis: RedisBench): Promise<{ town: Town; fleet: Expected[] }> {
  const town = createTown('shop', redis.raw, Date.now)
  const states = ['idle', 'working', 'paused', 'stopped', 'cold'] as const
  const fleet = Array.from({ length: MANY }, (_, at) => ({
    id: randomUUID(),
    state: states[at % states.length]!,
    paused: at % 10 === 2,
  }))
  await redis.raw.call('SET', town.keys.epoch, 'e1')
  for (const { id, state } of fleet) {
    const record = [
      'id',
      id,
      'name',
      id.slice(0, 4),
      'state',
      state,
      'fleet_state',
      state,
      'fleet_owner',
      'us',
    ]
    await redis.raw.call('HSET', town.keys.agent(id), ...record)
    await redis.raw.call('LPUSH', town.keys.activity(id), 'Round 1: ✅ completed')
  }
  return { town, fleet }
}

const nothing: Omit<Beat, 'at'> = {
  what: 'here',
  state: 'idle',
  ours: 'idle',
  stop: 'none',
  line: '',
  inbox: 0,
  urgent: 0,
}

test('a pulse tells whatever anybody does to an agent or its lists, and of nobody else', async ({
  bench: redis,
}) => {
  const { town, fleet } = await settled(redis)
  const { keys } = town
  const id = (at: number): string => fleet[at]!.id
  const look = async (thorough = false): Promise<Beat[]> =>
    (await readPulse(town, 'us', fleet, thorough)).beats
  expect(await readPulse(town, 'us', fleet, false)).toEqual({ epoch: 'e1', people: '', beats: [] })
  expect(await look(true)).toEqual([])

  // What `tt` writes, with plain commands and nothing that would count it.
  await redis.raw.call('HSET', keys.agent(id(0)), 'state', 'stopped')
  await redis.raw.call('SET', keys.stop(id(5)), '1')
  await redis.raw.call('RPUSH', keys.inbox(id(6)), 'x', 'y')
  await redis.raw.call('LPUSH', keys.urgent(id(11)), 'z')
  await redis.raw.call('LPUSH', keys.activity(id(10)), '🔄 Restarted with 10 rounds')
  await redis.raw.call('LPUSH', keys.activity(id(7)), '⏸️ Interrupted (paused)')
  // Paused by a person already: the same word again is no order.
  await redis.raw.call('LPUSH', keys.activity(id(12)), '⏸️ Interrupted (paused)')
  await redis.raw.call('DEL', keys.agent(id(20)))
  await redis.raw.call('SET', keys.agent(id(21)), 'no hash')
  await redis.raw.call('SET', keys.stop(id(MANY - 1)), GUARD)
  await redis.raw.call('RPUSH', keys.inbox(SUPERVISOR), 'for people')
  await redis.raw.call('SET', keys.epoch, 'e2')
  const wanted: Beat[] = [
    { ...nothing, at: 0, state: 'stopped', line: 'Round 1: ✅ completed' },
    { ...nothing, at: 5, stop: 'asked', line: 'Round 1: ✅ completed' },
    { ...nothing, at: 6, state: 'working', ours: 'working', inbox: 2 },
    { ...nothing, at: 7, state: 'paused', ours: 'paused', line: `${INTERRUPTED} (paused)` },
    { ...nothing, at: 10, line: '🔄 Restarted with 10 rounds' },
    { ...nothing, at: 11, state: 'working', ours: 'working', urgent: 1 },
    { ...nothing, at: 20, what: 'missing', state: 'starting', ours: undefined },
    { ...nothing, at: 21, what: 'garbage', state: 'starting', ours: undefined },
    { ...nothing, at: 24, state: 'cold', ours: 'cold', stop: 'guard', line: 'Round 1: ✅ completed' },
  ]
  expect(await look()).toEqual(wanted)
  expect(await look(true)).toEqual(wanted)
  expect((await readPulse(town, 'us', fleet, false)).epoch).toBe('e2')
})

test('a thorough pulse tells of a record that another fleet took over as it stood', async ({
  bench: redis,
}) => {
  const { town, fleet } = await settled(redis)
  await redis.raw.call('HSET', town.keys.agent(fleet[3]!.id), 'fleet_owner', 'them')
  await redis.raw.call('HSET', town.keys.agent(fleet[16]!.id), 'fleet_state', 'idle')
  const { beats } = await readPulse(town, 'us', fleet, true)
  expect(beats).toEqual([
    { ...nothing, at: 3, what: 'foreign', state: 'stopped', ours: 'stopped' },
    { ...nothing, at: 16, state: 'working', ours: 'idle' },
  ])
})

test('the word for the mailbox of people is another one after each change', async ({ bench: redis }) => {
  const { town } = await settled(redis)
  const words = new Set<string>()
  const changes: [string, ...string[]][] = [
    ['RPUSH', town.keys.inbox(SUPERVISOR), 'one'],
    ['RPUSH', town.keys.inbox(SUPERVISOR), 'two'],
    ['LPUSH', town.keys.urgent(SUPERVISOR), 'three'],
    ['LPOP', town.keys.inbox(SUPERVISOR)],
    ['LSET', town.keys.urgent(SUPERVISOR), '0', 'four'],
  ]
  for (const [name, ...args] of changes) {
    await redis.raw.call(name, ...args)
    words.add((await readPulse(town, 'us', [], false)).people)
  }
  expect(words.size).toBe(changes.length)
  expect(words).not.toContain('')
})

test('a pulse that finds nothing asks its server for at most two and a half commands an agent', async ({
  bench: redis,
}) => {
  const { town, fleet } = await settled(redis)
  await readPulse(town, 'us', fleet, false)
  await redis.raw.call('CONFIG', 'RESETSTAT')
  await readPulse(town, 'us', fleet, false)
  const stats = String(await redis.raw.call('INFO', 'commandstats'))
  const calls = [...stats.matchAll(/cmdstat_(?!config|info)\S+?:calls=(\d+)/g)].map(([, n]) => Number(n))
  expect(calls.reduce((sum, n) => sum + n, 0)).toBeLessThanOrEqual(2.5 * MANY)
})
