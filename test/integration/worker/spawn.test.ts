import { statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { test } from '../../support/sandbox.ts'
import { viewTown } from '../../support/town-view.ts'

// Each starts a fleet, and does what takes a while also on a machine that has nothing else to do.
vi.setConfig({ testTimeout: 60_000 })

const EMPTY = '[town]\nname = "shop"\n'

test('a worker is spawned without a watchdog, is one of the fleet from then on, and outlives what is killed', async ({
  box,
}) => {
  box.write('do', 'ok')
  box.config(EMPTY)
  const cli = box.fake('works-in-rounds')
  const first = await box.agents('spawn', 'a', '-c', cli, '--role', 'api', '--nickname', 'Dora')
  expect(first.code, first.stderr).toBe(0)
  expect(box.pid('a')).toBeGreaterThan(0)
  expect(statSync(join(box.dir, 'logs/state/spawned.json')).mode & 0o777).toBe(0o600)
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  expect(await view.record('a')).toMatchObject({ nickname: 'Dora', role_id: 'api', spawn_mode: 'fresh' })

  expect((await box.agents('up')).code).toBe(0)
  const second = await box.agents(
    'spawn',
    'b',
    '--cli',
    cli,
    '--parent',
    'Dora',
    '--max-rounds',
    '3',
    '--json',
  )
  expect(second.code, second.stderr).toBe(0)
  const told = JSON.parse(second.stdout)
  expect(told).toMatchObject({
    version: 1,
    town: 'shop',
    worker: { name: 'b', id: await view.id('b'), session: 'x-b', limits: { maxRounds: 3 } },
    outcome: { result: 'started' },
  })
  expect((await view.record('b'))?.parent_agent_id).toBe(await view.id('a'))

  const { watchdog } = await box.status()
  process.kill(watchdog.pid!, 'SIGKILL')
  process.kill(box.pid('b')!, 'SIGKILL')
  const ids = [await view.id('a'), await view.id('b')]
  await box.until(
    'both are up again',
    async () => {
      const status = await box.status()
      const again = status.watchdog.pid !== watchdog.pid && status.watchdog.life === 'up'
      return again && status.agents.every(({ life }) => life === 'up') && box.pid('b') !== undefined
        ? true
        : undefined
    },
    30_000,
  )
  expect([await view.id('a'), await view.id('b')]).toEqual(ids)

  // One that has ended leaves the fleet and the town with `prune`, and its name is free again.
  expect((await box.agents('kill', 'b')).code).toBe(0)
  await view.reaches('b', 'stopped')
  const pruned = await box.agents('prune')
  expect([pruned.code, pruned.stdout]).toEqual([0, expect.stringContaining('b (')])
  expect((await box.status()).agents.map(({ name }) => name)).toEqual(['a'])
  expect(await view.record('b')).toBeUndefined()
  const again = await box.agents('spawn', 'b', '--cli', cli)
  expect([again.code, again.stdout], again.stderr).toEqual([0, expect.stringContaining('started')])
  expect(box.pid('b')).toBeGreaterThan(0)
  await view.redis.close()
})

test('what cannot be spawned is refused before anything is made', async ({ box }) => {
  box.config(
    `${EMPTY}[backend.t]\nbin = "${box.fake('takes-turns')}"\n[[agent]]\nname = "mine"\nbackend = "t"\n`,
  )
  const cases: [string[], number, string][] = [
    [['mine'], 1, 'an agent or service named "mine"'],
    [['x', '--parent', 'nobody'], 2, 'There is no agent "nobody"'],
    [['x', '--cli', 't'], 2, 'has no command for a round'],
    [['x', '--cli', 'clade'], 2, '"clade" is not a backend'],
    [['supervisor'], 2, 'mailbox of people'],
    [['../x'], 2, 'cannot be the name of a worker'],
    [['x', '--max-rounds', 'many'], 2, 'no whole number'],
  ]
  for (const [args, code, words] of cases) {
    const run = await box.agents('spawn', ...args)
    expect([run.code, run.stderr], args.join(' ')).toEqual([code, expect.stringContaining(words)])
  }
  expect(box.exists('logs/state/spawned.json')).toBe(false)
  const view = viewTown(box, 'shop')
  expect(await view.redis.call('HGETALL', view.keys.names)).toEqual([])
  await view.redis.close()
})

test('a word that is no backend but a program is the command of its rounds', async ({ box }) => {
  box.config(EMPTY)
  const run = await box.agents('spawn', 'quiet', '--cli', 'true', '--json')
  expect(run, run.stderr).toMatchObject({ code: 0 })
  expect(JSON.parse(run.stdout).worker).toMatchObject({ name: 'quiet', backend: 'spawned-quiet' })
  expect(box.exists('logs/state/spawned.json')).toBe(true)
})

test('in this terminal it works until it has nothing to do, and is no part of the fleet', async ({ box }) => {
  box.write('do', 'ok')
  box.config(EMPTY)
  const cli = box.fake('works-in-rounds')
  const run = await box.agents('spawn', 'a', '--cli', cli, '--foreground', '--idle-timeout', '300ms')
  expect(run.code, run.stderr).toBe(0)
  expect(run.stdout).toContain('ended: nothing to do')
  expect(run.stdout).not.toContain('\x1b')
  expect((await box.status()).agents).toEqual([])
  const view = viewTown(box, 'shop')
  expect((await view.record('a'))?.state).toBe('stopped')
  await view.redis.close()
})

test('without a watchdog it makes its record again in an emptied Redis, heeds a pause, and obeys a stop flag', async ({
  box,
}) => {
  box.write('do', 'ok')
  box.config(EMPTY)
  const run = await box.agents('spawn', 'a', '--cli', box.fake('works-in-rounds'))
  expect(run.code, run.stderr).toBe(0)
  const view = viewTown(box, 'shop')
  const state = (wanted: string) => view.reaches('a', wanted, 30_000)
  await state('idle')
  const id = await view.id('a')
  await view.redis.call('FLUSHALL')
  await state('idle')
  expect(await view.id('a')).toBe(id)

  await box.agents('pause', 'a')
  await box.agents('send', 'a', 'go')
  await box.until('it waits', () => (box.read('logs/x-a.log').includes('paused') ? true : undefined))
  expect(box.exists('rounds.jsonl')).toBe(false)
  await box.agents('resume', 'a')
  await box.until('a round', () => (box.exists('rounds.jsonl') ? true : undefined))

  await view.redis.call('SET', view.keys.stop(id), '1')
  await state('stopped')
  await box.until('its process is gone', () => (box.pid('a') === undefined ? true : undefined))
  const told = JSON.stringify(await view.redis.call('XRANGE', view.keys.agentEvents(id), '-', '+'))
  for (const type of ['agent_state_changed', 'agent_stopped']) expect(told).toContain(type)
  expect(await view.redis.call('EXISTS', view.keys.stop(id))).toBe(0)
  await view.redis.close()
})
