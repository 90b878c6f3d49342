import { statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { Redis } from '../../../src/adapters/redis/types.ts'
import { findAgent } from '../../../src/town/agents.ts'
import { SUPERVISOR } from '../../../src/town/ids.ts'
import type { Content } from '../../../src/town/message.ts'
import { peek } from '../../../src/town/peek.ts'
import { sendMessage } from '../../../src/town/send.ts'
import { createTown, type Town } from '../../../src/town/town.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { viewTown } from '../../support/town-view.ts'

interface Round {
  name: string
  id: string
  word: string
  pid: number
  prompt: string
}

const CONFIG = (box: Sandbox) => `
[town]
name = "shop"
lease = "60s"
[backend.c]
bin = "${box.fake('works-in-rounds')}"
round_cmd = "{bin}"
`
const WORKER = (name: string, more = '') => `
[[agent]]
name = "${name}"
kind = "worker"
backend = "c"
watch = "heal"
stop_grace = "1s"
${more}
`

const rounds = (box: Sandbox): Round[] =>
  box.exists('rounds.jsonl')
    ? box
        .read('rounds.jsonl')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Round)
    : []

/** The town of a sandbox whose fleet runs. */
async function townOf(box: Sandbox): Promise<{ town: Town; redis: Redis }> {
  const { redis } = viewTown(box, 'shop')
  const town = createTown('shop', redis, Date.now)
  await box.until('redis', () =>
    redis.call('PING').then(
      () => true,
      () => undefined,
    ),
  )
  return { town, redis }
}

const send = async (town: Town, name: string, content: Content, urgent = false): Promise<string> => {
  const whom = await findAgent(town, name)
  return (await sendMessage(town, { from: SUPERVISOR, to: whom.id, content, urgent })).id
}

const boxOf = async (town: Town, name: string) => {
  const { id } = await findAgent(town, name)
  return (await peek(town, id)).map(({ place, message, envelope }) => ({
    place,
    id: message.id,
    presented: envelope?.presented,
  }))
}

async function up(box: Sandbox, config: string, ...names: string[]) {
  box.config(`${CONFIG(box)}${config}`)
  const run = await box.agents('up')
  expect(run.code, run.stdout + run.stderr).toBe(0)
  const { town, redis } = await townOf(box)
  for (const name of names)
    await box.until(`${name} is idle`, async () => {
      const found = await findAgent(town, name).then(
        (one) => one.record?.state,
        () => undefined,
      )
      return found === 'idle' ? true : undefined
    })
  return { town, redis }
}

describe('a worker', () => {
  test('does a round for its messages, and is seen at it', async ({ box }) => {
    box.write('do', 'ok')
    const { town, redis } = await up(box, WORKER('w'), 'w')
    const long = `first\n${'y'.repeat(2000)}\nlast`
    await send(town, 'w', { type: 'task', description: long })
    const [round] = await box.until('a round', () => (rounds(box).length > 0 ? rounds(box) : undefined))
    expect(round?.prompt).toContain(long)
    expect(round?.name).toBe('w')
    expect(round?.id).toBe((await findAgent(town, 'w')).id)
    await box.until('nothing waits', async () => ((await boxOf(town, 'w')).length === 0 ? true : undefined))
    const folder = join(box.dir, 'logs/worker/w')
    for (const name of ['round-1.prompt.md', 'round-1.out'])
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    await redis.close()
  })
})
