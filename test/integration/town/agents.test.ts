import { expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { type TownView, viewTown } from '../../support/town-view.ts'
import { takesTurns } from '../../support/turns.ts'

const FLEET = (box: Sandbox) => `
[town]
name = "shop"
${takesTurns(box, 'interrupt_key = "Escape"')}
[[agent]]
name = "a"
backend = "t"
watch = "heal"
env = { AGENT_RECORD = "a.record", AGENT_WORK_MS = "300", AGENT_HOLD = "hold" }
`
const now = () => new Date().toISOString().replace('Z', '+00:00')

/** A worker of tinytown, as `tt spawn` writes it. */
async function addWorker(view: TownView, name: string, state: string): Promise<string> {
  const id = crypto.randomUUID()
  const at = now()
  await view.redis.call(
    'HSET',
    view.keys.agent(id),
    ...Object.entries({
      id,
      name,
      agent_type: 'worker',
      state,
      cli: 'true',
      created_at: at,
      last_heartbeat: at,
      tasks_completed: '0',
      rounds_completed: '0',
      last_active_at: at,
      spawn_mode: 'fresh',
    }).flat(),
  )
  return id
}

const stateOf = (view: TownView, id: string) => view.redis.call('HGET', view.keys.agent(id), 'state')
const flagOf = (view: TownView, id: string) => view.redis.call('GET', view.keys.stop(id))

async function raise(box: Sandbox): Promise<TownView> {
  box.config(FLEET(box))
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  return view
}

test('kill, interrupt, resume, close and wait: ours by the session', async ({ box }) => {
  const view = await raise(box)
  box.write('hold', '')
  await box.agents('send', 'a', 'hello')
  await view.reaches('a', 'working')
  const interrupted = await box.agents('interrupt', 'a', '--json')
  expect(JSON.parse(interrupted.stdout)).toMatchObject({ outcomes: [{ name: 'a', result: 'interrupted' }] })
  expect(box.read('a.record')).toContain('interrupted')
  await view.reaches('a', 'paused')
  expect((await box.agents('resume', 'a')).code).toBe(0)
  const late = await box.agents('wait', 'a', '--timeout', '300ms')
  expect([late.code, late.stderr]).toEqual([124, 'the time ran out'])
  expect((await box.agents('close', 'a')).stdout).toContain('finishes its turn')
  const over = await box.agents('wait', 'a', '--timeout', '20s', '--json')
  expect(over.code, over.stdout).toBe(0)
  expect(JSON.parse(over.stdout)).toMatchObject({
    timedOut: false,
    agents: [{ name: 'a', state: 'stopped' }],
  })
  expect(box.pid('a')).toBeUndefined()
  const tooLate = await box.agents('interrupt', 'a')
  expect([tooLate.code, tooLate.stdout]).toEqual([
    1,
    expect.stringContaining('is stopped: nothing runs that could be interrupted; `agents pause a`'),
  ])
  expect((await view.record('a'))?.state).toBe('stopped')
  const status = JSON.parse((await box.agents('status', '--json')).stdout)
  expect(status.agents).toMatchObject([{ name: 'a', life: 'stopped', paused: false }])
  await view.redis.close()
})

test('kill, interrupt, resume, close and wait: others by what tt writes', async ({ box }) => {
  const view = await raise(box)
  const worker = await addWorker(view, 'w', 'working')
  // By the beginning of its id
  expect((await box.agents('interrupt', worker.slice(0, 6))).code).toBe(0)
  expect(await stateOf(view, worker)).toBe('paused')
  expect((await box.agents('resume', 'w')).code).toBe(0)
  expect(await stateOf(view, worker)).toBe('idle')
  expect((await box.agents('resume', 'w')).stderr).toContain('w is idle, not paused')
  expect((await box.agents('close', 'w')).code).toBe(0)
  expect([await stateOf(view, worker), await flagOf(view, worker)]).toEqual(['draining', '1'])
  expect((await box.agents('kill', 'w')).code).toBe(0)
  expect(await stateOf(view, worker)).toBe('stopped')
  expect((await box.agents('wait', 'w')).code).toBe(0)
  const refused = await box.agents('restart', 'w', '--rounds', '5')
  expect([refused.code, refused.stderr.includes('tt restart')]).toEqual([2, true])
  const unknown = await box.agents('kill', 'a', 'nobody')
  expect([unknown.code, unknown.stderr.includes('no agent "nobody" in this town')]).toEqual([2, true])
  await view.redis.close()
})

test('prune takes nobody who lives, and throws nothing away', async ({ box }) => {
  const view = await raise(box)
  const worker = await addWorker(view, 'w', 'stopped')
  await view.redis.call('SET', view.keys.stop(worker), '1')
  // A worker that was told to stop and has not left yet stays; what waits for it is never thrown away.
  const task = JSON.stringify({
    id: crypto.randomUUID(),
    from: '00000000-0000-0000-0000-000000000001',
    to: worker,
    type: 'task',
    description: 'paint the door',
    priority: 'normal',
    created_at: new Date().toISOString(),
    correlation_id: null,
  })
  await view.redis.call('RPUSH', view.keys.inbox(worker), task)
  expect((await box.agents('prune')).stdout).toContain('has not been seen to leave')
  await view.redis.call('DEL', view.keys.stop(worker))
  const pruned = await box.agents('prune', '--json')
  expect(JSON.parse(pruned.stdout)).toMatchObject({
    agents: [{ name: 'w', result: 'pruned', moved: [{ type: 'task' }] }],
  })
  expect(await view.redis.call('EXISTS', view.keys.agent(worker))).toBe(0)
  expect(await view.redis.call('LLEN', view.keys.backlog)).toBe(1)
  const alive = await addWorker(view, 'v', 'working')
  const all = await box.agents('prune', '--all')
  expect([all.code, all.stderr.includes('still live: v')]).toEqual([1, true])
  expect((await box.agents('prune', '--all', '--force')).code).toBe(0)
  expect(await view.redis.call('EXISTS', view.keys.agent(alive))).toBe(0)
  // Its loop finds this and leaves.
  expect(await flagOf(view, alive)).toBe('1')
  expect(await view.record('a')).toBeDefined()
  await view.redis.close()
})

test('reset without names empties this town and no other, and the fleet is there again under its ids', async ({
  box,
}) => {
  box.config(FLEET(box))
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const id = await view.id('a')
  const others = ['tt:shop2:agent:x', 'tt:sho*:backlog', 'tt:shop:more:agent:x']
  for (const key of [...others, view.keys.task('t'), view.keys.backlog])
    await view.redis.call('SET', key, '1')
  const dry = await box.agents('reset')
  expect([dry.code, dry.stdout.includes('nothing was done; add --force')]).toEqual([1, true])
  expect(await view.redis.call('EXISTS', view.keys.backlog)).toBe(1)
  expect((await box.agents('reset', '--force', '--agents-only')).code).toBe(0)
  expect(await view.redis.call('EXISTS', view.keys.backlog)).toBe(1)
  await view.reaches('a', 'idle')
  expect(await view.id('a')).toBe(id)
  expect((await box.agents('reset', '--force')).code).toBe(0)
  expect(await view.redis.call('EXISTS', view.keys.backlog)).toBe(0)
  expect(await view.redis.call('EXISTS', ...others)).toBe(3)
  await view.reaches('a', 'idle')
  expect(await view.id('a')).toBe(id)
  await view.redis.close()
})
