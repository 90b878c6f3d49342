import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createLeftWords } from '../../../src/adapters/files/left-words.ts'
import { OutsideError } from '../../../src/core/index.ts'
import { identityOf, identityPath } from '../../../src/daemon/reports/token.ts'
import { createLeftWordPost, type LeftWord } from '../../../src/daemon/town/left-words.ts'
import type { World } from '../../../src/daemon/world.ts'
import { claim } from '../../../src/town/inbox/claim.ts'
import { sendMessage } from '../../../src/town/inbox/send.ts'
import { assignTask } from '../../../src/town/tasks/create.ts'
import { readTask } from '../../../src/town/tasks/tasks.ts'
import { SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { test as bench, hasRedis } from '../../support/redis.ts'
import { type Run, test } from '../../support/sandbox.ts'
import { addAgent, inboxOf, townOn } from '../../support/town.ts'
import { agent, backend, watchdog } from '../rows/fleet.ts'

const json = (run: Run) => JSON.parse(run.stdout)

test.skipIf(!hasRedis())(
  'what an agent settles in a sandbox that lets nothing connect is carried out by the watchdog',
  async ({ box }) => {
    box.config(
      `${watchdog()}[town]\n${backend('q', 'exec sleep 1000')}${agent('a', 'q', 'watch = "heal"\ninbox = "off"')}`,
    )
    await box.agents('up')
    const AGENTS_IDENTITY = identityPath({ stateDir: join(box.dir, 'logs/state') }, 'a')
    const shut = (...argv: string[]) =>
      box.agentsWith({ AGENTS_IDENTITY, CODEX_SANDBOX_NETWORK_DISABLED: '1' }, ...argv)
    const [given] = await Promise.all([
      box.agents('assign', 'a', 'the work', '--json'),
      box.agents('send', 'a', 'one'),
    ])
    expect(given.code, given.stderr).toBe(0)
    const task = json(given).task as { id: string; message: string }
    const taken = json(await box.agentsWith({ AGENTS_IDENTITY }, 'inbox', 'take', '--json')).messages
    const one = taken.find(({ text }: { text: string }) => text === 'one').id as string
    const [acked, done] = await Promise.all([
      shut('inbox', 'ack', one.slice(0, 8)),
      shut('task', 'complete', task.id.slice(0, 8), '--result', 'it works', '--json'),
    ])
    expect([acked.code, acked.stderr, acked.stdout]).toEqual([
      0,
      '',
      expect.stringContaining('left in a file'),
    ])
    expect(json(done)).toEqual({ version: 1, left: { verb: 'complete', ids: [task.id.slice(0, 8)] } })
    await box.until('both', async () => {
      const inbox = await box.agents('inbox', 'a', '--json')
      return json(inbox).counts.claimed === 0 ? true : undefined
    })
    const shown = json(await box.agents('task', 'show', task.id, '--json')).task
    expect(shown).toMatchObject({ state: 'completed', result: 'it works' })
  },
  60_000,
)

bench(
  'words are believed by their proof, wait for Redis, and are told of when they are refused',
  async ({ bench: b }) => {
    const town = townOn(b)
    const a = await addAgent(town, 'a')
    const key = 'ab'.repeat(32)
    const told: { agent?: string; because?: string }[] = []
    const stateDir = join(b.dir, 'state')
    mkdirSync(stateDir)
    const world = {
      fleet: () => ({ stateDir, agents: [{ name: 'a' }] }),
      store: { loadText: async () => ({ kind: 'ok', text: `${key}\n` }) },
      report: (event: { because?: string }) => void told.push(event),
    } as unknown as World
    const words = createLeftWords(b.dir)
    let enrolled = false
    const { pulse } = createLeftWordPost(world, words, () => (enrolled ? a.id : undefined))
    const proof = identityOf(key, { agent: 'a', nonce: 'n' })
    const leave = (word: Partial<LeftWord>) => words.leave(stateDir, { version: 1, proof, ...word })
    const left = async () => (await words.list(stateDir)).length

    const send = (text: string) =>
      sendMessage(town, {
        id: undefined,
        from: SUPERVISOR,
        to: a.id,
        content: { type: 'task', description: text },
        urgent: false,
        priority: 'normal',
        thread: undefined,
      })
    const [one, two] = [await send('one'), await send('two')]
    const task = await assignTask(town, a, { description: 'work' })
    const claimed = await claim(town, a.id, { count: 64, leaseMs: 60_000, by: 'take', presented: true })
    expect(claimed.held).toHaveLength(3)
    await leave({ verb: 'ack', ids: [one.id] })
    await leave({ verb: 'nack', ids: [two.id], text: 'later' })
    await pulse({ town })
    expect(await left()).toBe(2)
    enrolled = true
    const away = new OutsideError({
      code: 'REDIS_AWAY',
      tool: 'redis',
      what: 'away',
      args: [],
      retryable: true,
    })
    const gone = { ...town, redis: { ...town.redis, call: () => Promise.reject(away) } }
    await expect(pulse({ town: gone })).rejects.toBe(away)
    expect(await left()).toBe(2)
    await pulse({ town })
    expect(await left()).toBe(0)
    expect((await inboxOf(town, a.id)).map(({ id }) => id)).toEqual([two.id])
    expect(await town.redis.call('ZCARD', town.keys.claimed(a.id))).toBe(1)
    expect(told).toEqual([])

    await leave({ verb: 'complete', ids: [task.id], proof: proof.replace(/^a/, 'b') })
    await words.leave(stateDir, { what: 'ever' })
    await leave({ verb: 'ack', ids: ['ffff'] })
    await pulse({ town })
    expect(await left()).toBe(0)
    expect(told.map(({ agent: who }) => who)).toEqual([undefined, undefined, 'a'])
    expect(told[2]?.because).toMatch(/not carried out: .*"ffff"/)
    expect((await readTask(town, task.id))?.state).not.toBe('completed')
    for (const result of ['it works', 'it works']) {
      await leave({ verb: 'complete', ids: [task.id.slice(0, 6)], text: result })
      await pulse({ town })
    }
    expect(await readTask(town, task.id)).toMatchObject({ state: 'completed', result: 'it works' })
    expect(told).toHaveLength(3)
  },
)

test('words are taken from a folder of this user alone, whole files, oldest first', async ({ box }) => {
  const state = join(box.dir, 'state')
  mkdirSync(state)
  const words = createLeftWords(box.dir)
  expect(await words.list(state)).toEqual([])
  for (const n of [1, 2, 3]) await words.leave(state, { n })
  const own = readdirSync(box.dir).find((name) => name.startsWith('agents-'))!
  const folder = join(box.dir, own, readdirSync(join(box.dir, own))[0]!)
  writeFileSync(join(folder, 'no-word.json'), '{}')
  writeFileSync(join(folder, `${'9'.repeat(18)}-${'a'.repeat(16)}.json`), 'no json')
  const found = await words.list(state)
  expect(found.map(({ value }) => value)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, undefined])
  await words.remove(state, found[0]!.name)
  expect((await words.list(state))[0]?.value).toEqual({ n: 2 })
})
