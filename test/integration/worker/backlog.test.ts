import { expect, vi } from 'vitest'
import { addToBacklog } from '../../../src/town/tasks/create.ts'
import { listTasks } from '../../../src/town/tasks/tasks.ts'
import { test } from '../../support/sandbox.ts'
import { startWorkers, worker } from '../../support/worker-fleet.ts'

// Each starts a fleet, and does what takes a while also on a machine that has nothing else to do.
vi.setConfig({ testTimeout: 60_000 })

test('two workers share a backlog by their roles: each task once, completed from inside a round', async ({
  box,
}) => {
  const config = `${worker('one', 'role = "backend"')}${worker('two')}${worker('docs', 'role = "docs"')}`
  const fleet = await startWorkers(box, 'complete', config, 'one', 'two', 'docs')
  for (const name of ['a', 'b', 'c', 'd'])
    await addToBacklog(fleet.town, { description: `api work ${name}`, tags: [] })
  await addToBacklog(fleet.town, { description: 'write it down', tags: ['docs'] })
  await box.until(
    'all are completed',
    async () => (await listTasks(fleet.town)).every(({ state }) => state === 'completed') || undefined,
    30_000,
  )
  const rounds = fleet.rounds()
  const shown = rounds.flatMap(({ prompt }) => [...prompt.matchAll(/^## 1\. Task ([0-9a-f-]{36})/gm)])
  expect(shown.map(([, id]) => id).sort()).toEqual([...new Set(shown.map(([, id]) => id))].sort())
  expect(rounds).toHaveLength(5)
  for (const { name, prompt } of rounds) if (name === 'docs') expect(prompt).toContain('write it down')
  const tasks = await listTasks(fleet.town)
  expect(tasks.map(({ result }) => result)).toEqual(
    tasks.map(() => expect.stringMatching(/^done by (one|two|docs)$/)),
  )
  for (const name of ['one', 'two', 'docs']) await fleet.mailIs(name, (mail) => mail.length === 0)
  await fleet.redis.close()
})

test('agents send and agents assign reach a worker; a task that no round completes comes back, and is given up', async ({
  box,
}) => {
  const fleet = await startWorkers(box, 'ok', worker('w'), 'w')
  const sent = await box.agents('send', 'w', 'hello', 'there')
  expect(sent.code, sent.stderr).toBe(0)
  const [first] = await fleet.begun(1)
  expect(first?.prompt).toContain('hello there')
  const given = await box.agents('assign', 'w', 'never completed')
  expect(given.code, given.stderr).toBe(0)
  const rounds = await fleet.begun(4)
  expect(rounds[3]?.prompt).toContain('This is the last round for it')
  await box.until('it is given up', async () => {
    const [task] = await listTasks(fleet.town)
    return task?.state === 'failed' ? true : undefined
  })
  expect(fleet.rounds()).toHaveLength(4)
  await fleet.redis.close()
})
