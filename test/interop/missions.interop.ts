import { expect } from 'vitest'
import { test } from './support/mixed.ts'

test('a mission of tt runs on our workers, to its end', async ({ mixed }) => {
  mixed.box.write('do', 'complete')
  await mixed.open(`
[watchdog]
stop_grace = 1
[backend.c]
bin = "${mixed.box.fake('works-in-rounds')}"
round_cmd = "{bin}"
[[agent]]
name = "planner"
kind = "worker"
backend = "c"
watch = "heal"
`)
  await mixed.agents('up')
  await mixed.becomes('planner', 'idle', 30_000)
  await mixed.tt(
    'mission',
    'start',
    '--doc',
    'docs/plan.md',
    '--doc',
    'docs/second.md',
    '--max-parallel',
    '1',
  )
  const id = (await mixed.redis.smembers(`${mixed.keys.root}mission:active`))[0] ?? ''
  const mission = async () =>
    JSON.parse((await mixed.redis.get(`${mixed.keys.root}mission:${id}`)) ?? '{}') as { state?: string }
  await mixed.until(
    'the mission is completed',
    async () => {
      await mixed.tt('mission', 'dispatch', '--once')
      return (await mission()).state === 'completed'
    },
    60_000,
  )
  const status = await mixed.tt('mission', 'status', '--run', id, '--work')
  expect(status).toContain('docs/plan.md')
  const work = Object.values(await mixed.redis.hgetall(`${mixed.keys.root}mission:${id}:work`)).map(
    (json) => JSON.parse(json) as { status: string; artifact_refs: string[] },
  )
  expect(work.map(({ status: one }) => one)).toEqual(['done', 'done'])
  expect(work.every(({ artifact_refs }) => artifact_refs.some((ref) => ref === 'done by planner'))).toBe(true)
})
