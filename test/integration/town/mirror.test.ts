import { readFileSync, rmSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { decodeEvent } from '../../../src/town/wire/town-event.ts'
import { serverProduct } from '../../support/redis.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { asTt, type TownView, viewTown } from '../../support/town-view.ts'
import { takesTurns } from '../../support/turns.ts'

const BACKEND = (box: Sandbox, more = '') => `
[town]
name = "shop"
${takesTurns(box, `interrupt_key = "Escape"\n${more}`)}
`
const AGENT = (name: string, more = '') => `
[[agent]]
name = "${name}"
backend = "t"
role = "builder"
watch = "heal"
env = { AGENT_RECORD = "${name}.record", AGENT_WORK_MS = "300", AGENT_HOLD = "hold" }
${more}
`

async function eventsOf(view: TownView, id: string): Promise<string[]> {
  const entries = (await view.redis.call('XRANGE', view.keys.agentEvents(id), '-', '+')) as [
    string,
    string[],
  ][]
  return entries.map(([, fields]) => {
    const event = decodeEvent(fields[fields.indexOf('data') + 1]!)!
    return event.newState === undefined
      ? event.type
      : `${event.type} ${event.oldState ?? '?'} → ${event.newState}`
  })
}

test('every agent has its record; states, turns, lines and events follow', async ({ box }) => {
  box.config(`${BACKEND(box)}${AGENT('a')}${AGENT('b', 'enabled = false')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const record = (await view.record('a'))!
  expect(record).toMatchObject({
    name: 'a',
    agent_type: 'worker',
    cli: 't',
    role_id: 'builder',
    spawn_mode: 'fresh',
    fleet_state: 'idle',
    tasks_completed: '0',
  })
  expect(record).not.toHaveProperty('current_task')
  // Its session knows its id from the first start on.
  const env = readFileSync(`/proc/${box.pid('a')}/environ`, 'utf8')
  expect(env).toContain(`TINYTOWN_AGENT_ID=${record.id}`)
  expect((await view.record('b'))?.state).toBe('cold')
  // What another program adds to a record survives, whatever is written.
  await view.redis.call('HSET', view.keys.agent(record.id!), 'x_later', '1')
  // What a person is told of it.
  expect((await box.status()).town).toMatchObject({
    state: 'ok',
    name: 'shop',
    reasons: [],
    server: { kind: 'private', from: 'default', persistence: 'aof', eviction: 'noeviction' },
    messages: { inbox: 0, urgent: 0, claimed: 0, dead: 0 },
    backlog: 0,
  })
  const deep = await box.agents('status', '--deep', '--tasks')
  expect(deep.code, deep.stderr).toBe(0)
  const own = new RegExp(`^ town: shop \\(ok\\) on its own ${serverProduct()} \\S+ \\(aof\\); inbox 0`, 'm')
  expect(deep.stdout).toMatch(own)
  expect(deep.stdout).toMatch(/^ a \[builder\] +[0-9a-f]{8} +idle +t +0/m)
  expect(deep.stdout).toContain(' tasks: 0 (pending 0')
  expect((await box.agents('doctor')).stdout).toContain('town.persistence: append-only file')
  box.write('hold', '')
  await box.agents('send', 'a', 'hello')
  await view.reaches('a', 'working')
  await box.agents('pause', 'a')
  await view.reaches('a', 'paused')
  await box.agents('resume', 'a')
  await view.reaches('a', 'working')
  rmSync(`${box.dir}/hold`)
  await box.until(
    'its turn counted',
    async () => (await view.record('a'))?.rounds_completed === '1' || undefined,
  )
  await box.agents('down', 'a')
  await view.reaches('a', 'stopped')
  expect((await view.record('a'))?.x_later).toBe('1')
  const lines = (await view.redis.call('LRANGE', view.keys.activity(record.id!), 0, -1)) as string[]
  expect(lines).toEqual(expect.arrayContaining(['Round 1: ✅ completed', '▶️ Resumed', '⏸️ Paused']))
  expect(Number(await view.redis.call('TTL', view.keys.activity(record.id!)))).toBeGreaterThan(3500)
  await box.until('its end in the stream', async () =>
    (await eventsOf(view, record.id!)).includes('agent_stopped') ? true : undefined,
  )
  expect(await eventsOf(view, record.id!)).toEqual(
    expect.arrayContaining([
      'agent_spawned',
      'agent_state_changed idle → working',
      'agent_interrupted ? → paused',
      'agent_state_changed working → paused',
      'agent_resumed',
      'agent_state_changed paused → working',
      'agent_state_changed working → idle',
    ]),
  )
  await view.redis.close()
})

test('the task that an agent was shown last is its current one, until it is over', async ({ box }) => {
  box.config(`${BACKEND(box)}${AGENT('a')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const task = async (text: string) => {
    const run = await box.agents('assign', 'a', text, '--json')
    expect(run.code, run.stderr).toBe(0)
    return /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(run.stdout)![0]
  }
  const current = async (id: string | undefined) =>
    (await view.record('a'))?.current_task === id ? true : undefined
  const first = await task('paint the door')
  await box.until('at the first', () => current(first))
  expect(await view.redis.call('HGET', view.keys.task(first), 'state')).toBe('running')
  const second = await task('paint the fence')
  await box.until('at the second', () => current(second))
  expect((await box.agents('task', 'complete', second)).code).toBe(0)
  await box.until('at none', () => current(undefined))
  expect((await view.record('a'))?.tasks_completed).toBe('1')
  // An emptied Redis is told what had been counted.
  await box.until(
    'counted',
    () => (box.read('logs/state/town.json').includes('"tasks":1') ? true : undefined),
    40_000,
  )
  await view.redis.call('FLUSHALL')
  await view.reaches('a', 'idle')
  expect((await view.record('a'))?.tasks_completed).toBe('1')
  await view.redis.close()
}, 90_000)

/** The fleet, each agent at rest, those in `busy` in a turn that lasts while the file `hold` is there. */
async function atWork(box: Sandbox, names: readonly string[], busy: readonly string[]): Promise<TownView> {
  box.config(`${BACKEND(box)}${names.map((name) => AGENT(name)).join('')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  for (const name of names) await view.reaches(name, 'idle')
  box.write('hold', '')
  await Promise.all(busy.map((name) => box.agents('send', name, 'hello')))
  for (const name of busy) await view.reaches(name, 'working')
  return view
}

const ordersIn = (box: Sandbox): string[] =>
  box
    .events()
    .filter((event) => event.kind === 'town-order')
    .map((event) => `${event.agent} ${event.order}`)

/** Told once: by who typed it. Nothing is told in between as it was before. */
async function expectToldOnce(view: TownView, names: readonly string[]): Promise<void> {
  const told = await Promise.all(names.map(async (name) => eventsOf(view, await view.id(name))))
  expect(told.flat().filter((event) => /agent_(resumed|interrupted)|draining → idle/.test(event))).toEqual([])
}

test('kill, interrupt and resume of tt act on the session within a second, each once', async ({ box }) => {
  const view = await atWork(box, ['k', 'i'], ['i'])
  const from = Date.now()
  await asTt(view, 'k', 'kill')
  await box.until('k has gone', () => box.pid('k') === undefined || undefined)
  expect(Date.now() - from).toBeLessThan(3_000)
  await view.reaches('k', 'stopped')
  const k = await view.id('k')
  await box.until(
    'its flag gone',
    async () => (await view.redis.call('EXISTS', view.keys.stop(k))) === 0 || undefined,
  )
  const order = await box.event((event) => event.kind === 'town-order' && event.agent === 'k')
  expect(order).toMatchObject({ order: 'kill', town: 'shop' })

  await asTt(view, 'i', 'interrupt')
  await box.until(
    'its turn ended',
    () => (box.exists('i.record') && box.read('i.record').includes('interrupted')) || undefined,
  )
  await box.event((event) => event.kind === 'pause' && event.agent === 'i')
  expect((await view.record('i'))?.state).toBe('paused')
  await asTt(view, 'i', 'resume')
  await box.event((event) => event.kind === 'resume' && event.agent === 'i')
  await view.reaches('i', 'idle')
  expect(ordersIn(box)).toEqual(['k kill', 'i interrupt', 'i resume'])
  await expectToldOnce(view, ['k', 'i'])
  await view.redis.close()
})

test('close lets the turn end first, restart brings back who was stopped, and what is no order is mended', async ({
  box,
}) => {
  const view = await atWork(box, ['c', 'r', 'l'], ['c'])
  await asTt(view, 'c', 'close')
  await box.event((event) => event.kind === 'town-order' && event.agent === 'c')
  await view.reaches('c', 'draining')
  expect(box.pid('c')).toBeDefined()
  rmSync(`${box.dir}/hold`)
  await box.until('c has gone', () => box.pid('c') === undefined || undefined)
  await view.reaches('c', 'stopped')

  // As a real one: its own loop finds a flag and leaves
  await box.agents('down', 'r')
  await view.reaches('r', 'stopped')
  await asTt(view, 'r', 'restart')
  await box.until('r is up', () => box.pid('r'))
  await view.reaches('r', 'idle')
  const r = await view.id('r')
  expect(await view.redis.call('EXISTS', view.keys.stop(r))).toBe(1)
  await view.redis.call('DEL', view.keys.stop(r))
  await view.redis.call('HSET', view.keys.agent(r), 'state', 'stopped')
  await view.reaches('r', 'idle')
  expect(box.pid('r')).toBeDefined()

  const pid = box.pid('l')
  await asTt(view, 'l', 'recover')
  await view.reaches('l', 'idle')
  expect(box.pid('l')).toBe(pid)
  expect(ordersIn(box)).toEqual(['c close', 'r restart'])
  await expectToldOnce(view, ['c'])
  await view.redis.close()
})

test('orders of one who does not wait in between are each carried out', async ({ box }) => {
  const view = await atWork(box, ['i', 'l'], ['i'])
  const pid = box.pid('l')
  await asTt(view, 'l', 'kill')
  await asTt(view, 'l', 'restart')
  await asTt(view, 'i', 'interrupt')
  await box.event((event) => event.kind === 'town-order' && event.agent === 'i')
  await asTt(view, 'i', 'resume')
  await box.event((event) => event.kind === 'resume' && event.agent === 'i')
  const next = await box.until('l runs anew', () => {
    const now = box.pid('l')
    return now !== undefined && now !== pid ? now : undefined
  })
  for (const name of ['i', 'l']) await view.reaches(name, 'idle')
  await sleep(1_500)
  // A new session, and one only.
  expect(box.pid('l')).toBe(next)
  expect(box.events().filter((event) => event.kind === 'started' && event.agent === 'l')).toHaveLength(2)
  const status = await box.status()
  expect(status.agents.find((agent) => agent.name === 'i')).toMatchObject({ life: 'up', paused: false })
  await view.redis.close()
})

test('a Redis that lost the end of its file is started again, and that is told', async ({ box }) => {
  box.config(`${BACKEND(box)}${AGENT('a')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const town = join(box.dir, 'logs/state/town')
  const { pid } = JSON.parse(box.read('logs/state/town/server.json')) as { pid: number }
  process.kill(pid, 'SIGSTOP')
  const file = join(town, 'appendonlydir/appendonly.aof.1.incr.aof')
  truncateSync(file, statSync(file).size - 3)
  process.kill(pid, 'SIGKILL')
  await box.event(
    (event) => event.kind === 'town' && /append-only file was cut off/.test(event.because ?? ''),
  )
  await view.reaches('a', 'idle')
  await view.redis.close()
})

test('a reload: a new agent has its record, one that left is stopped there, and has its id again when it is back', async ({
  box,
}) => {
  box.config(`${BACKEND(box)}${AGENT('a')}${AGENT('b')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  await view.reaches('b', 'idle')
  const b = await view.id('b')
  box.config(`${BACKEND(box)}${AGENT('a', 'enabled = true')}${AGENT('c')}`)
  await view.reaches('c', 'idle')
  await view.reaches('b', 'stopped')
  box.config(`${BACKEND(box)}${AGENT('a')}${AGENT('b')}`)
  await view.reaches('b', 'idle')
  expect(await view.id('b')).toBe(b)
  await view.redis.close()
})

test('a fleet that moves to another town is told there under the same ids, and stopped where it was; so is the end', async ({
  box,
}) => {
  box.config(`${BACKEND(box)}${AGENT('a')}`)
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const a = await view.id('a')
  box.config(`${BACKEND(box).replace('"shop"', '"mill"')}${AGENT('a')}`)
  const mill = viewTown(box, 'mill')
  await mill.reaches('a', 'idle')
  expect(await mill.id('a')).toBe(a)
  expect((await view.record('a'))?.state).toBe('stopped')
  // Somebody else is connected, so the server stays, and knows that all are down.
  const down = await box.agents('down')
  expect(down.stdout).toMatch(/town +skipped +its Redis goes on/)
  expect((await mill.record('a'))?.state).toBe('stopped')
  expect(await eventsOf(mill, a)).toContain('agent_stopped')
  await view.redis.close()
  await mill.redis.close()
})
