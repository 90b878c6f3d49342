import { expect } from 'vitest'
import { samples } from '../support/town-samples.ts'
import { test } from './support/mixed.ts'

const old = samples('legacy').filter(({ after }) => after === 'by hand')
const OLD_AGENT = 'a1a1a1a1-0000-4000-8000-000000000001'
const OLD_TASK = 'b2b2b2b2-0000-4000-8000-000000000002'

// Keys without a town belong to whoever migrates first: not on a Redis that others use.
test.runIf(!process.env.REDIS_URL)(
  'keys without a town and records of JSON: what tt migrates we read, what we migrate tt reads',
  async ({ mixed }) => {
    await mixed.open()
    const fill = async () => {
      for (const { command } of old) await mixed.redis.call(command[0] ?? '', ...command.slice(1))
    }
    const clear = () => mixed.redis.flushall()
    await fill()
    await mixed.tt('migrate', '--force')
    await mixed.tt('migrate', '--hash', '--force')
    const list = () => mixed.json<{ agents: { name: string; nickname?: string; inbox: number }[] }>('list')
    expect((await list()).agents).toMatchObject([{ name: 'veteran', inbox: 1 }])
    expect(await mixed.agents('task', 'show', OLD_TASK)).toContain('Fix flaky test')
    expect(await mixed.agents('backlog', 'list')).toContain('Fix flaky test')

    await clear()
    await fill()
    await mixed.agents('migrate', '--force')
    await mixed.agents('migrate', '--hash', '--force')
    // Ours keeps the fields that tt's own migration drops.
    expect(await mixed.tt('list')).toContain('Vera [reviewer]')
    expect(await mixed.redis.hgetall(mixed.keys.agent(OLD_AGENT))).toMatchObject({
      role_id: 'reviewer',
      spawn_mode: 'resumed',
    })
    expect(await mixed.tt('task', 'show', OLD_TASK)).toContain('Fix flaky test')
    expect(await mixed.tt('inbox', 'veteran')).toContain('from before')
    expect(await mixed.tt('backlog', 'list')).toContain('Fix flaky test')
    expect(await mixed.redis.keys('tt:agent:*')).toEqual([])
  },
)

test('records that tt itself wrote, turned to the JSON of its early releases, become hashes again', async ({
  mixed,
}) => {
  await mixed.open()
  await mixed.tt('spawn', 'theirs', '--cli', 'true', '--role', 'backend', '--nickname', 'Nick')
  await mixed.becomes('theirs', 'idle')
  await mixed.tt('kill', 'theirs')
  await mixed.becomes('theirs', 'stopped')
  await mixed.tt('backlog', 'add', 'kept', '--tags', 'a,b')
  const { id = '' } = await mixed.record('theirs')
  const [task = ''] = await mixed.redis.lrange(mixed.keys.backlog, 0, -1)
  const agent = await mixed.redis.hgetall(mixed.keys.agent(id))
  const record = await mixed.redis.hgetall(mixed.keys.task(task))
  const asJson = (hash: Record<string, string>) => ({
    ...hash,
    ...(hash.tags === undefined ? {} : { tags: JSON.parse(hash.tags) }),
    ...(hash.tasks_completed === undefined ? {} : { tasks_completed: 0, rounds_completed: 0 }),
  })
  await mixed.redis.del(mixed.keys.agent(id), mixed.keys.task(task))
  await mixed.redis.set(mixed.keys.agent(id), JSON.stringify(asJson(agent)))
  await mixed.redis.set(mixed.keys.task(task), JSON.stringify(asJson(record)))
  // tt shows an empty town; ours names what cannot be read and shows the rest.
  expect(await mixed.tt('list')).not.toContain('Nick')
  await mixed.agents('migrate', '--hash', '--force')
  expect(await mixed.tt('list')).toContain('Nick [backend]')
  expect(await mixed.redis.hgetall(mixed.keys.agent(id))).toEqual(agent)
  expect(await mixed.redis.hgetall(mixed.keys.task(task))).toEqual(record)
  expect(await mixed.tt('backlog', 'list')).toContain('kept')
})
