import { expect } from 'vitest'
import { listAgents } from '../../../src/town/agents/agents.ts'
import { migrateKeys, migrateRecords, townless } from '../../../src/town/archive/migrate.ts'
import { createTown, hashOf } from '../../../src/town/town.ts'
import { decodeAgent } from '../../../src/town/wire/agent-record.ts'
import { type RedisBench, test } from '../../support/redis.ts'

const A = '0d5b1c9e-2222-4222-8222-222222222222'
const T = '1d5b1c9e-3333-4333-8333-333333333333'
const townOf = (bench: RedisBench, name = 'shop') => createTown(name, bench.raw, Date.now)
const keysOf = async (bench: RedisBench) => ((await bench.raw.call('KEYS', '*')) as string[]).sort()

test('keys without a town come into this one, and those of towns named like kinds stay', async ({
  bench,
}) => {
  const { raw } = bench
  await raw.call('HSET', `tt:agent:${A}`, 'id', A)
  await raw.call('RPUSH', `tt:inbox:${A}`, 'a', 'b')
  await raw.call('RPUSH', 'tt:backlog', T)
  const others = [
    'tt:task:backlog',
    `tt:task:agent:${A}`,
    'tt:agent:events',
    'tt:inbox:fleet:names',
    'tt:shop2:backlog',
  ]
  for (const key of others) await raw.call('SET', key, 'of a town')
  const before = await keysOf(bench)

  expect((await migrateKeys(townOf(bench), true)).map(({ result }) => result)).toEqual([
    'would',
    'would',
    'would',
  ])
  expect(await keysOf(bench)).toEqual(before)
  expect(await migrateKeys(townOf(bench), false)).toEqual([
    { key: `tt:agent:${A}`, to: `tt:shop:agent:${A}`, result: 'done', why: undefined },
    { key: 'tt:backlog', to: 'tt:shop:backlog', result: 'done', why: undefined },
    { key: `tt:inbox:${A}`, to: `tt:shop:inbox:${A}`, result: 'done', why: undefined },
  ])
  expect(await raw.call('LRANGE', `tt:shop:inbox:${A}`, 0, -1)).toEqual(['a', 'b'])
  for (const key of others) expect(await raw.call('GET', key)).toBe('of a town')
  expect(await migrateKeys(townOf(bench), false)).toEqual([])
})

test('a key that is there already is not written over, and the others come all the same', async ({
  bench,
}) => {
  const { raw } = bench
  await raw.call('RPUSH', 'tt:backlog', T)
  await raw.call('RPUSH', 'tt:shop:backlog', A)
  await raw.call('SET', `tt:stop:${A}`, '1')
  await raw.call('SET', `tt:inbox:${A}`, 'no list')
  const results = await migrateKeys(townOf(bench), false)
  expect(results.map(({ key, result, why }) => [key, result, why])).toEqual([
    ['tt:backlog', 'failed', 'tt:shop:backlog is there already'],
    [`tt:inbox:${A}`, 'failed', 'it is a string and not what its name says'],
    [`tt:stop:${A}`, 'done', undefined],
  ])
  expect(await raw.call('LRANGE', 'tt:shop:backlog', 0, -1)).toEqual([A])
  expect((await migrateKeys(townOf(bench), true))[0]).toMatchObject({ result: 'failed' })
})

test('records of JSON become hashes with all their fields', async ({ bench }) => {
  const { raw } = bench
  const town = townOf(bench)
  const agent = {
    id: A,
    name: 'b',
    agent_type: 'worker',
    state: 'idle',
    cli: 'claude',
    current_task: null,
    created_at: '2025-12-01T00:00:00Z',
    last_heartbeat: '2025-12-01T00:00:01Z',
    tasks_completed: 3,
    rounds_completed: 4,
    nickname: 'Bee',
    role_id: 'tester',
    parent_agent_id: T,
    spawn_mode: 'forkedcontext',
    last_active_at: '2025-12-01T00:00:02Z',
    later: { a: 1 },
  }
  await raw.call('SET', town.keys.agent(A), JSON.stringify(agent))
  await raw.call(
    'SET',
    town.keys.task(T),
    `{"id":"${T}","description":"Füge \\u00e9 hinzu","state":"pending","tags":["qa"],"result":null}`,
  )
  await raw.call('SET', town.keys.task(A), 'no record')
  await raw.call('SET', `tt:other:agent:${A}`, '{}')
  expect((await migrateRecords(town, true)).map(({ result }) => result)).toEqual(['would', 'failed', 'would'])
  expect(await raw.call('TYPE', town.keys.agent(A))).toBe('string')
  expect((await migrateRecords(town, false)).map(({ result, why }) => [result, why])).toEqual([
    ['done', undefined],
    ['failed', 'it is a text and no record'],
    ['done', undefined],
  ])
  const hash = hashOf(await raw.call('HGETALL', town.keys.agent(A)))!
  expect(hash).toMatchObject({
    tasks_completed: '3',
    nickname: 'Bee',
    last_active_at: '2025-12-01T00:00:02Z',
    later: '{"a":1}',
  })
  expect(hash).not.toHaveProperty('current_task')
  expect(decodeAgent(hash, 0)).toMatchObject({
    role: 'tester',
    parent: T,
    spawnMode: 'forkedcontext',
    roundsCompleted: 4,
  })
  expect(await listAgents(town)).toHaveLength(1)
  expect(hashOf(await raw.call('HGETALL', town.keys.task(T)))).toEqual({
    id: T,
    description: 'Füge é hinzu',
    state: 'pending',
    tags: '["qa"]',
  })
  expect(await raw.call('GET', town.keys.task(A))).toBe('no record')
  expect(await raw.call('GET', `tt:other:agent:${A}`)).toBe('{}')
})

test('a town of such a name has no townless keys', async ({ bench }) => {
  for (const key of [
    `tt:task:${T}:x`,
    'tt:task:backlog',
    'tt:task:names',
    'tt:backlog:x',
    `tt:mission:${T}`,
    `tt:agent:${A.toUpperCase()}`,
  ])
    expect(townless(townOf(bench, 'task'), key)).toBeUndefined()
})
