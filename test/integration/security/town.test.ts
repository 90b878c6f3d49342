import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { encodeMessage } from '../../../src/town/wire/message.ts'
import { encodeEvent } from '../../../src/town/wire/town-event.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { asTt, viewTown } from '../../support/town-view.ts'
import { takesTurns } from '../../support/turns.ts'
import { expectQuiet, hostileBytes } from './text.ts'

const config = (box: Sandbox): string => `
[town]
name = "shop"
${takesTurns(box)}
[[agent]]
name = "a"
backend = "t"
watch = "heal"
env = { AGENT_RECORD = "a.record", AGENT_WORK_MS = "100" }
`

/** Fields of a record of a stranger, each with the same text where a text can be. */
const stranger = (id: string, text: string): string[] => [
  ...['id', id, 'name', text, 'nickname', text, 'role_id', text, 'agent_type', 'worker', 'state', 'idle'],
  ...['cli', text, 'custom_cmd', text, 'bin', text, 'flags', text, 'workdir', text, 'spawn_mode', 'fresh'],
  ...['created_at', '2026-01-01T00:00:00Z', 'last_heartbeat', new Date().toISOString()],
  ...['tasks_completed', '0', 'rounds_completed', '0', 'fleet_state', text],
]

test('nothing that the town holds is run: records, tasks, messages and orders with commands in them', async ({
  box,
}) => {
  box.config(config(box))
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const trap = `touch ${box.dir}/taken; $(touch ${box.dir}/taken) \`touch ${box.dir}/taken\` #(touch ${box.dir}/taken)`
  const ours = await view.id('a')
  // Into the record of an agent of the fleet, and as a stranger's.
  const { redis, keys } = view
  const kept = new Set(['id', 'name', 'agent_type', 'state', 'created_at', 'last_heartbeat'])
  const fields = stranger(ours, trap)
  const written = fields.filter((_, at) => !kept.has(fields[at - (at % 2)]!))
  await redis.call('HSET', keys.agent(ours), ...written)
  const other = randomUUID()
  await redis.call('HSET', keys.agent(other), ...stranger(other, trap))
  const before = box.pid('a')!
  await asTt(view, 'a', 'kill')
  await view.reaches('a', 'stopped')
  await asTt(view, 'a', 'restart')
  await box.until('a is up', () => {
    const now = box.pid('a')
    return now !== undefined && now !== before ? now : undefined
  })
  await view.reaches('a', 'idle')
  for (const verb of [
    ['assign', 'a', trap],
    ['send', 'a', trap],
    ['backlog', 'add', trap],
    ['restart', other],
    ['resume', other],
    ['interrupt', other],
    ['kill', other],
    ['sync', 'pull'],
    ['recover'],
    ['reclaim', '--to-backlog'],
    ['list'],
  ])
    await box.agents(...verb)
  await box.until('both texts typed', () =>
    box.exists('a.record') && box.read('a.record').split(trap.slice(0, 40)).length > 2 ? true : undefined,
  )
  expect(box.exists('taken')).toBe(false)
  await redis.close()
})

test('what others wrote into the town reaches no terminal raw, whatever verb shows it', async ({ box }) => {
  box.config(config(box))
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const { redis, keys } = view
  const text = hostileBytes.toString('utf8')
  const ours = await view.id('a')
  const other = randomUUID()
  const dead = randomUUID()
  await redis.call('HSET', keys.agent(other), ...stranger(other, text))
  await redis.call('HSET', keys.agent(dead), ...stranger(dead, `${text}2`), 'state', 'stopped')
  await redis.call('LPUSH', keys.activity(other), text)
  const task = randomUUID()
  const now = new Date().toISOString()
  const taskOf = (id: string, more: string[]) =>
    redis.call(
      'HSET',
      keys.task(id),
      ...['id', id, 'description', text, 'result', text, 'tags', JSON.stringify([text]), 'state', 'pending'],
      ...['created_at', now, 'updated_at', now, ...more],
    )
  await taskOf(task, [])
  await redis.call('RPUSH', keys.backlog, task)
  const given = randomUUID()
  await taskOf(given, ['state', 'running', 'assigned_to', other, 'started_at', now])
  const message = (to: string): string =>
    encodeMessage({
      id: randomUUID(),
      from: other,
      to,
      content: { type: 'custom', kind: text, payload: text },
      priority: 'normal',
      createdAt: Date.now(),
      correlation: undefined,
    })
  for (const to of [ours, other, dead, SUPERVISOR])
    await redis.call('RPUSH', keys.inbox(to), message(to), `no message: ${text}`)
  const event = encodeEvent({ type: 'agent_failed', agent: ours, message: text, scope: text, at: Date.now() })
  for (const stream of [keys.events, keys.agentEvents(ours)])
    await redis.call('XADD', stream, '*', 'data', event)
  const verbs = [
    ['status'],
    ['status', '--deep', '--tasks'],
    ['status', '--json'],
    ['list'],
    ['list', '--json'],
    ['inbox', 'a'],
    ['inbox', 'supervisor'],
    ['inbox', 'supervisor', '--json'],
    ['inbox', '--all'],
    ['inbox', 'dead'],
    ['inbox', 'take', '--of', 'supervisor'],
    ['task', 'list'],
    ['task', 'show', task],
    ['task', 'show', given, '--json'],
    ['backlog', 'list'],
    ['backlog', 'list', '--json'],
    ['history'],
    ['history', 'a'],
    ['events', '--town'],
    ['events', '--town', '--json'],
    ['reclaim'],
    ['reclaim', '--orphan-tasks'],
    ['recover'],
    ['town'],
    ['conductor', '--print'],
    ['sync', 'pull'],
    ['save', 'copy.json'],
    ['kill', other],
    ['prune', '--all'],
    ['wait', other, '--timeout', '1s'],
    ['send', text, 'hello'],
    ['task', 'show', text],
    ['doctor'],
    ['logs', 'watchdog', '-n', '1000'],
    ['events', '-n', '1000'],
  ]
  let shown = ''
  for (const verb of verbs) {
    const run = await box.agents(...verb.map((word) => word.replaceAll('\0', '')))
    expectQuiet(run.stdout + run.stderr, verb.join(' ').slice(0, 60))
    shown += run.stdout
  }
  expect(shown).toContain('\\u202e')
  await redis.close()
}, 60_000)
