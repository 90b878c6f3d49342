import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { readAgent } from '../../../src/town/agents/agents.ts'
import { followEvents, latestEvents } from '../../../src/town/events/events.ts'
import { claim } from '../../../src/town/inbox/claim.ts'
import {
  assignAll,
  claimFromBacklog,
  listBacklog,
  removeFromBacklog,
  takeFromBacklog,
} from '../../../src/town/tasks/backlog.ts'
import { addToBacklog, assignTask } from '../../../src/town/tasks/create.ts'
import { cancelTask, completeTask, failTask } from '../../../src/town/tasks/finish.ts'
import { stillAsked } from '../../../src/town/tasks/still-asked.ts'
import { currentTask, findTask, listTasks, readTask } from '../../../src/town/tasks/tasks.ts'
import { pauseTask, requeueTask, startTask } from '../../../src/town/tasks/turn.ts'
import { waitForTasks } from '../../../src/town/tasks/wait.ts'
import { textsOf } from '../../../src/town/town.ts'
import { newId, SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { codeOf, test } from '../../support/redis.ts'
import { until } from '../../support/tmux.ts'
import { addAgent, contents, inboxOf, setState, townOn } from '../../support/town.ts'

const backlogOf = async (town: ReturnType<typeof townOn>) =>
  textsOf(await town.redis.call('LRANGE', town.keys.backlog, 0, -1))

test('an assignment is a record, a message and an event', async ({ bench }) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  const task = await assignTask(town, api, {
    description: 'Limit logins\nwith care',
    tags: [' web ', '', 'web'],
    priority: 'high',
  })
  expect(await readTask(town, task.id)).toEqual(task)
  expect(task).toMatchObject({ state: 'assigned', assignedTo: api.id, tags: ['web'] })
  const [message] = await inboxOf(town, api.id)
  expect(message).toMatchObject({
    id: task.extra.fleet_message,
    from: SUPERVISOR,
    priority: 'high',
    content: { type: 'task_assign', task_id: task.id },
  })
  expect(await town.redis.call('ZSCORE', town.keys.sent(api.id), message!.id)).not.toBeNull()
  expect(await town.redis.call('HGET', town.keys.mail(api.id), message!.id)).toContain('"queued"')
  for (const stream of [town.keys.events, town.keys.agentEvents(api.id)])
    expect(await latestEvents(town, stream, 5)).toMatchObject([
      { type: 'task_assigned', task: task.id, message: 'Assigned to api [api]: Limit logins' },
    ])
})

test('R9, R10: a refused or repeated creation leaves nothing half done', async ({ bench }) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  await town.redis.call('DEL', town.keys.agent(api.id))
  expect(await codeOf(assignTask(town, api, { description: 'x' }))).toBe('TOWN_AGENT_GONE')
  expect(await contents(town)).toEqual({})
  const there = await addAgent(town, 'there')
  // The inbox takes no message: then there is no task either.
  await town.redis.call('SET', town.keys.inbox(there.id), 'garbage')
  expect(await codeOf(assignTask(town, there, { description: 'x' }))).toBe('REDIS_TYPE')
  await town.redis.call('SET', town.keys.backlog, 'garbage')
  expect(await codeOf(addToBacklog(town, { description: 'x' }))).toBe('REDIS_TYPE')
  expect(await listTasks(town)).toEqual([])
  await town.redis.call('DEL', town.keys.inbox(there.id), town.keys.backlog)
  const id = newId()
  for (let i = 0; i < 2; i++) await assignTask(town, there, { description: 'once', id })
  for (let i = 0; i < 2; i++) await addToBacklog(town, { description: 'once', id })
  expect(await inboxOf(town, there.id)).toHaveLength(1)
  expect(await backlogOf(town)).toEqual([])
})

test('R7: a claim for nobody takes nothing, and of 20 that claim one task one gets it', async ({ bench }) => {
  const town = townOn(bench)
  const task = await addToBacklog(town, { description: 'x' })
  const gone = await addAgent(town, 'gone')
  await town.redis.call('DEL', town.keys.agent(gone.id))
  expect(await codeOf(claimFromBacklog(town, task.id, gone))).toBe('TOWN_AGENT_GONE')
  expect(await backlogOf(town)).toEqual([task.id])
  const racers = await Promise.all(
    Array.from({ length: 20 }, async (_, at) => ({
      town: townOn(bench),
      agent: await addAgent(town, `a${at}`),
    })),
  )
  const codes = await Promise.all(racers.map((one) => codeOf(claimFromBacklog(one.town, task.id, one.agent))))
  expect(codes.filter((code) => code === 'done')).toHaveLength(1)
  expect(codes.filter((code) => code === 'TASK_NOT_IN_BACKLOG')).toHaveLength(19)
  const won = racers[codes.indexOf('done')]!
  expect((await readTask(town, task.id))?.assignedTo).toBe(won.agent.id)
  const heard = await Promise.all(racers.map((one) => inboxOf(town, one.agent.id)))
  expect(heard.flat()).toHaveLength(1)
})

test('R8: all of a backlog goes to two that ask for it at once, each task to one, and an id without a record stays', async ({
  bench,
}) => {
  const town = townOn(bench)
  const ids = await Promise.all(
    Array.from({ length: 30 }, async (_, at) => (await addToBacklog(town, { description: `t${at}` })).id),
  )
  const ghost = newId()
  await town.redis.call('LPUSH', town.keys.backlog, ghost)
  const [one, two] = [await addAgent(town, 'one'), await addAgent(town, 'two')]
  const [first, second] = await Promise.all([assignAll(townOn(bench), one), assignAll(townOn(bench), two)])
  const given = [...first!.given, ...second!.given].map(({ id }) => id)
  expect(given.sort()).toEqual(ids.sort())
  expect([...(await inboxOf(town, one.id)), ...(await inboxOf(town, two.id))]).toHaveLength(30)
  expect(first!.left).toEqual([{ id: ghost, word: 'task-unknown' }])
  expect(await backlogOf(town)).toEqual([ghost])
  await removeFromBacklog(town, ghost)
  expect(await backlogOf(town)).toEqual([])
})

test('the backlog gives the most urgent task that waits for nothing and is for that role', async ({
  bench,
}) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  const first = await addToBacklog(town, { description: 'Mend the API' })
  const blocked = await addToBacklog(town, {
    description: 'Ship the api',
    priority: 'urgent',
    dependsOn: [first.id],
  })
  const build = await addToBacklog(town, { description: 'Build it', priority: 'high' })
  const tagged = await addToBacklog(town, { description: 'Rename', priority: 'high', tags: ['Backend'] })
  const words = ['backend', 'api', 'ui']
  const take = async () => (await takeFromBacklog(town, api, words))?.id
  expect([await take(), await take(), await take()]).toEqual([tagged.id, first.id, undefined])
  expect((await listBacklog(town)).map(({ id, waitsFor }) => [id, waitsFor])).toEqual([
    [blocked.id, [first.id]],
    [build.id, []],
  ])
  expect(await codeOf(claimFromBacklog(town, blocked.id, api))).toBe('TASK_WAITS')
  await completeTask(town, first.id, 'mended', api.id)
  expect(await take()).toBe(blocked.id)
  expect((await takeFromBacklog(town, api))?.id).toBe(build.id)
  expect((await inboxOf(town, api.id)).map(({ content }) => content)).toContainEqual({
    type: 'task_assign',
    task_id: tagged.id,
  })
  const events = await latestEvents(town, town.keys.agentEvents(api.id), 10)
  expect(events.find(({ task }) => task === tagged.id)).toMatchObject({
    type: 'task_assigned',
    message: 'Taken from the backlog by api [api]',
  })
})

test('ten that take from one backlog at once get each task once, also beyond the first thousand', async ({
  bench,
}) => {
  const town = townOn(bench)
  const others = Array.from({ length: 1100 }, () => ['RPUSH', town.keys.backlog, newId()] as const)
  await town.redis.pipeline(others)
  const ids = await Promise.all(
    Array.from({ length: 10 }, async () => (await addToBacklog(town, { description: 'x' })).id),
  )
  const agents = await Promise.all(Array.from({ length: 12 }, (_, at) => addAgent(town, `a${at}`)))
  const taken = await Promise.all(agents.map((agent) => takeFromBacklog(townOn(bench), agent)))
  expect(taken.flatMap((task) => task?.id ?? []).sort()).toEqual(ids.sort())
})

test('completing clears what pointed to the task, counts once, and tells who assigned it', async ({
  bench,
}) => {
  const town = townOn(bench)
  const [lead, api] = [await addAgent(town, 'lead'), await addAgent(town, 'api')]
  const task = await assignTask(town, api, { description: 'x', by: lead.id })
  const message = task.extra.fleet_message!
  // As a claim of the inbox does.
  const raw = String(await town.redis.call('LPOP', town.keys.inbox(api.id)))
  await town.redis.call('HSET', town.keys.raw(api.id), message, raw)
  await town.redis.call('ZADD', town.keys.claimed(api.id), Date.now() + 60_000, message)
  await startTask(town, task.id, api.id)
  expect((await readAgent(town, api.id))?.currentTask).toBe(task.id)
  expect((await currentTask(town, api.id))?.state).toBe('running')
  const done = await completeTask(town, task.id, 'well', api.id)
  expect(done).toMatchObject({ kind: 'done', task: { state: 'completed', result: 'well' } })
  expect(await readAgent(town, api.id)).toMatchObject({ currentTask: undefined, tasksCompleted: 1 })
  expect(await inboxOf(town, lead.id)).toMatchObject([
    { from: api.id, content: { type: 'task_done', task_id: task.id, result: 'well' } },
  ])
  expect(await town.redis.call('ZCARD', town.keys.claimed(api.id))).toBe(0)
  expect(await town.redis.call('HLEN', town.keys.raw(api.id))).toBe(0)
  expect(await town.redis.call('ZSCORE', town.keys.done(api.id), message)).not.toBeNull()
  const events = await latestEvents(town, town.keys.events, 1)
  expect(events).toMatchObject([
    { type: 'task_completed', agent: api.id, message: 'Completed by api [api]: well' },
  ])
})

test('INV-15: the first result of a task counts, also when 10 complete it at once', async ({ bench }) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  const task = await assignTask(town, api, { description: 'x' })
  const codes = await Promise.all(
    Array.from({ length: 10 }, (_, at) => codeOf(completeTask(townOn(bench), task.id, `r${at}`, api.id))),
  )
  expect(codes.filter((code) => code === 'done')).toHaveLength(1)
  const before = await contents(town)
  const result = (await readTask(town, task.id))!.result!
  expect(await completeTask(town, task.id, result)).toMatchObject({ kind: 'same', task: { result } })
  expect(await completeTask(town, task.id)).toMatchObject({ kind: 'same', task: { result } })
  expect(await codeOf(completeTask(town, task.id, 'other'))).toBe('TASK_OVER')
  expect(await codeOf(failTask(town, task.id, 'no'))).toBe('TASK_OVER')
  expect(await contents(town)).toEqual(before)
  expect((await readAgent(town, api.id))?.tasksCompleted).toBe(1)
})

test('R3, R4: counters of two tasks that end at once both count, and a pruned agent does not come back as a ghost', async ({
  bench,
}) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  const tasks = await Promise.all(
    Array.from({ length: 8 }, () => assignTask(town, api, { description: 'x' })),
  )
  await Promise.all(tasks.slice(0, 7).map(({ id }) => completeTask(townOn(bench), id)))
  expect((await readAgent(town, api.id))?.tasksCompleted).toBe(7)
  await town.redis.call('DEL', town.keys.agent(api.id))
  await completeTask(town, tasks[7]!.id)
  expect(await town.redis.call('EXISTS', town.keys.agent(api.id))).toBe(0)
})

test('a task that is completed in the backlog leaves it, and `tt` fields stay', async ({ bench }) => {
  const town = townOn(bench)
  const task = await addToBacklog(town, { description: 'x' })
  await town.redis.call('HSET', town.keys.task(task.id), 'later_field', 'kept')
  await completeTask(town, task.id)
  expect(await backlogOf(town)).toEqual([])
  expect((await readTask(town, task.id))?.extra.later_field).toBe('kept')
})

test('a requeued task is taken from its agent, message and all; a cancelled one is told and can be taken up again', async ({
  bench,
}) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  const task = await assignTask(town, api, { description: 'x' })
  await startTask(town, task.id, api.id)
  expect(await requeueTask(town, task.id, { why: 'wrong one' })).toBe(true)
  expect(await requeueTask(town, task.id)).toBe(false)
  expect(await readTask(town, task.id)).toMatchObject({
    state: 'pending',
    assignedTo: undefined,
    startedAt: undefined,
  })
  expect((await readAgent(town, api.id))?.currentTask).toBeUndefined()
  expect((await inboxOf(town, api.id)).map(({ content }) => content)).toEqual([
    {
      type: 'informational',
      summary: `Task ${task.id} is taken from you and is in the backlog again: wrong one`,
    },
  ])
  await cancelTask(town, task.id, 'not needed')
  expect(await backlogOf(town)).toEqual([])
  expect(await codeOf(startTask(town, task.id, api.id))).toBe('TASK_OVER')
  expect(await requeueTask(town, task.id)).toBe(true)
  expect(await readTask(town, task.id)).toMatchObject({
    state: 'pending',
    result: undefined,
    completedAt: undefined,
  })
  await claimFromBacklog(town, task.id, api)
  expect(await codeOf(startTask(town, task.id, newId()))).toBe('TASK_NOT_YOURS')
  await startTask(town, task.id, api.id)
  await pauseTask(town, task.id, api.id)
  expect((await readTask(town, task.id))?.state).toBe('assigned')
  await completeTask(town, task.id)
  expect(await codeOf(requeueTask(town, task.id))).toBe('TASK_OVER')
})

test('a task is found by the beginning of its id, and ambiguity is named', async ({ bench }) => {
  const town = townOn(bench)
  const one = await addToBacklog(town, { description: 'one', id: 'abcd0000-0000-4000-8000-000000000001' })
  await addToBacklog(town, { description: 'two', id: 'abcd1111-0000-4000-8000-000000000001' })
  expect((await findTask(town, 'ABCD0')).id).toBe(one.id)
  await expect(findTask(town, 'abcd')).rejects.toMatchObject({
    code: 'TASK_AMBIGUOUS',
    exit: 2,
    message: expect.stringContaining('"two"'),
  })
  expect(await codeOf(findTask(town, 'abce'))).toBe('TASK_UNKNOWN')
  expect(await codeOf(findTask(town, 'ab*'))).toBe('TASK_ID')
  // A legacy record at one key hides no other (W4).
  await town.redis.call('SET', town.keys.task('abcd2222-0000-4000-8000-000000000001'), '{}')
  expect(await listTasks(town)).toHaveLength(2)
  const api = await addAgent(town, 'api')
  await setState(town, api, 'working')
  await claimFromBacklog(town, one.id, api)
  expect((await listTasks(town, { assignee: api.id })).map(({ id }) => id)).toEqual([one.id])
  expect((await currentTask(town, api.id))?.id).toBe(one.id)
})

test('a task that `tt` completed is shown to nobody, and its message is acknowledged', async ({ bench }) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  const [over, open] = [
    await assignTask(town, api, { description: 'over' }),
    await assignTask(town, api, { description: 'open' }),
  ]
  // As `tt task complete` writes it: the message stays in the inbox.
  await town.redis.call('HSET', town.keys.task(over.id), 'state', 'completed')
  const { held } = await claim(town, api.id, { leaseMs: 60_000, by: 'take' })
  const asked = await stillAsked(town, api.id, held)
  expect(asked.map(({ message }) => message.id)).toEqual([open.extra.fleet_message])
  expect(await town.redis.call('ZSCORE', town.keys.done(api.id), over.extra.fleet_message!)).not.toBeNull()
  expect(await town.redis.call('ZCARD', town.keys.claimed(api.id))).toBe(1)
})

test('row 92: a wait and a follow outlast a restart of Redis', { timeout: 30_000 }, async ({ bench }) => {
  const town = townOn(bench)
  const task = await addToBacklog(town, { description: 'x' })
  const stop = new AbortController()
  const options = { timeoutMs: 25_000, wait: (ms: number) => sleep(ms), stop: stop.signal, everyMs: 20 }
  const waits = waitForTasks(town, [task.id], options)
  const shown: string[] = []
  const { events } = town.keys
  const show = async ({ message }: { message: string }) => void shown.push(message)
  const follows = followEvents(town, events, '0-0', show, (ms) => sleep(ms), stop.signal, 20)
  await bench.crash()
  expect(await codeOf(readTask(townOn(bench), task.id))).toMatch(/^REDIS_(AWAY|TIMEOUT|LOST)$/)
  await bench.start()
  await completeTask({ ...town, redis: bench.raw }, task.id, 'done')
  expect((await waits).map(({ state }) => state)).toEqual(['completed'])
  await until(() => (shown.length > 0 ? true : undefined), 'the event', 15_000)
  stop.abort()
  await follows
  expect(shown).toEqual(['Completed: done'])
})
