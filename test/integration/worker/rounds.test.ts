import { execFileSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { peek } from '../../../src/town/inbox/peek.ts'
import { SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { textOf } from '../../../src/town/wire/message.ts'
import { test } from '../../support/sandbox.ts'
import { asTt } from '../../support/town-view.ts'
import { runs, startWorkers, worker } from '../../support/worker-fleet.ts'

// Each starts a fleet, and does what takes a while also on a machine that has nothing else to do.
vi.setConfig({ testTimeout: 60_000 })

describe('a round', () => {
  test('shows everything whole, in order, and is counted; one that fails is run again with the same', async ({
    box,
  }) => {
    const fleet = await startWorkers(box, 'fail ok', worker('w', 'role = "api"'), 'w')
    const long = `first\n${'y'.repeat(2000)}\nlast`
    await fleet.send('w', { type: 'informational', summary: 'the schema moved' })
    await fleet.send('w', { type: 'task', description: long })
    await fleet.send('w', { type: 'task', description: 'second thing' })
    await fleet.send('w', { type: 'query', question: 'how far are you?' }, true)
    const [first, again] = await fleet.begun(2)
    for (const part of [long, 'second thing', 'how far are you?', 'the schema moved'])
      expect(again?.prompt).toContain(part)
    expect(again?.prompt.indexOf('how far')).toBeLessThan(again!.prompt.indexOf('first\n'))
    expect(again?.prompt.indexOf('first\n')).toBeLessThan(again!.prompt.indexOf('second thing'))
    expect(again?.prompt).toContain('shown before, time 2')
    expect([first?.name, first?.id]).toEqual(['w', await fleet.view.id('w')])
    await fleet.mailIs('w', (mail) => mail.length === 0)
    await fleet.state('w', 'idle')
    await box.until('both rounds are counted', async () =>
      (await fleet.view.record('w'))?.rounds_completed === '2' ? true : undefined,
    )
    const lines = (await fleet.redis.call('LRANGE', fleet.view.keys.activity(first!.id), 0, 3)) as string[]
    expect(lines.slice(0, 2)).toEqual(['Round 2: ✅ completed', 'Round 1: ⚠️ CLI error'])

    const folder = join(box.dir, 'logs/worker/w')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    for (const name of ['round-1.prompt.md', 'round-1.out'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    expect(box.read('logs/worker/w/round-1.out')).toBe('cannot do that\n')
    await fleet.redis.close()
  })

  test('that fails three times makes dead letters, and their senders are told', async ({ box }) => {
    const fleet = await startWorkers(box, 'junk fail', worker('w'), 'w')
    const id = await fleet.send('w', { type: 'task', description: 'impossible' })
    const mail = await fleet.mailIs('w', (all) => all.some(({ place }) => place === 'dead'))
    expect(mail.map((one) => [one.message.id, one.place])).toEqual([[id, 'dead']])
    // What the CLI printed reaches the screen as text alone.
    expect(fleet.log('w')).toContain('last \\x07words')
    expect(fleet.log('w')).not.toContain('\x1b[2J')
    expect(fleet.rounds()).toHaveLength(3)
    const [told] = await peek(fleet.town, SUPERVISOR)
    expect(textOf(told!.message.content)).toMatch(/is a dead letter: presented 3 times/)
    await fleet.redis.close()
  })

  test('that takes too long is ended with all its processes', async ({ box }) => {
    const config = worker('w', 'round_timeout = "1s"').replace('"1s"\n', '"300ms"\n')
    const fleet = await startWorkers(box, 'stubborn ok', config, 'w')
    await fleet.send('w', { type: 'task', description: 'slow' })
    const [first] = await fleet.begun(1)
    const child = await box.until('a child', () => {
      const found = execFileSync('sh', ['-c', `pgrep -P ${first!.pid} || true`], { encoding: 'utf8' }).trim()
      return found === '' ? undefined : Number(found)
    })
    const [, second] = await fleet.begun(2)
    expect(second?.prompt).toContain('shown before, time 2')
    expect([runs(first!.pid), runs(child)]).toEqual([false, false])
    expect(fleet.log('w')).toContain('it took longer than round_timeout')
    await fleet.redis.close()
  })
})

describe('orders', () => {
  test('tt interrupt and agents down end the CLI and give its messages back', async ({ box }) => {
    const fleet = await startWorkers(box, 'hang', worker('w'), 'w')
    const id = await fleet.send('w', { type: 'task', description: 'long work' })
    const [first] = await fleet.begun(1)
    await fleet.state('w', 'working')
    await asTt(fleet.view, 'w', 'interrupt')
    await fleet.mailIs('w', ([one]) => one?.place === 'inbox' && one.message.id === id)
    await box.until('its CLI is gone', () => !runs(first!.pid))
    await fleet.state('w', 'paused')
    expect(fleet.rounds()).toHaveLength(1)

    await asTt(fleet.view, 'w', 'resume')
    const [, second] = await fleet.begun(2)
    await fleet.state('w', 'working')
    const down = await box.agents('down', 'w')
    expect(down.code, down.stdout).toBe(0)
    expect(runs(second!.pid)).toBe(false)
    const [left] = await fleet.mailIs('w', ([one]) => one?.place === 'inbox')
    expect([left?.message.id, left?.envelope?.presented]).toEqual([id, 2])
    await fleet.state('w', 'stopped')
    await fleet.redis.close()
  })

  test('agents pause waits for the end of the round', async ({ box }) => {
    const fleet = await startWorkers(box, 'second', worker('w'), 'w')
    await fleet.send('w', { type: 'task', description: 'short work' })
    await fleet.begun(1)
    await box.agents('pause', 'w')
    await fleet.mailIs('w', (mail) => mail.length === 0)
    await fleet.state('w', 'paused')
    await fleet.send('w', { type: 'task', description: 'more' })
    await box.agents('resume', 'w')
    await fleet.begun(2)
    await fleet.redis.close()
  })
})

describe('what is killed', () => {
  test('a worker: its CLI is ended, and its messages are shown again, marked; a watchdog: nothing happens', async ({
    box,
  }) => {
    const fleet = await startWorkers(box, 'hang second ok', worker('w'), 'w')
    await fleet.send('w', { type: 'task', description: 'unlucky' })
    const [first] = await fleet.begun(1)
    process.kill(box.pid('w')!, 'SIGKILL')
    const [, second] = await fleet.begun(2)
    expect(second?.prompt).toContain('unlucky')
    expect(second?.prompt).toContain('shown before, time 2')
    expect(runs(first!.pid)).toBe(false)

    const { watchdog } = await box.status()
    process.kill(watchdog.pid!, 'SIGKILL')
    await fleet.mailIs('w', (mail) => mail.length === 0)
    expect(fleet.rounds()).toHaveLength(2)
    await fleet.redis.close()
  })

  test('the Redis of the town: the round goes on, and is settled when it is back', async ({ box }) => {
    const fleet = await startWorkers(box, 'second', worker('w'), 'w')
    await fleet.send('w', { type: 'task', description: 'through the storm' })
    await fleet.begun(1)
    process.kill(await fleet.view.pid(), 'SIGKILL')
    await box.until(
      'it is settled',
      async () => {
        fleet.redis.wake()
        return (await fleet.mail('w').then(undefined, () => undefined))?.length === 0 ? true : undefined
      },
      30_000,
    )
    expect(fleet.rounds()).toHaveLength(1)
    expect(await peek(fleet.town, SUPERVISOR)).toEqual([])
    await fleet.redis.close()
  })
})

test('a worker that has nothing to do, or has had its rounds, ends and is not started again', async ({
  box,
}) => {
  const config = `${worker('idle', 'idle_timeout = "1s"')}${worker('short', 'max_rounds = 1')}`
  const fleet = await startWorkers(box, 'ok', config, 'short')
  await fleet.send('short', { type: 'task', description: 'one' })
  await fleet.send('short', { type: 'task', description: 'two' })
  await box.until('both are done', async () => {
    const { agents } = await box.status()
    return agents.every(({ life }) => life === 'done') ? true : undefined
  })
  expect(fleet.rounds()).toHaveLength(1)
  expect(fleet.log('idle')).toContain('ended: nothing to do for 1 s (idle_timeout)')
  await fleet.state('short', 'stopped')
  await fleet.redis.close()
})
