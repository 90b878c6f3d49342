import { expect } from 'vitest'
import { fakeFleet, fakeStatus } from '../../../src/cli/testing/fake-deps.ts'
import { type AgentReport, noTown, UserError } from '../../../src/core/index.ts'
import type { FleetControl } from '../../../src/daemon/control/control.ts'
import { fleetId } from '../../../src/daemon/names.ts'
import { emitEvent } from '../../../src/town/events/events.ts'
import { newId, SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { inTown } from '../../support/in-town.ts'
import { type RedisBench, test } from '../../support/redis.ts'
import { addAgent, setState } from '../../support/town.ts'

const fleet = fakeFleet({ town: { ...noTown, mode: 'on' } })

const withFleet = (bench: RedisBench) => inTown(bench, { fleet })

test('words that every object knows are no verbs of the inbox', async ({ bench }) => {
  const { run } = inTown(bench)
  for (const word of ['constructor', 'toString', '__proto__']) {
    expect(await run('inbox', word)).toMatchObject({
      exit: 2,
      err: expect.stringContaining(`no agent "${word}"`),
    })
    expect(await run('inbox', word, 'x')).toMatchObject({ exit: 2 })
  }
})

test('nobody waits for the mailbox of people', async ({ bench }) => {
  const { json } = withFleet(bench)
  for (const name of ['supervisor', 'Conductor'])
    expect(await json('wait', name)).toMatchObject({
      exit: 2,
      version: 1,
      error: { code: 'TOWN_NO_AGENT', what: expect.stringContaining('mailbox of people') },
    })
})

test('who is taken out of the town while somebody waits is no success', async ({ bench }) => {
  const { town } = withFleet(bench)
  const { id } = await addAgent(town, 'w', { state: 'working' })
  const sleep = async () => void (await town.redis.call('DEL', town.keys.agent(id)))
  const { json } = inTown(bench, { fleet, deps: { sleep } })
  expect(await json('wait', 'w', '--timeout', '20s')).toMatchObject({
    exit: 1,
    error: { code: 'TOWN_AGENT_GONE' },
  })
  await addAgent(town, 'v', { state: 'stopped' })
  expect(await json('wait', 'v')).toMatchObject({ exit: 0, agents: [{ name: 'v', over: true }] })
})

test('what is over or leaves already is not interrupted, resumed or told to close again', async ({
  bench,
}) => {
  const { town, run, json } = withFleet(bench)
  const { id } = await addAgent(town, 'w', { state: 'working' })
  const events = async () => Number(await town.redis.call('XLEN', town.keys.agentEvents(id)))
  expect((await run('interrupt', 'w')).exit).toBe(0)
  expect(await events()).toBe(1)
  expect(await json('interrupt', 'w')).toMatchObject({
    exit: 0,
    outcomes: [{ name: 'w', result: 'skipped', detail: 'is paused already' }],
  })
  expect(await events()).toBe(1)
  expect((await run('resume', 'w')).exit).toBe(0)
  expect((await run('close', 'w')).exit).toBe(0)
  const told = await events()
  expect(await json('close', 'w')).toMatchObject({ exit: 0, outcomes: [{ detail: 'is draining already' }] })
  expect(await events()).toBe(told)
  await setState(town, { id }, 'stopped')
  expect(await json('interrupt', 'w')).toMatchObject({ exit: 1, error: { code: 'TOWN_AGENT_OVER' } })
  expect(await json('resume', 'w')).toMatchObject({ exit: 1, error: { code: 'TOWN_NOT_PAUSED' } })
  expect((await run('close', 'w')).exit).toBe(0)
  expect((await run('kill', 'w')).exit).toBe(0)
})

test('list offers prune for those only that prune takes', async ({ bench }) => {
  const { town, run } = withFleet(bench)
  await addAgent(town, 'builder', { state: 'stopped', extra: { fleet_owner: fleetId(fleet) } })
  await addAgent(town, 'cold', { state: 'cold' })
  expect((await run('list')).out).not.toContain('prune')
  await addAgent(town, 'left', { state: 'error' })
  expect((await run('list')).out).toContain('1 is over: agents prune takes them out')
})

test('what is ambiguous is named with as much of each id as tells them apart', async ({ bench }) => {
  const { town, json } = withFleet(bench)
  const ids = ['aaaa1111-0000-4000-8000-000000000001', 'aaaa1111-0000-4000-8000-000000000002']
  for (const id of ids) await addAgent(town, 'twin', { id })
  const { error } = await json('kill', 'twin')
  expect(error).toMatchObject({ code: 'TOWN_AGENT_AMBIGUOUS' })
  for (const id of ids) expect(error.what).toContain(`twin (${id})`)
  for (const id of ids)
    await town.redis.call('HSET', town.keys.task(id), 'id', id, 'description', 'd', 'state', 'pending')
  const tasks = await json('task', 'show', 'aaaa')
  expect(tasks).toMatchObject({ exit: 2, error: { code: 'TASK_AMBIGUOUS' } })
  for (const id of ids) expect(tasks.error.what).toContain(`${id} "d"`)
})

test('a reset that was not carried out is no success', async ({ bench }) => {
  const { town, run, json } = withFleet(bench)
  await addAgent(town, 'w')
  expect(await json('reset')).toMatchObject({ exit: 1, done: false, total: 1 })
  expect((await run('reset')).out).toContain('nothing was done; add --force')
  expect(await json('reset', '--force')).toMatchObject({ exit: 0, done: true })
})

test('a task that is not over in time says so', async ({ bench }) => {
  const { run, json } = withFleet(bench)
  const { task } = await json('backlog', 'add', 'x')
  expect(await run('task', 'wait', task.id, '--timeout', '0')).toMatchObject({
    exit: 124,
    err: 'the time ran out\n',
  })
  expect(await json('task', 'wait', task.id, '--timeout', '50ms')).toMatchObject({
    exit: 124,
    timedOut: true,
    tasks: [{ state: 'pending' }],
  })
})

test('a list of messages says which task is meant, and whose word it is', async ({ bench }) => {
  const { town, run, json } = withFleet(bench)
  const { id } = await addAgent(town, 'w')
  const { task } = await json('assign', 'w', 'Paint the door\nand the frame')
  const raw = { id: newId(), from: SUPERVISOR, to: id, type: 'query', question: 'who?', priority: 'normal' }
  const stranger = JSON.stringify({ ...raw, created_at: new Date().toISOString(), correlation_id: null })
  await town.redis.call('RPUSH', town.keys.inbox(id), stranger)
  expect(await json('inbox', 'w')).toMatchObject({
    messages: [
      { type: 'task_assign', task: task.id, description: 'Paint the door\nand the frame', proven: true },
      { type: 'query', text: 'who?', proven: false },
    ],
  })
  const { out } = await run('inbox', 'w')
  expect(out).toContain(`task ${task.id}\n      Paint the door\n      and the frame\n`)
  expect(out.match(/sender not proven/g)).toHaveLength(1)
})

test('history is told in the order in which it happened', async ({ bench }) => {
  const { town, run, json } = withFleet(bench)
  const { id } = await addAgent(town, 'w')
  const at = Date.now()
  await emitEvent(town, { type: 'agent_state_changed', agent: id, message: 'later', at })
  await emitEvent(town, { type: 'agent_spawned', agent: id, message: 'first', at: at - 2_000 })
  for (const verb of [['history'], ['events', '--in-town']]) {
    const { events } = await json(...verb)
    expect(events.map(({ message }: { message: string }) => message)).toEqual(['first', 'later'])
    expect((await run(...verb)).out).toMatch(/first\n.*later\n/)
  }
})

test('orders and waits are for agents: a service and the watchdog have down and up', async ({ bench }) => {
  const { json } = withFleet(bench)
  for (const verb of ['kill', 'interrupt', 'close', 'resume', 'restart', 'wait'])
    for (const name of ['web', 'watchdog'])
      expect(await json(verb, name)).toMatchObject({ exit: 2, error: { code: 'NAME_NO_AGENT' } })
})

test('a wait goes on over a watchdog that goes away, and does not take who left for who is over', async ({
  bench,
}) => {
  const { agents } = fakeStatus()
  const report = (life: 'up' | 'stopped') => ({ name: 'builder', life }) as (typeof agents)[number]
  const gone = new UserError({ code: 'WATCHDOG_GONE', what: 'It went away.' })
  const told = (...words: (AgentReport[] | UserError)[]) => {
    const closed: string[] = []
    let opened = 0
    const openFleet = async () => {
      opened += 1
      const status = async () => {
        const word = words.shift() ?? []
        if (word instanceof UserError) throw word
        return fakeStatus({ agents: word })
      }
      const control = { status } as FleetControl
      return { fleet, problems: [], watched: true, control, close: async () => void closed.push('') }
    }
    return { closed, opened: () => opened, ...inTown(bench, { fleet, deps: { openFleet } }) }
  }
  const over = told([report('up')], gone, [report('up')], [report('stopped')])
  expect(await over.json('wait', 'builder')).toMatchObject({ exit: 0, agents: [{ state: 'stopped' }] })
  expect([over.opened(), over.closed.length]).toEqual([2, 2])
  const left = told([report('up')], [])
  expect(await left.json('wait', 'builder')).toMatchObject({ exit: 1, error: { code: 'TOWN_AGENT_GONE' } })
})

test('a mission that is not there is unknown; who has left is still told of by the whole id', async ({
  bench,
}) => {
  const { town, json } = withFleet(bench)
  const mission = newId()
  const events = () => json('events', '--in-town', '--mission', mission)
  expect(await events()).toMatchObject({ exit: 2, error: { code: 'TOWN_MISSION' } })
  await town.redis.call('SET', town.keys.mission(mission), '{}')
  expect(await events()).toMatchObject({ exit: 0, events: [] })
  const { id } = await addAgent(town, 'w')
  await emitEvent(town, { type: 'agent_stopped', agent: id, message: 'over', at: Date.now() })
  await town.redis.call('DEL', town.keys.agent(id))
  for (const verb of [['history'], ['events', '--in-town']]) {
    expect(await json(...verb, '--agent', id)).toMatchObject({ exit: 0, events: [{ message: 'over' }] })
    expect(await json(...verb, '--agent', newId())).toMatchObject({ exit: 2 })
    expect(await json(...verb, '--agent', 'w')).toMatchObject({ exit: 2 })
  }
})

test('a list shows no megabyte to a terminal; a program gets it all', async ({ bench }) => {
  const { town, run, json } = withFleet(bench)
  const long = `${'x'.repeat(5_000)}end`
  const { id } = await addAgent(town, 'w')
  expect((await run('send', id, long, '--query')).exit).toBe(0)
  const { out } = await run('inbox', 'w')
  expect(out).toContain('(1003 more characters: --json has them all)')
  expect(out.length).toBeLessThan(4_500)
  expect((await json('inbox', 'w')).messages[0].text).toBe(long)
})
