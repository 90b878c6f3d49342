import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { withRedis } from '../../support/redis.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { asTt, type TownView, viewTown } from '../../support/town-view.ts'
import { takesTurns } from '../../support/turns.ts'

const FLEET = (box: Sandbox, town = 'name = "shop"') => `
[town]
${town}
${takesTurns(box)}
${['a', 'b'].map((name) => `[[agent]]\nname = "${name}"\nbackend = "t"\nwatch = "heal"\nenv = { AGENT_RECORD = "${name}.record", AGENT_HOLD = "hold" }\n`).join('')}
`

/** Kills an agent and sees that it comes back: the tick does its work. */
async function heals(box: Sandbox, name: string): Promise<number> {
  const pid = box.pid(name)!
  const from = Date.now()
  process.kill(pid, 'SIGKILL')
  await box.until(`${name} healed`, () => {
    const now = box.pid(name)
    return now !== undefined && now !== pid ? now : undefined
  })
  return Date.now() - from
}

test('rows 92, 93, 98, 103 and 105: killed, it is back with what it had; emptied, everything is told anew under the same ids; scripts forgotten, garbage and a server that takes no writes are survived', async ({
  box,
}) => {
  box.config(FLEET(box))
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  await view.reaches('b', 'idle')
  const ids = [await view.id('a'), await view.id('b')]
  const created = (await view.record('a'))?.created_at

  // Row 92: kill -9, and everything is as before.
  const first = await view.pid()
  const from = Date.now()
  process.kill(first, 'SIGKILL')
  await box.until('another server', async () => {
    view.redis.wake()
    const pid = await view.pid().then(undefined, () => first)
    return pid !== first || undefined
  })
  expect(Date.now() - from).toBeLessThan(5_000)
  await view.reaches('a', 'idle')
  expect([await view.id('a'), await view.id('b')]).toEqual(ids)
  expect(box.events().filter((event) => /told anew/.test(event.because ?? ''))).toEqual([])
  // An order that was given right after that is heard.
  await asTt(view, 'b', 'interrupt')
  await box.event((event) => event.kind === 'town-order' && event.agent === 'b')

  // Row 103
  await view.redis.call('SCRIPT', 'FLUSH')
  await asTt(view, 'b', 'resume')
  await box.event((event) => event.kind === 'town-order' && event.order === 'resume')
  await view.reaches('b', 'idle')

  // Row 105: what is no record is put aside, byte for byte, and the agent has one again.
  const key = view.keys.agent(ids[1]!)
  await view.redis.call('DEL', key, view.keys.inbox(ids[1]!))
  await view.redis.call('SET', key, 'garbage')
  await view.redis.call('SET', view.keys.inbox(ids[1]!), 'garbage')
  await box.until('a record again', async () => (await view.redis.call('TYPE', key)) === 'hash' || undefined)
  await view.reaches('b', 'idle')
  expect(await view.redis.call('GET', view.keys.garbage(ids[1]!))).toBe('garbage')

  // Row 93
  await view.redis.call('FLUSHALL')
  await view.reaches('a', 'idle')
  await view.reaches('b', 'idle')
  expect([await view.id('a'), await view.id('b')]).toEqual(ids)
  expect((await view.record('a'))?.created_at).toBe(created)
  await box.event((event) => event.kind === 'town' && /was emptied/.test(event.because ?? ''))
  const told = box.events().filter((event) => /told anew/.test(event.because ?? ''))
  expect(told).toHaveLength(1)
  // Nobody was stopped or started for it.
  expect(box.events().filter(({ kind }) => ['stop', 'kill', 'park'].includes(kind))).toEqual([])

  // Row 93, a server with nothing in another folder's place; row 98, one that takes no writes.
  await view.redis.call('CONFIG', 'SET', 'min-replicas-to-write', '1')
  box.write('hold', '')
  await box.agents('pause', 'a')
  await box.event((event) => event.kind === 'town' && event.state === 'refused')
  const degraded = (await box.status()).town
  expect(degraded).toMatchObject({ state: 'degraded' })
  expect(degraded?.reasons.join()).toMatch(/cannot be written/)
  const refused = await box.agents('backlog', 'add', 'lost')
  expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('has too few replicas')])
  await heals(box, 'b')
  await view.redis.call('CONFIG', 'SET', 'min-replicas-to-write', '0')
  await view.reaches('a', 'paused')
  await view.redis.close()
})

test('row 91: with no Redis there is at the start, the fleet starts and heals, status says so, and the mirror catches up', async ({
  box,
}) => {
  await withRedis(async (bench) => {
    await bench.crash()
    box.config(FLEET(box, `name = "shop"\nredis_url = "unix://${bench.socket}"`))
    const up = await box.agents('up')
    expect(up.code, up.stderr).toBe(0)
    const town = await box.until('away', async () => {
      const { town } = await box.status()
      return town?.state === 'away' && town.reasons.length > 0 ? town : undefined
    })
    expect(town.reasons.join()).toContain(bench.socket)
    expect(await heals(box, 'a')).toBeLessThan(5_000)
    // Who sends is told so, and gets no id that means nothing.
    for (const words of [
      ['send', 'a', 'lost'],
      ['backlog', 'add', 'lost'],
      ['assign', 'a', 'lost'],
    ]) {
      const run = await box.agents(...words)
      expect(run.code, words.join()).toBe(1)
      expect(run.stdout).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}/)
      expect(run.stderr).toMatch(/is not (there|running)/)
    }
    await bench.start()
    const view: TownView = { ...viewTown(box, 'shop'), redis: bench.raw }
    await box.until('idle', async () => {
      const id = await bench.raw.call('HGET', view.keys.names, 'a')
      if (id === null) return undefined
      return (await bench.raw.call('HGET', view.keys.agent(String(id)), 'state')) === 'idle' || undefined
    })

    // Row 94: it keeps nothing, and that is told.
    await bench.raw.call('CONFIG', 'SET', 'appendonly', 'no')
    await box.until(
      'degraded',
      async () => (await box.status()).town?.state === 'degraded' || undefined,
      20_000,
    )

    // Row 100: it stands still, and the ticks do not.
    bench.signal('SIGSTOP')
    const away = box.until('away', async () => (await box.status()).town?.state === 'away' || undefined)
    expect(await heals(box, 'b')).toBeLessThan(5_000)
    await away
    bench.signal('SIGCONT')
    await box.until('back', async () => (await box.status()).town?.state !== 'away' || undefined)
    await box.agents('down')
  })
}, 60_000)

test('row 93: another server in its place, with nothing in its folder: the same ids, and nobody is stopped or started for it', async ({
  box,
}) => {
  await withRedis(async (bench) => {
    box.config(FLEET(box, `name = "shop"\nredis_url = "unix://${bench.socket}"`))
    await box.agents('up')
    const { keys } = viewTown(box, 'shop')
    const ids = () => bench.raw.call('HMGET', keys.names, 'a', 'b').then(undefined, () => undefined)
    const known = (found: unknown): found is string[] =>
      Array.isArray(found) && found.every((id) => typeof id === 'string')
    const before = await box.until('both known', async () => {
      const found = await ids()
      return known(found) ? found : undefined
    })
    const pids = [box.pid('a'), box.pid('b')]
    await bench.crash()
    rmSync(join(bench.dir, 'appendonlydir'), { recursive: true })
    await bench.start()
    const after = await box.until('both told anew', async () => {
      const found = await ids()
      return known(found) ? found : undefined
    })
    expect(after).toEqual(before)
    await box.event((event) => event.kind === 'town' && /was emptied/.test(event.because ?? ''))
    expect([box.pid('a'), box.pid('b')]).toEqual(pids)
    await box.agents('down')
  })
}, 60_000)

test('an order is carried out once, also when the watchdog is killed right after it took it', async ({
  box,
}) => {
  box.config(FLEET(box))
  await box.agents('up')
  const view = viewTown(box, 'shop')
  await view.reaches('a', 'idle')
  const { pid } = (await box.status()).watchdog
  process.kill(pid!, 'SIGSTOP')
  await asTt(view, 'a', 'kill')
  await asTt(view, 'b', 'interrupt')
  process.kill(pid!, 'SIGKILL')
  await box.until('a has gone', () => box.pid('a') === undefined || undefined)
  await view.reaches('b', 'paused')
  await view.reaches('a', 'stopped')
  const orders = box.events().filter((event) => event.kind === 'town-order')
  expect(orders.map((event) => `${event.agent} ${event.order}`).sort()).toEqual(['a kill', 'b interrupt'])
  expect(await view.redis.call('EXISTS', view.keys.stop(await view.id('a')))).toBe(0)
  await view.redis.close()
})

test('one who lives in the town under a name of ours is left alone and told of; once over, its record is taken over', async ({
  box,
}) => {
  await withRedis(async (bench) => {
    const id = crypto.randomUUID()
    const key = `tt:shop:agent:${id}`
    await bench.raw.call('HSET', key, 'id', id, 'name', 'a', 'state', 'working', 'cli', 'true')
    box.config(FLEET(box, `name = "shop"\nredis_url = "unix://${bench.socket}"`))
    await box.agents('up')
    const reasons = await box.until('told of', async () => {
      const { town } = await box.status()
      return town?.reasons.find((reason) => reason.includes(id))
    })
    expect(reasons).toContain('under the name a')
    expect(await bench.raw.call('HGET', key, 'state')).toBe('working')
    expect(await bench.raw.call('HGET', key, 'fleet_owner')).toBeNull()
    await bench.raw.call('HSET', key, 'state', 'stopped', 'x_later', '1')
    await box.until('taken over', async () => {
      const [state, cli] = (await bench.raw.call('HMGET', key, 'state', 'cli')) as string[]
      return state === 'idle' && cli === 't' ? true : undefined
    })
    expect(await bench.raw.call('HGET', key, 'x_later')).toBe('1')
    await box.agents('down')
  })
})
