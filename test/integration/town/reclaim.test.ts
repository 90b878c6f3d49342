import { expect } from 'vitest'
import { readAgent } from '../../../src/town/agents/agents.ts'
import { departedAgents, leftOf, reclaimFrom } from '../../../src/town/agents/reclaim.ts'
import { recover } from '../../../src/town/agents/recover.ts'
import { claim } from '../../../src/town/inbox/claim.ts'
import { assignTask } from '../../../src/town/tasks/create.ts'
import { completeTask } from '../../../src/town/tasks/finish.ts'
import { adopt, orphanTasks } from '../../../src/town/tasks/orphans.ts'
import { isMoot, readTask } from '../../../src/town/tasks/tasks.ts'
import { startTask } from '../../../src/town/tasks/turn.ts'
import { type Town, textsOf } from '../../../src/town/town.ts'
import { newId, SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { type Content, encodeMessage } from '../../../src/town/wire/message.ts'
import type { TaskRecord } from '../../../src/town/wire/task-record.ts'
import { codeOf, test } from '../../support/redis.ts'
import { addAgent, contents, inboxOf, setState, townOn } from '../../support/town.ts'

/** A message as `tt` pushes it: the bare list element. */
async function say(town: Town, to: string, content: Content, list: 'inbox' | 'urgent' = 'inbox') {
  const id = newId()
  const message = {
    id,
    from: SUPERVISOR,
    to,
    content,
    priority: 'normal',
    createdAt: Date.now(),
    correlation: undefined,
  } as const
  await town.redis.call(list === 'inbox' ? 'RPUSH' : 'LPUSH', town.keys[list](to), encodeMessage(message))
  return id
}

const info = (summary: string): Content => ({ type: 'informational', summary })
const backlogOf = async (town: Town) => textsOf(await town.redis.call('LRANGE', town.keys.backlog, 0, -1))

test('R26, INV-19: looking at what is left changes nothing', async ({ bench }) => {
  const town = townOn(bench)
  const [dead, live] = [await addAgent(town, 'dead'), await addAgent(town, 'live')]
  await assignTask(town, dead, { description: 'x' })
  await say(town, dead.id, info('one'), 'urgent')
  await town.redis.call('RPUSH', town.keys.inbox(dead.id), 'garbage')
  await assignTask(town, live, { description: 'y' })
  await setState(town, dead, 'stopped')
  const before = await contents(town)
  const departed = await departedAgents(town)
  expect(departed.map(({ name }) => name)).toEqual(['dead'])
  expect((await leftOf(town, dead.id)).map(({ message }) => message?.content.type)).toEqual([
    'informational',
    'task_assign',
    undefined,
  ])
  expect((await orphanTasks(town)).map(({ task }) => task.description)).toEqual(['x'])
  expect(await contents(town)).toEqual(before)
})

test('INV-21: every kind of message moves to another agent, in order, its task with it; and only from one that is over', async ({
  bench,
}) => {
  const town = townOn(bench)
  const [dead, heir] = [await addAgent(town, 'dead'), await addAgent(town, 'heir')]
  const task = await assignTask(town, dead, { description: 'x' })
  const claimed = await claim(town, dead.id, { leaseMs: 60_000, by: 'take', presented: true })
  expect(claimed.held).toHaveLength(1)
  await startTask(town, task.id, dead.id)
  const query = await say(town, dead.id, { type: 'query', question: 'why?' })
  const last = await say(town, dead.id, info('last'))
  const urgent = [
    await say(town, dead.id, info('u1'), 'urgent'),
    await say(town, dead.id, info('u2'), 'urgent'),
  ]
  await town.redis.call('RPUSH', town.keys.inbox(dead.id), 'garbage')
  expect(await codeOf(reclaimFrom(town, dead.id, { kind: 'agent', agent: heir }))).toBe('TOWN_AGENT_ALIVE')
  await setState(town, dead, 'error')
  const done = await reclaimFrom(town, dead.id, { kind: 'agent', agent: heir })
  expect(done.map(({ result }) => result).sort()).toEqual([
    'aside',
    'moved',
    'moved',
    'moved',
    'moved',
    'moved',
  ])
  const inbox = await inboxOf(town, heir.id)
  expect(inbox.map(({ id }) => id)).toEqual([task.extra.fleet_message, query, last])
  expect(inbox.every(({ to, from }) => to === heir.id && from === SUPERVISOR)).toBe(true)
  const taken = await claim(town, heir.id, { leaseMs: 60_000, by: 'take' })
  expect(taken.held.map(({ message }) => message.id)).toEqual([
    ...urgent,
    task.extra.fleet_message,
    query,
    last,
  ])
  // It was shown to the dead one before: the heir is told so.
  expect(taken.held.map(({ envelope }) => envelope.presented)).toEqual([0, 0, 1, 0, 0])
  expect(await readTask(town, task.id)).toMatchObject({ state: 'assigned', assignedTo: heir.id })
  expect(await isMoot(town, task.id, heir.id)).toBe(false)
  expect(await leftOf(town, dead.id)).toEqual([])
  expect(textsOf(await town.redis.call('LRANGE', town.keys.bad(dead.id), 0, -1))).toEqual(['garbage'])
})

test('to the backlog go tasks, to people what is none; a finished task comes back to nobody', async ({
  bench,
}) => {
  const town = townOn(bench)
  const dead = await addAgent(town, 'dead')
  const open = await assignTask(town, dead, { description: 'open' })
  const over = await assignTask(town, dead, { description: 'over' })
  // As `tt` completes it: the message stays in the inbox.
  await town.redis.call('HSET', town.keys.task(over.id), 'state', 'completed')
  const words = await say(town, dead.id, { type: 'task', description: 'in words' })
  const note = await say(town, dead.id, info('note'))
  await town.redis.call('DEL', town.keys.agent(dead.id))
  expect((await departedAgents(town)).map(({ id }) => id)).toEqual([dead.id])
  const done = await reclaimFrom(town, dead.id, { kind: 'backlog', others: undefined })
  expect(done.map(({ result }) => result)).toEqual(['moved', 'moot', 'moved', 'moved'])
  expect(await backlogOf(town)).toEqual([open.id, words])
  expect(await readTask(town, open.id)).toMatchObject({ state: 'pending', assignedTo: undefined })
  expect(await readTask(town, words)).toMatchObject({ state: 'pending', description: 'in words' })
  expect((await inboxOf(town, SUPERVISOR)).map(({ id }) => id)).toEqual([note])
})

test('R26: two that reclaim at once move each message once', async ({ bench }) => {
  const town = townOn(bench)
  const [dead, a, b] = [await addAgent(town, 'dead'), await addAgent(town, 'a'), await addAgent(town, 'b')]
  const ids: string[] = []
  for (let at = 0; at < 40; at++)
    ids.push(
      at % 2 === 0
        ? await say(town, dead.id, info(`${at}`))
        : (await assignTask(town, dead, { description: `${at}` })).extra.fleet_message!,
    )
  await setState(town, dead, 'stopped')
  await Promise.all([
    reclaimFrom(townOn(bench), dead.id, { kind: 'agent', agent: a }),
    reclaimFrom(townOn(bench), dead.id, { kind: 'agent', agent: b }),
  ])
  const got = [...(await inboxOf(town, a.id)), ...(await inboxOf(town, b.id))]
  expect(got.map(({ id }) => id).sort()).toEqual(ids.sort())
  for (const { content, to } of got)
    if (content.type === 'task_assign') expect((await readTask(town, content.task_id))?.assignedTo).toBe(to)
})

test('a message that goes from hand to hand and back arrives', async ({ bench }) => {
  const town = townOn(bench)
  const [a, b] = [await addAgent(town, 'a'), await addAgent(town, 'b')]
  const task = await assignTask(town, a, { description: 'x' })
  for (const [from, to] of [
    [a, b],
    [b, a],
    [a, b],
  ] as const) {
    await setState(town, to, 'idle')
    await setState(town, from, 'stopped')
    expect(await reclaimFrom(town, from.id, { kind: 'agent', agent: to })).toMatchObject([
      { result: 'moved' },
    ])
  }
  expect((await readTask(town, task.id))?.assignedTo).toBe(b.id)
  expect(await inboxOf(town, b.id)).toHaveLength(1)
})

test('orphans go to the backlog or to another agent, are cancelled or deleted, and never taken from who came back', async ({
  bench,
}) => {
  const town = townOn(bench)
  const [dead, heir] = [await addAgent(town, 'dead'), await addAgent(town, 'heir')]
  const tasks: TaskRecord[] = []
  for (let at = 0; at < 5; at++) tasks.push(await assignTask(town, dead, { description: `${at}` }))
  await startTask(town, tasks[0]!.id, dead.id)
  await setState(town, dead, 'stopped')
  const orphans = await orphanTasks(town, dead)
  const of = (at: number) => orphans.find(({ task }) => task.id === tasks[at]!.id)!
  await adopt(town, of(0), { kind: 'backlog' })
  await adopt(town, of(1), { kind: 'agent', agent: heir })
  await adopt(town, of(2), { kind: 'cancel' })
  await adopt(town, of(3), { kind: 'delete' })
  await setState(town, dead, 'idle')
  for (const kind of ['backlog', 'cancel', 'delete'] as const)
    expect(await codeOf(adopt(town, of(4), { kind }))).toBe('TOWN_AGENT_ALIVE')
  expect(await codeOf(adopt(town, of(4), { kind: 'agent', agent: heir }))).toBe('TOWN_AGENT_ALIVE')
  const states = await Promise.all(tasks.map(async ({ id }) => (await readTask(town, id))?.state))
  expect(states).toEqual(['pending', 'assigned', 'cancelled', undefined, 'assigned'])
  expect(await backlogOf(town)).toEqual([tasks[0]!.id])
  expect((await inboxOf(town, heir.id)).map(({ content }) => content)).toEqual([
    { type: 'task_assign', task_id: tasks[1]!.id },
  ])
  // Only the message of the fifth is left: the others have no task any more.
  expect((await inboxOf(town, dead.id)).map(({ content }) => content)).toEqual([
    { type: 'task_assign', task_id: tasks[4]!.id },
  ])
  expect((await readAgent(town, dead.id))?.currentTask).toBeUndefined()
  await completeTask(town, tasks[4]!.id)
})

test('W17: recover stops who is dead, and not who gives a sign of life meanwhile', async ({ bench }) => {
  const town = townOn(bench)
  const long = { heartbeatAt: Date.now() - 600_000, state: 'working' as const }
  const [dead, busy, back] = [
    await addAgent(town, 'dead', long),
    await addAgent(town, 'busy', long),
    await addAgent(town, 'back', long),
  ]
  await addAgent(town, 'ours', { ...long, extra: { fleet_state: 'working' } })
  const beats: Promise<unknown>[] = []
  const evidence = {
    onlyHere: true,
    runs: (id: string) => {
      // Its sign of life comes after it was judged and before it is written down.
      if (id === back.id)
        beats.push(bench.raw.call('HSET', town.keys.agent(id), 'last_heartbeat', new Date().toISOString()))
      return id === busy.id
    },
  }
  const found = await recover({ ...town, redis: slow(town, beats) }, evidence)
  expect(found.filter(({ recovered }) => recovered).map(({ agent }) => agent.name)).toEqual(['dead'])
  expect((await readAgent(town, dead.id))?.state).toBe('stopped')
  expect((await readAgent(town, back.id))?.state).toBe('working')
  expect(textsOf(await town.redis.call('LRANGE', town.keys.activity(dead.id), 0, -1))).toHaveLength(1)
})

/** Scripts wait for what the test does in between. */
const slow = (town: Town, first: Promise<unknown>[]): Town['redis'] => ({
  ...town.redis,
  script: async (...args) => {
    await Promise.all(first)
    return town.redis.script(...args)
  },
})
