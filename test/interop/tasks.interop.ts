import { expect } from 'vitest'
import { type Mixed, test } from './support/mixed.ts'

interface Task {
  id: string
  description: string
  state: string
  tags: string[]
  assignedTo?: unknown
  result?: string
}

/** A worker of tt that is there and takes nothing. */
async function idler(mixed: Mixed, name = 'theirs'): Promise<string> {
  await mixed.tt('spawn', name, '--cli', 'true')
  await mixed.becomes(name, 'idle')
  await mixed.tt('interrupt', name)
  return (await mixed.record(name)).id ?? ''
}

const idIn = (text: string): string => /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(text)?.[0] ?? ''
const shown = (mixed: Mixed, id: string) =>
  mixed.json<{ task: Task }>('task', 'show', id).then(({ task }) => task)

test('what tt assigns we show, list, find as current and complete; tt sees the result', async ({ mixed }) => {
  await mixed.open()
  const agent = await idler(mixed)
  const id = idIn(await mixed.tt('assign', 'theirs', 'Fix it:\n"now" ünï 🙂'))
  expect(await shown(mixed, id.slice(0, 6))).toMatchObject({
    id,
    description: 'Fix it:\n"now" ünï 🙂',
    state: 'assigned',
  })
  const { tasks } = await mixed.json<{ tasks: Task[] }>(
    'task',
    'list',
    '--agent',
    'theirs',
    '--state',
    'assigned',
  )
  expect(tasks.map((task) => task.id)).toEqual([id])
  expect((await mixed.json<{ task: Task }>('task', 'current', 'theirs')).task.id).toBe(id)
  await mixed.agents('task', 'complete', id, '--result', 'Fixed\nand tested')
  const seen = await mixed.tt('task', 'show', id)
  expect(seen).toContain('Completed')
  expect(seen).toContain('Fixed\nand tested')
  expect((await mixed.redis.hgetall(mixed.keys.agent(agent))).tasks_completed).toBe('1')
  // The first result counts, also when tt is asked to complete it again: ours says so, tt writes over it.
  expect((await mixed.box.agents('task', 'fail', id, 'no')).code).toBe(1)
})

test('what we assign tt shows, lists, finds as current and completes; we see the result and tell who assigned it', async ({
  mixed,
}) => {
  await mixed.open()
  const agent = await idler(mixed)
  const { task } = await mixed.json<{ task: Task }>('assign', 'theirs', 'Write the docs', '--tags', 'docs,p1')
  const seen = await mixed.tt('task', 'show', task.id)
  for (const text of ['Write the docs', 'Assigned', 'docs', 'p1']) expect(seen).toContain(text)
  expect(await mixed.tt('task', 'list', '--state', 'assigned')).toContain('Write the docs')
  expect(await mixed.tt('task', 'current', 'theirs')).toContain('Write the docs')
  expect(await mixed.tt('inbox', 'theirs')).toContain('[T] 1 tasks')
  await mixed.tt('task', 'complete', task.id, '--result', 'written')
  expect(await shown(mixed, task.id)).toMatchObject({ state: 'completed', result: 'written' })
  expect((await mixed.redis.hgetall(mixed.keys.agent(agent))).tasks_completed).toBe('1')
  expect((await mixed.box.agents('task', 'wait', task.id, '--timeout', '5s')).code).toBe(0)
})

test('one backlog: what either adds, the other lists, claims, gives away and removes', async ({ mixed }) => {
  await mixed.open()
  await idler(mixed)
  const ours = (await mixed.json<{ task: Task }>('backlog', 'add', 'by ours', '--tags', 'backend')).task.id
  const theirs = idIn(await mixed.tt('backlog', 'add', 'by theirs', '--tags', 'qa, P1'))
  for (const text of ['by ours', 'by theirs', 'backend'])
    expect(await mixed.tt('backlog', 'list')).toContain(text)
  const listed = await mixed.json<{ backlog: { id: string; task: Task }[] }>('backlog', 'list')
  expect(listed.backlog.map(({ id, task }) => [id, task.description, task.tags])).toEqual([
    [ours, 'by ours', ['backend']],
    [theirs, 'by theirs', ['qa', 'P1']],
  ])
  await mixed.tt('backlog', 'claim', ours, 'theirs')
  expect(await shown(mixed, ours)).toMatchObject({ state: 'assigned' })
  await mixed.agents('backlog', 'claim', theirs.slice(0, 8), 'theirs')
  expect(await mixed.tt('task', 'show', theirs)).toContain('Assigned')
  expect(await mixed.tt('inbox', 'theirs')).toContain('[T] 2 tasks')

  for (const n of [1, 2]) await mixed.agents('backlog', 'add', `ours ${n}`)
  await mixed.tt('backlog', 'assign-all', 'theirs')
  for (const n of [1, 2]) await mixed.tt('backlog', 'add', `theirs ${n}`)
  expect((await mixed.json<{ given: unknown[] }>('backlog', 'assign-all', 'theirs')).given).toHaveLength(2)
  expect(await mixed.tt('inbox', 'theirs')).toContain('[T] 6 tasks')
  expect(await mixed.redis.llen(mixed.keys.backlog)).toBe(0)

  const gone = (await mixed.json<{ task: Task }>('backlog', 'add', 'not needed')).task.id
  await mixed.tt('backlog', 'remove', gone)
  expect((await mixed.box.agents('task', 'show', gone)).code).toBe(2)
  const other = idIn(await mixed.tt('backlog', 'add', 'neither'))
  await mixed.agents('backlog', 'remove', other)
  expect(await mixed.tt('task', 'list')).not.toContain('neither')
})

test('what a stopped worker of tt left, we reclaim, and the reverse', async ({ mixed }) => {
  await mixed.open()
  const dead = await idler(mixed, 'dead')
  await idler(mixed, 'heir')
  const id = idIn(await mixed.tt('assign', 'dead', 'left behind'))
  await mixed.tt('send', 'dead', 'a plain task')
  await mixed.tt('send', 'dead', 'a question?', '--query')
  await mixed.tt('send', 'dead', 'at once', '--urgent')
  expect((await mixed.box.agents('reclaim', '--to', 'heir', '--from', 'dead')).code).toBe(1)
  await mixed.tt('kill', 'dead')
  // Listing destroys nothing, other than tt's own.
  await mixed.agents('reclaim')
  expect(await mixed.redis.llen(mixed.keys.inbox(dead))).toBe(3)
  await mixed.agents('reclaim', '--to-backlog', '--to', 'heir', '--from', 'dead')
  expect(await shown(mixed, id)).toMatchObject({ state: 'pending' })
  const backlog = await mixed.tt('backlog', 'list')
  expect(backlog).toContain('left behind')
  expect(backlog).toContain('a plain task')
  expect(await mixed.tt('inbox', 'heir')).toContain('[Q] 1 queries')

  await mixed.tt('backlog', 'assign-all', 'heir')
  await mixed.tt('kill', 'heir')
  await idler(mixed, 'last')
  await mixed.tt('reclaim', '--from', 'heir', '--to', 'last')
  expect(await mixed.tt('inbox', 'last')).toMatch(/[3-9] messages/)
  const { agents } = await mixed.json<{ agents: { name: string; inbox: number }[] }>('list')
  expect(agents.find(({ name }) => name === 'last')?.inbox).toBeGreaterThanOrEqual(3)
  // tt moved messages and left the records with the dead one: ours finds them.
  await mixed.agents('reclaim', '--orphan-tasks', '--to', 'last')
  expect((await mixed.redis.hget(mixed.keys.task(id), 'assigned_to')) ?? '').toBe(
    (await mixed.record('last')).id,
  )
})

test('events of ours stand in the streams that tt reads, and the reverse', async ({ mixed }) => {
  await mixed.open()
  await idler(mixed)
  await mixed.agents('assign', 'theirs', 'seen by all')
  expect(await mixed.tt('events', '--count', '50')).toContain('[task_assigned]')
  expect(await mixed.tt('history', '--agent', 'theirs')).toContain('seen by all')
  const { events } = await mixed.json<{ events: { type: string }[] }>('history')
  expect(events.map(({ type }) => type)).toEqual(
    expect.arrayContaining(['agent_interrupted', 'task_assigned']),
  )
})

test('a plan that either program pushes is read by the other, and ours makes no second task of it', async ({
  mixed,
}) => {
  await mixed.open()
  const plan =
    '[meta]\ndescription = "p"\n\n[[tasks]]\nid = "one"\ndescription = "Planned by hand"\ntags = ["x"]\nstatus = "pending"\n'
  mixed.box.write('tasks.toml', plan)
  await mixed.agents('sync', 'push')
  await mixed.agents('sync', 'push')
  const all = await mixed.tt('task', 'list')
  expect(all.match(/Planned by hand/g)).toHaveLength(1)
  expect(await mixed.tt('backlog', 'list')).toContain('Planned by hand')
  // tt makes another one each time; ours takes the first for the plan's, and loses none.
  await mixed.tt('sync', 'push')
  const { tasks } = await mixed.json<{ tasks: Task[] }>('task', 'list', '--tag', 'plan:one')
  expect(tasks).toHaveLength(2)
})
