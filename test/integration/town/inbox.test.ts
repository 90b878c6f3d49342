import { expect } from 'vitest'
import { BATCH, claim, giveBack, heldOf, note, renew } from '../../../src/town/inbox/claim.ts'
import { findMessage, threadOf } from '../../../src/town/inbox/mail.ts'
import { classMail, countMail, peek } from '../../../src/town/inbox/peek.ts'
import { quotas, sendMessage } from '../../../src/town/inbox/send.ts'
import { acknowledge, revive } from '../../../src/town/inbox/settle.ts'
import { createTown, type Town } from '../../../src/town/town.ts'
import { newId, SUPERVISOR } from '../../../src/town/wire/ids.ts'
import type { Content } from '../../../src/town/wire/message.ts'
import { messageIdOf } from '../../../src/town/wire/message-id.ts'
import { codeOf, type RedisBench, test } from '../../support/redis.ts'

const task = (description: string): Content => ({ type: 'task', description })
const lease = { leaseMs: 60_000, by: 'delivery' }

function townOf(bench: RedisBench): Town {
  return createTown('demo', bench.raw, Date.now)
}

async function settler(town: Town, name: string): Promise<string> {
  const id = newId()
  await town.redis.call('HSET', town.keys.agent(id), 'id', id, 'name', name)
  return id
}

const told = async (town: Town, to: string, ...texts: string[]): Promise<string[]> => {
  const ids: string[] = []
  for (const text of texts)
    ids.push((await sendMessage(town, { from: SUPERVISOR, to, content: task(text) }, { unlimited: true })).id)
  return ids
}

const textsIn = (held: readonly { message: { content: Content } }[]): string[] =>
  held.map(({ message }) => (message.content as { description: string }).description)

test('urgent ones come first, the oldest of them first; the others in the order in which they were sent', async ({
  bench,
}) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  await told(town, to, 'a', 'b')
  for (const text of ['u1', 'u2'])
    await sendMessage(town, { from: SUPERVISOR, to, content: task(text), urgent: true })
  await sendMessage(town, { from: SUPERVISOR, to, content: task('high'), priority: 'high' })
  expect(textsIn((await claim(town, to, lease)).held)).toEqual(['u1', 'u2', 'high', 'a', 'b'])
  expect(await countMail(town, [to])).toEqual([
    { agent: to, inbox: 0, urgent: 0, claimed: 5, dead: 0, bad: 0 },
  ])
})

test('the same id is one message, with the same answer, also after it was acknowledged', async ({
  bench,
}) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const id = messageIdOf('m-1')
  const draft = { id, from: SUPERVISOR, to, content: task('once') }
  expect(await sendMessage(town, draft)).toMatchObject({ id, repeated: false })
  expect(await sendMessage(town, draft)).toMatchObject({ id, repeated: true, envelope: { state: 'queued' } })
  const { held } = await claim(town, to, { ...lease, presented: true })
  expect(held).toHaveLength(1)
  expect((await acknowledge(town, to, [id])).get(id)).toMatchObject({ before: false })
  expect(await sendMessage(town, draft)).toMatchObject({
    repeated: true,
    envelope: { state: 'acknowledged' },
  })
  expect((await claim(town, to, lease)).held).toEqual([])
})

test('what an old copy of the bytes brings back is not taken a second time', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  await told(town, to, 'once')
  const raw = String(await town.redis.call('LINDEX', town.keys.inbox(to), 0))
  const { held } = await claim(town, to, { ...lease, presented: true })
  await town.redis.call('RPUSH', town.keys.inbox(to), raw)
  expect((await claim(town, to, lease)).held).toEqual([])
  await acknowledge(town, to, [held[0]!.message.id])
  await town.redis.call('RPUSH', town.keys.inbox(to), raw, raw)
  expect((await claim(town, to, lease)).held).toEqual([])
  expect(await countMail(town, [to])).toMatchObject([{ inbox: 0, claimed: 0 }])
})

test('acknowledging is final, and a second time answers the first', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const [id] = (await told(town, to, 'x')) as [string]
  expect((await acknowledge(town, to, [id])).get(id)).toEqual({ kind: 'unread' })
  expect((await acknowledge(town, to, [newId()])).values().next().value).toEqual({ kind: 'unknown' })
  await claim(town, to, { ...lease, presented: true })
  const first = (await acknowledge(town, to, [id])).get(id)
  const second = (await acknowledge(town, to, [id])).get(id)
  expect(second).toEqual({ ...first, before: true })
  expect((await giveBack(town, to, [id])).get(id)).toBe('free')
  expect(await town.redis.call('HLEN', town.keys.raw(to))).toBe(0)
})

test('given back, messages stand where they stood, whatever the order in which they come back', async ({
  bench,
}) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const ids = await told(town, to, '1', '2', '3', '4', '5')
  await claim(town, to, { ...lease, count: 2 })
  await claim(town, to, { ...lease, count: 2 })
  for (const at of [3, 1, 0, 2]) await giveBack(town, to, [ids[at]!], 'not now')
  const { held } = await claim(town, to, lease)
  expect(textsIn(held)).toEqual(['1', '2', '3', '4', '5'])
  expect(held[0]?.envelope).toMatchObject({ why: 'not now', presented: 0 })
})

test('a lease that runs out gives the message back, counted; a renewed one does not', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const ids = await told(town, to, 'short', 'long')
  const short = { leaseMs: 1_500, by: 'take', presented: true }
  await claim(town, to, short)
  expect(await renew(town, to, [ids[1]!], 60_000)).toBe(1)
  await new Promise((done) => setTimeout(done, 1_600))
  const again = await claim(town, to, { ...lease, presented: true })
  expect(textsIn(again.held)).toEqual(['short'])
  expect(again.held[0]!.envelope).toMatchObject({ presented: 2, state: 'seen' })
  expect(await renew(town, to, [newId()], 1)).toBe(0)
})

test('a lease that ran out while the machine slept is renewed as long as nobody took the message', async ({
  bench,
}) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const [id] = await told(town, to, 'long work')
  await claim(town, to, { leaseMs: 1, by: 'delivery', presented: true })
  await new Promise((done) => setTimeout(done, 20))
  expect(await renew(town, to, [id!], 60_000)).toBe(1)
  expect((await claim(town, to, lease)).held).toEqual([])
})

test('after three presentations it is a dead letter, its sender is told, and it can be put back', async ({
  bench,
}) => {
  const town = townOf(bench)
  const [to, from] = [await settler(town, 'api'), await settler(town, 'web')]
  const { id } = await sendMessage(town, { from, to, content: task('poison') })
  for (let round = 0; round < 3; round++) {
    expect((await claim(town, to, { ...lease, presented: true })).held).toHaveLength(1)
    await giveBack(town, to, [id], 'its session ended')
  }
  expect((await claim(town, to, lease)).held).toEqual([])
  const [notice] = (await claim(town, from, lease)).held
  expect(notice?.message).toMatchObject({
    from: to,
    correlation: id,
    content: {
      type: 'informational',
      summary: expect.stringContaining(`message ${id} to api is a dead letter`),
    },
  })
  expect(await peek(town, to)).toMatchObject([{ place: 'dead', envelope: { state: 'failed', presented: 3 } }])
  await revive(town, to, id)
  expect((await claim(town, to, lease)).held[0]?.envelope).toMatchObject({ presented: 0 })
  expect(await codeOf(revive(town, to, id))).toBe('TOWN_DEAD_UNKNOWN')
})

test('the sender of a dead assignment hears that the task failed', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const task_id = newId()
  const content: Content = { type: 'task_assign', task_id }
  const { id } = await sendMessage(town, { from: SUPERVISOR, to, content })
  for (let round = 0; round < 3; round++) {
    await claim(town, to, { ...lease, presented: true })
    await giveBack(town, to, [id])
  }
  const { held } = await claim(town, SUPERVISOR, lease)
  expect(held.map((one) => one.message.content)).toMatchObject([{ type: 'task_failed', task_id }])
})

test('row 105: what cannot be read is put away byte for byte, and the rest flows', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const odd = [Buffer.from([0xff, 0xfe, 0x00]), Buffer.from('{"id":1}'), Buffer.from('')]
  const unknownType = JSON.stringify({ id: newId(), from: SUPERVISOR, to, type: 'party', priority: 'normal' })
  await told(town, to, 'first')
  for (const bytes of odd) await town.redis.call('RPUSH', town.keys.inbox(to), bytes)
  await town.redis.call('RPUSH', town.keys.inbox(to), unknownType)
  await told(town, to, 'last')
  const found = await claim(town, to, lease)
  expect(textsIn(found.held)).toEqual(['first', 'last'])
  expect(found.aside).toBe(4)
  const bad = (await town.redis.bytes('LRANGE', town.keys.bad(to), 0, -1)) as Buffer[]
  expect(bad).toEqual(expect.arrayContaining([...odd, Buffer.from(unknownType)]))
})

test('row 105: a key of another type is put away, and the mailbox goes on', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const { keys, redis } = town
  await redis.call('SET', keys.inbox(to), 'no list')
  await redis.call('SADD', keys.claimed(to), 'x')
  await redis.call('SET', keys.mail(to), 'no hash')
  await redis.call('SET', keys.turn(to), '3')
  await told(town, to, 'a')
  expect(textsIn((await claim(town, to, lease)).held)).toEqual(['a'])
  expect(await redis.call('LRANGE', keys.bad(to), 0, -1)).toContain('no list')
})

test('urgent messages keep the others waiting for ten batches at most', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  await told(town, to, 'patient')
  for (let at = 0; at < 30; at++)
    await sendMessage(
      town,
      { from: SUPERVISOR, to, content: task(`u${at}`), urgent: true },
      { unlimited: true },
    )
  const batches: string[][] = []
  for (let at = 0; at < 11; at++) batches.push(textsIn((await claim(town, to, { ...lease, count: 2 })).held))
  expect(batches.slice(0, 10).flat()).not.toContain('patient')
  expect(batches[10]).toEqual(['u20', 'patient'])
  await told(town, to, 'later')
  expect(textsIn((await claim(town, to, { ...lease, urgentOnly: true })).held)).not.toContain('later')
})

test('two consumers that race share what is there, each message once', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const ids = await told(town, to, ...Array.from({ length: 200 }, (_, at) => String(at)))
  const consumer = async (redis = bench.open()): Promise<string[]> => {
    const mine: string[] = []
    for (;;) {
      const { held } = await claim({ ...town, redis }, to, { ...lease, count: 7 })
      if (held.length === 0) return mine
      mine.push(...held.map(({ message }) => message.id))
    }
  }
  const both = (await Promise.all([consumer(), consumer()])).flat()
  expect(both.toSorted()).toEqual(ids.toSorted())
})

test('how far a presentation came is told as often as one likes, and never goes back', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const [id] = (await told(town, to, 'x')) as [string]
  await claim(town, to, lease)
  await note(town, to, { state: 'seen', seenBy: 'turn' }, [{ id, presented: 1 }])
  await note(town, to, { state: 'staged' }, [{ id, presented: 1 }])
  const [held] = await heldOf(town, to)
  expect(held?.envelope).toMatchObject({ state: 'seen', seenBy: 'turn', presented: 1 })
  await note(town, to, { state: 'staged' }, [{ id, presented: 2 }])
  expect((await heldOf(town, to))[0]?.envelope).toMatchObject({ state: 'staged', presented: 2 })
})

test('row 120, row 116: quotas of a sender, two that answer each other, a full inbox, a text that is too long', async ({
  bench,
}) => {
  const town = townOf(bench)
  const [a, b, c] = [await settler(town, 'a'), await settler(town, 'b'), await settler(town, 'c')]
  const say = (from: string, to: string, text = 'x') => sendMessage(town, { from, to, content: task(text) })
  let turns = 0
  let code = 'done'
  while (code === 'done') code = await codeOf(turns++ % 2 === 0 ? say(a, b) : say(b, a))
  expect([code, turns]).toEqual(['TOWN_LOOP', quotas.turnsAMinute + 2])
  expect(await codeOf(say(a, c))).toBe('done')
  let sent = 0
  code = 'done'
  while (code === 'done') {
    sent++
    code = await codeOf(say(c, a))
  }
  expect([code, sent]).toEqual(['TOWN_TOO_OFTEN', quotas.aMinute + 1])
  expect(await codeOf(say(a, a))).toBe('TOWN_SELF')
  expect(await codeOf(say(a, newId()))).toBe('TOWN_AGENT_GONE')
  expect(await codeOf(say(a, c, 'x'.repeat(quotas.bytes + 1)))).toBe('TOWN_MESSAGE_LONG')
  await say(a, c, 'é'.repeat(quotas.bytes / 2))
  await town.redis.call(
    'EVAL',
    `for i = 1, 100000 do redis.call('RPUSH', KEYS[1], 'x') end`,
    1,
    town.keys.inbox(b),
  )
  expect(await codeOf(say(a, b))).toBe('TOWN_INBOX_FULL')
})

test('a list of what is there changes nothing, and tells of all four places', async ({ bench }) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const dump = async (): Promise<unknown[]> => {
    const keys = ((await town.redis.call('KEYS', '*')) as string[]).toSorted()
    return Promise.all(keys.map(async (key) => [key, await town.redis.bytes('DUMP', key)]))
  }
  await told(town, to, 'claimed', 'next')
  await claim(town, to, { ...lease, count: 1 })
  await sendMessage(town, { from: SUPERVISOR, to, content: { type: 'query', question: '?' }, urgent: true })
  const before = await dump()
  const found = await peek(town, to)
  expect(found.map(({ place }) => place)).toEqual(['claimed', 'urgent', 'inbox'])
  expect((await classMail(town, [to])).get(to)).toMatchObject({ task: 1, query: 1 })
  expect(await dump()).toEqual(before)
})

test('a message is found by the beginning of its id or by the name its sender gave it, and tells its thread', async ({
  bench,
}) => {
  const town = townOf(bench)
  const [to, from] = [await settler(town, 'api'), await settler(town, 'web')]
  const root = newId()
  const id = messageIdOf('m-7')
  await sendMessage(town, { id, from, to, content: task('x'), thread: root })
  expect(await findMessage(town, to, 'm-7')).toBe(id)
  expect(await findMessage(town, to, id.slice(0, 6))).toBe(id)
  expect(await codeOf(findMessage(town, to, 'm-8'))).toBe('TOWN_MESSAGE_UNKNOWN')
  await claim(town, to, { ...lease, presented: true })
  await acknowledge(town, to, [id])
  expect(await threadOf(town, to, id)).toEqual({ from, thread: root })
})

test('a person acknowledges what stands in the list and nobody took', async ({ bench }) => {
  const town = townOf(bench)
  const from = await settler(town, 'api')
  const { id } = await sendMessage(town, { from, to: SUPERVISOR, content: task('help') })
  expect((await acknowledge(town, SUPERVISOR, [id], { unread: true })).get(id)).toMatchObject({
    before: false,
  })
  expect(await countMail(town, [SUPERVISOR])).toMatchObject([{ inbox: 0 }])
})

test('row 115: of 100,000 messages a batch of 64 is claimed, and any of them acknowledged, within milliseconds', async ({
  bench,
}) => {
  const town = townOf(bench)
  const to = await settler(town, 'api')
  const fill = `for i = 1, 100000 do
    local id = string.format('%08x-0000-4000-8000-000000000000', i)
    redis.call('RPUSH', KEYS[1], '{"id":"' .. id .. '","from":"${SUPERVISOR}","to":"${to}","type":"task","description":"work ' .. i .. '","priority":"normal","created_at":"2026-01-02T03:04:05Z","correlation_id":null}')
  end`
  await town.redis.call('EVAL', fill, 1, town.keys.inbox(to))
  const took: number[] = []
  const timed = async (work: () => Promise<unknown>): Promise<void> => {
    const from = performance.now()
    await work()
    took.push(performance.now() - from)
  }
  await claim(town, to, { ...lease, presented: true })
  for (let at = 0; at < 20; at++) {
    await timed(() => claim(town, to, { ...lease, presented: true }))
  }
  // The quickest: the others had to wait for the processor.
  expect(Math.min(...took)).toBeLessThan(10)
  const [held] = await heldOf(town, to)
  expect(held?.message.content).toEqual(task('work 1'))
  took.length = 0
  const all = (await heldOf(town, to)).map(({ message }) => message.id)
  for (const id of all.slice(-20)) await timed(() => acknowledge(town, to, [id]))
  expect(Math.min(...took)).toBeLessThan(10)
  expect(all.length).toBe(Math.min(1000, 21 * BATCH))
})
