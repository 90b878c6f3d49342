import { expect } from 'vitest'
import { latestEvents } from '../../../src/town/events/events.ts'
import { decodeWork } from '../../../src/town/missions/record.ts'
import { completeMissionTask } from '../../../src/town/missions/task.ts'
import { assignTask, newTask } from '../../../src/town/tasks/create.ts'
import { listTasks } from '../../../src/town/tasks/tasks.ts'
import { type Town, textsOf } from '../../../src/town/town.ts'
import { newId } from '../../../src/town/wire/ids.ts'
import { encodeTask } from '../../../src/town/wire/task-record.ts'
import { codeOf, test } from '../../support/redis.ts'
import { addAgent, inboxOf, setState, townOn } from '../../support/town.ts'

/** A mission with one item as `tt mission start` leaves them, and its task with an agent. */
async function mission(town: Town, agent: string, kind = 'implement') {
  const [m, w] = [newId(), newId()]
  const at = '2026-06-01T00:00:00.086653922Z'
  const run = `{"id":"${m}","objective_refs":[],"state":"running","policy":{"max_parallel_items":2,"reviewer_required":true,"auto_merge":false,"watch_interval_secs":180},"created_at":"${at}","updated_at":"${at}","next_wake_at":null,"blocked_reason":null}`
  const item = `{"id":"${w}","mission_id":"${m}","title":"Issue #42","kind":"${kind}","depends_on":[],"owner_role":null,"status":"assigned","assigned_to":"${agent}","artifact_refs":[],"reviewer_approved":false,"source_ref":"acme/shop#42/#42","created_at":"${at}","updated_at":"${at}"}`
  await town.redis.call('SET', town.keys.mission(m), run)
  await town.redis.call('HSET', town.keys.missionWork(m), w, item)
  const tags = ['mission-work-item', 'mission-task:work', `mission:${m}`, `work-item:${w}`]
  const task = {
    ...newTask(town, { description: '[Mission Work Item] Issue #42', tags }),
    state: 'assigned' as const,
    assignedTo: agent,
    extra: {},
  }
  await town.redis.call('HSET', town.keys.task(task.id), ...encodeTask(task).flat())
  const read = async () => decodeWork(await town.redis.call('HGET', town.keys.missionWork(m), w))!
  return { m, w, task: task.id, read }
}

test('a mission goes on with `agents task complete`: review, rejection, fix, approval', async ({ bench }) => {
  const town = townOn(bench)
  const [api, rev] = [await addAgent(town, 'api'), await addAgent(town, 'judge', { role: 'reviewer' })]
  const { m, w, task, read } = await mission(town, api.id)
  const first = await completeMissionTask(town, task, 'see acme/shop#52', api.id)
  expect(first.advance).toMatchObject({
    outcome: 'waits for review',
    next: { kind: 'review', agent: rev.id },
  })
  expect(await read()).toMatchObject({
    status: 'blocked',
    artifact_refs: [`task:${task}`, 'see acme/shop#52'],
  })
  expect(textsOf(await town.redis.call('HVALS', town.keys.missionWatch(m)))).toHaveLength(4)
  const [review] = await inboxOf(town, rev.id)
  const reviewId = first.advance!.next!.task
  expect(review?.content).toEqual({ type: 'task_assign', task_id: reviewId })
  expect(await codeOf(completeMissionTask(town, reviewId, undefined, rev.id))).toBe('MISSION_REVIEW')
  const rejected = await completeMissionTask(town, reviewId, 'rejected: no tests', rev.id)
  expect(rejected.advance).toMatchObject({
    outcome: 'changes are asked for',
    next: { kind: 'fix', agent: api.id },
  })
  // Told again nothing is made twice.
  expect((await completeMissionTask(town, reviewId, 'rejected: no tests', rev.id)).advance).toBeUndefined()
  const fixed = await completeMissionTask(town, rejected.advance!.next!.task, 'acme/shop#52 again', api.id)
  expect(fixed.advance).toMatchObject({ outcome: 'waits for review', next: { kind: 'review' } })
  expect(textsOf(await town.redis.call('HVALS', town.keys.missionWatch(m)))).toHaveLength(4)
  const approved = await completeMissionTask(town, fixed.advance!.next!.task, 'approved', rev.id)
  expect(approved.advance).toMatchObject({ outcome: 'waits for pull requests' })
  expect(await read()).toMatchObject({ reviewer_approved: true, status: 'blocked' })
  expect(
    await listTasks(town, { states: ['pending', 'assigned', 'running'], tag: `work-item:${w}` }),
  ).toEqual([])
  const log = textsOf(await town.redis.call('LRANGE', town.keys.missionLog(m), 0, -1))
  expect(log[0]).toMatch(
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\] Work item 'Issue #42' is waiting for its pull requests$/,
  )
  expect((await latestEvents(town, town.keys.missionEvents(m), 1))[0]).toMatchObject({
    type: 'mission_event',
    mission: m,
  })
})

test('W10: a review that nobody is there for waits in the backlog; a reviewer does not review its own work', async ({
  bench,
}) => {
  const town = townOn(bench)
  const rev = await addAgent(town, 'reviewer')
  const { task } = await mission(town, rev.id)
  const { advance } = await completeMissionTask(town, task, 'done', rev.id)
  expect(advance?.next).toMatchObject({ kind: 'review', agent: undefined })
  expect(textsOf(await town.redis.call('LRANGE', town.keys.backlog, 0, -1))).toEqual([advance!.next!.task])
})

test('R15, R16: a step is written only on what it read', async ({ bench }) => {
  const town = townOn(bench)
  const api = await addAgent(town, 'api')
  await setState(town, api, 'working')
  const { m, w, task, read } = await mission(town, api.id, 'design')
  let asked = 0
  const meddling: Town = {
    ...town,
    redis: {
      ...town.redis,
      script: async (script, keys, args) => {
        // A scheduler elsewhere saves the item between the look and the step.
        if (script.name === 'mission-advance' && asked++ === 0)
          await bench.raw.call(
            'HSET',
            town.keys.missionWork(m),
            w,
            JSON.stringify({ ...(await read()), artifact_refs: ['theirs'] }),
          )
        return town.redis.script(script, keys, args)
      },
    },
  }
  await completeMissionTask(meddling, task, '', api.id)
  expect(asked).toBe(2)
  expect(await read()).toMatchObject({ status: 'done', artifact_refs: ['theirs', `task:${task}`] })
})

test('R20: of two idle reviewers the one with fewer open tasks gets the review', async ({ bench }) => {
  const town = townOn(bench)
  const [api, busy] = [await addAgent(town, 'api'), await addAgent(town, 'a-reviewer')]
  const free = await addAgent(town, 'z-reviewer')
  await assignTask(town, busy, { description: 'waits in its inbox' })
  const { task } = await mission(town, api.id)
  const { advance } = await completeMissionTask(town, task, 'done', api.id)
  expect(advance?.next?.agent).toBe(free.id)
})
