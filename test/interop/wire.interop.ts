import { expect } from 'vitest'
import { townKeys } from '../../src/town/keys.ts'
import { AGENT_STATES, type AgentRecord, encodeAgent } from '../../src/town/wire/agent-record.ts'
import { newId, SUPERVISOR } from '../../src/town/wire/ids.ts'
import { type Content, encodeMessage } from '../../src/town/wire/message.ts'
import { encodeTask, TASK_STATES, type TaskRecord } from '../../src/town/wire/task-record.ts'
import { encodeEvent, streamsOf, TOWN_EVENTS } from '../../src/town/wire/town-event.ts'
import { test } from './support/in-town.ts'
import type { Tinytown } from './support/tinytown.ts'

// What our encoders write, read by the real tt. What tt writes, read by ours: src/town/wire/wire.test.ts.

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
const agentOf = (over: Partial<AgentRecord>): AgentRecord => ({
  id: newId(),
  name: 'one',
  type: 'worker',
  state: 'idle',
  cli: 'claude',
  createdAt: NOW,
  heartbeatAt: NOW,
  tasksCompleted: 0,
  roundsCompleted: 0,
  activeAt: NOW,
  spawnMode: 'fresh',
  currentTask: undefined,
  nickname: undefined,
  role: undefined,
  parent: undefined,
  extra: {},
  ...over,
})
const taskOf = (over: Partial<TaskRecord>): TaskRecord => ({
  id: newId(),
  description: 'something',
  state: 'pending',
  createdAt: NOW,
  updatedAt: NOW,
  tags: [],
  assignedTo: undefined,
  startedAt: undefined,
  completedAt: undefined,
  result: undefined,
  parent: undefined,
  priority: 'normal',
  dependsOn: [],
  extra: {},
  ...over,
})
const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`

async function putAgent(town: Tinytown, over: Partial<AgentRecord>): Promise<AgentRecord> {
  const agent = agentOf(over)
  await town.redis.hset(townKeys(town.name).agent(agent.id), ...encodeAgent(agent).flat())
  return agent
}

async function putTask(town: Tinytown, over: Partial<TaskRecord>): Promise<TaskRecord> {
  const task = taskOf(over)
  await town.redis.hset(townKeys(town.name).task(task.id), ...encodeTask(task).flat())
  return task
}

test('every state of an agent, with and without the optional fields', async ({ town }) => {
  for (const state of AGENT_STATES) await putAgent(town, { name: `is-${state}`, state })
  await putAgent(town, { name: 'full', nickname: 'Dörte', role: 'backend', parent: newId() })
  const list = await town.tt('list')
  for (const state of AGENT_STATES)
    expect(list).toMatch(new RegExp(`is-${state} \\[is-${state}\\] \\([0-9a-f]{4}\\) - ${capital(state)}`))
  expect(list).toMatch(/Dörte \[backend\] \([0-9a-f]{4}\) - Idle/)
})

test('every state of a task, and what only we keep is left alone when tt writes the record', async ({
  town,
}) => {
  const { redis } = town
  const key = townKeys(town.name)
  const agent = await putAgent(town, { name: 'hand', extra: { fleet_state: 'idle', later: 'x' } })
  for (const state of TASK_STATES) {
    const task = await putTask(town, { description: `it is ${state}`, state, tags: ['ünï', 'b'] })
    expect(await town.tt('task', 'list', '--state', state)).toContain(`it is ${state}`)
    expect(await town.tt('task', 'show', task.id)).toContain(capital(state))
  }
  const task = await putTask(town, {
    state: 'running',
    assignedTo: agent.id,
    startedAt: NOW,
    priority: 'high',
    dependsOn: [newId()],
    extra: { fleet_note: 'ours' },
  })
  await town.tt('task', 'complete', task.id, '--result', 'good')
  const after = await redis.hgetall(key.task(task.id))
  expect(after).toMatchObject({
    state: 'completed',
    result: 'good',
    started_at: '2026-01-02T03:04:05.006+00:00',
    fleet_priority: 'high',
    fleet_depends_on: JSON.stringify(task.dependsOn),
    fleet_note: 'ours',
  })
  await town.tt('interrupt', 'hand')
  expect(await redis.hgetall(key.agent(agent.id))).toMatchObject({
    state: 'paused',
    tasks_completed: '1',
    fleet_state: 'idle',
    later: 'x',
  })
})

const everyContent: Content[] = [
  { type: 'task', description: 'one 🙂 "quoted"' },
  { type: 'query', question: 'two?' },
  { type: 'informational', summary: 'three' },
  { type: 'confirmation', ack_type: { type: 'received' } },
  { type: 'confirmation', ack_type: { type: 'acknowledged' } },
  { type: 'confirmation', ack_type: { type: 'thanks' } },
  { type: 'confirmation', ack_type: { type: 'approved' } },
  { type: 'confirmation', ack_type: { type: 'rejected', reason: 'no tests' } },
  { type: 'task_assign', task_id: newId() },
  { type: 'task_done', task_id: newId(), result: 'r' },
  { type: 'task_failed', task_id: newId(), error: 'e' },
  { type: 'status_request' },
  { type: 'status_response', state: 'idle', current_task: null },
  { type: 'status_response', state: 'idle', current_task: newId() },
  { type: 'ping' },
  { type: 'pong' },
  { type: 'shutdown' },
  { type: 'custom', kind: 'deploy', payload: 'now' },
]

test('every kind of message: none is undecodable', async ({ town }) => {
  const agent = await putAgent(town, { name: 'reader' })
  const inbox = townKeys(town.name).inbox(agent.id)
  for (const content of everyContent) {
    await town.redis.del(inbox)
    await town.redis.rpush(
      inbox,
      encodeMessage({
        id: newId(),
        from: SUPERVISOR,
        to: agent.id,
        content,
        priority: 'normal',
        createdAt: NOW,
        correlation: newId(),
      }),
    )
    const shown = await town.tt('inbox', 'reader')
    // tt passes over what it cannot read: it would be in none of its four classes.
    const counts = [...shown.matchAll(/^ *\[[TQIC]\] (\d+) /gm)].map(([, count]) => Number(count))
    expect([content.type, counts.reduce((sum, count) => sum + count, 0)], shown).toEqual([content.type, 1])
  }
})

test('every kind of event, in the stream of the town and of the agent', async ({ town }) => {
  const agent = await putAgent(town, { name: 'actor' })
  const keys = townKeys(town.name)
  for (const type of TOWN_EVENTS) {
    const event = {
      type,
      agent: agent.id,
      oldState: 'idle',
      newState: 'working',
      message: `about ${type}`,
      at: NOW,
    } as const
    for (const [stream] of streamsOf(keys, event))
      await town.redis.xadd(stream, '*', 'event_type', type, 'data', encodeEvent(event))
  }
  const all = await town.tt('events', '--count', '50')
  const own = await town.tt('events', '--count', '50', '--agent', 'actor')
  for (const type of TOWN_EVENTS) {
    expect(all).toContain(`[${type}]`)
    expect(own).toContain(`about ${type}`)
  }
  expect(await town.tt('history', '--agent', 'actor')).toContain('about task_completed')
})
