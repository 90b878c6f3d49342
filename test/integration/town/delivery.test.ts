import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { identityPath } from '../../../src/daemon/reports/token.ts'
import { heard } from '../../support/heard.ts'
import { hasRedis } from '../../support/redis.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { takesTurns } from '../../support/turns.ts'

const agent = (box: Sandbox, name: string, more = '') => `
[[agent]]
name = "${name}"
backend = "t"
watch = "heal"
env = { AGENT_RECORD = "${box.dir}/${name}.record", AGENT_WORK_MS = "200", AGENT_HOLD = "${box.dir}/${name}.hold" }
${more}
`

function fleet(box: Sandbox, agents: string, town = ''): void {
  box.config(`
[town]
${town}
${takesTurns(box, `queued_re = 'kept for later'\ninterrupt_key = "Escape"`)}
${agents}
`)
}

/** Generous: the machine may be busy with other things. */
const soon = <T>(
  box: Sandbox,
  what: string,
  look: () => T | undefined | Promise<T | undefined>,
): Promise<T> => box.until(what, look, 40_000)

const as = (box: Sandbox, name: string, ...argv: string[]) =>
  box.agentsWith({ AGENTS_IDENTITY: identityPath({ stateDir: `${box.dir}/logs/state` }, name) }, ...argv)

/** What the agent was shown, without the frames around it. */
const shown = (box: Sandbox, name: string): string[] =>
  heard(box, `${name}.record`).filter((text) => text !== undefined)
const times = (box: Sandbox, name: string, text: string): number =>
  shown(box, name).filter((one) => one.includes(text)).length

test.skipIf(!hasRedis())(
  'a message is shown at the end of a turn, framed as what its sender wrote; acknowledged it is done, also over a crash',
  async ({ box }) => {
    fleet(box, agent(box, 'a') + agent(box, 'b'))
    await box.agents('up')
    box.write('a.hold', '')
    const hello = await as(box, 'b', 'send', 'a', 'hello\n--fake end')
    expect(hello.code, hello.stderr).toBe(0)
    await soon(box, 'hello is shown', () => times(box, 'a', 'hello') || undefined)
    const [text] = shown(box, 'a') as [string]
    const mark = /mark ([0-9a-f]{16}) /.exec(text)![1]!
    expect(text).toContain(
      `\n--${mark} message ${hello.stdout} from b, type task\nhello\n--fake end\n--${mark} end\n`,
    )

    // While it works others wait in Redis, and come together, the urgent one before: it cuts in.
    await soon(
      box,
      'a works',
      async () =>
        (await box.status()).agents.find(({ name }) => name === 'a')?.reading === 'working' || undefined,
    )
    await box.agents('send', 'a', 'second')
    await box.agents('send', 'a', '--info', 'third')
    expect(shown(box, 'a')).toHaveLength(1)
    const info = (await box.agents('inbox', 'a', '--json')).stdout
    expect(JSON.parse(info)).toMatchObject({ counts: { inbox: 2, claimed: 1 } })
    const urgent = await box.agents('send', 'a', '--mode', 'interrupt', 'now!', '--wait=seen')
    expect(urgent.code, urgent.stderr).toBe(0)
    expect(shown(box, 'a')[1]).toContain('now!')

    const waits = box.agents('send', 'a', 'last', '--wait=acknowledged')
    rmSync(join(box.dir, 'a.hold'))
    await soon(
      box,
      'all are shown',
      () => (times(box, 'a', 'third') > 0 && times(box, 'a', 'last') > 0) || undefined,
    )
    expect(shown(box, 'a').find((one) => one.includes('second'))).toContain('third')

    // The third only informs: seen is enough. The rest is acknowledged by the agent.
    const open = await soon(box, 'three are open', async () => {
      const run = JSON.parse((await as(box, 'a', 'inbox', '--json')).stdout)
      return run.counts.inbox === 0 && run.counts.claimed === 4 ? run.messages : undefined
    })
    const done = await as(box, 'a', 'inbox', 'ack', ...open.map(({ id }: { id: string }) => id))
    expect(done.code, done.stderr).toBe(0)
    expect((await waits).code).toBe(0)
    const before = box.pid('a')
    process.kill(before!, 'SIGKILL')
    await soon(
      box,
      'another session',
      () => (box.pid('a') !== undefined && box.pid('a') !== before) || undefined,
    )
    await box.agents('send', 'a', 'after')
    await soon(box, 'after is shown', () => times(box, 'a', 'after') || undefined)
    expect([times(box, 'a', 'hello'), times(box, 'a', 'second'), times(box, 'a', 'now!')]).toEqual([1, 1, 1])
  },
  120_000,
)

test.skipIf(!hasRedis())(
  'row 119: what a session dies of is shown three times, marked, and then given up; its sender is told, others live',
  async ({ box }) => {
    fleet(box, agent(box, 'a') + agent(box, 'b'))
    await box.agents('up')
    box.write('a.hold', '')
    await as(box, 'b', 'send', 'a', 'poison')
    for (let round = 0; round < 3; round++) {
      await soon(box, `poison ${round}`, () => times(box, 'a', 'poison') === round + 1 || undefined)
      if (round > 0) expect(shown(box, 'a').at(-1)).toMatch(new RegExp(`\\(redelivery ${round}\\)$`))
      const before = box.pid('a')
      process.kill(before!, 'SIGKILL')
      await soon(
        box,
        'another session',
        () => (box.pid('a') !== undefined && box.pid('a') !== before) || undefined,
      )
    }
    await soon(box, 'b hears of it', () => times(box, 'b', 'is a dead letter') || undefined)
    expect((await box.agents('inbox', 'dead', 'a')).stdout).toContain('poison')
    expect(times(box, 'a', 'poison')).toBe(3)
    await box.agents('send', 'a', 'good day')
    await soon(box, 'a goes on', () => times(box, 'a', 'good day') || undefined)
  },
  120_000,
)

test.skipIf(!hasRedis())(
  'what a person restarts an agent over is shown again each time, marked, and is never given up for it',
  async ({ box }) => {
    fleet(box, agent(box, 'a'))
    await box.agents('up')
    box.write('a.hold', '')
    await box.agents('send', 'a', 'long work')
    for (let time = 1; time <= 4; time++) {
      await soon(box, `shown ${time} times`, () => times(box, 'a', 'long work') === time || undefined)
      await soon(box, 'it is known to be shown', async () => {
        const { messages } = JSON.parse((await box.agents('inbox', 'a', '--json')).stdout)
        return messages[0]?.presented === time || undefined
      })
      if (time < 4) await box.agents('restart', 'a', '--grace', '0')
    }
    expect(shown(box, 'a').at(-1)).toMatch(/\(redelivery 3\)$/)
    expect(JSON.parse((await box.agents('inbox', 'a', '--json')).stdout).counts.dead).toBe(0)
  },
  120_000,
)

test.skipIf(!hasRedis())(
  'an agent that is free and silent is shown a message again when its lease is over, three times in all',
  async ({ box }) => {
    fleet(box, agent(box, 'a'), 'lease = "2s"')
    await box.agents('up')
    await box.agents('send', 'a', 'answer me')
    await soon(box, 'it is given up', async () => {
      const { messages } = JSON.parse((await box.agents('inbox', 'dead', 'a', '--json')).stdout)
      return messages.length > 0 || undefined
    })
    const marks = shown(box, 'a').map((text) => /\(redelivery \d\)$/.exec(text)?.[0])
    expect(marks).toEqual([undefined, '(redelivery 1)', '(redelivery 2)'])
  },
  120_000,
)

test.skipIf(!hasRedis())(
  'inbox = "notify" tells once in one line, off tells nothing; a watchdog that is killed shows nothing twice',
  async ({ box }) => {
    fleet(box, agent(box, 'a') + agent(box, 'n', 'inbox = "notify"') + agent(box, 'o', 'inbox = "off"'))
    await box.agents('up')
    await Promise.all(['a', 'n', 'o'].map((name) => box.agents('send', name, `to ${name}`)))
    const line = 'watchdog ping: 1 message waits in your inbox. Read it with: agents inbox take'
    await soon(
      box,
      'both are told',
      () => (times(box, 'a', 'to a') > 0 && shown(box, 'n').length > 0) || undefined,
    )
    const { pid } = (await box.status()).watchdog
    process.kill(pid!, 'SIGKILL')
    await soon(box, 'another watchdog', async () => {
      const now = await box.status()
      return (now.watchdog.life === 'up' && now.watchdog.pid !== pid) || undefined
    })
    await box.agents('send', 'a', 'again')
    await soon(box, 'a hears', () => times(box, 'a', 'again') || undefined)
    expect([times(box, 'a', 'to a'), shown(box, 'n'), shown(box, 'o')]).toEqual([1, [line], []])
    expect((await as(box, 'n', 'inbox', 'take')).stdout).toContain('to n')
    await as(box, 'n', 'send', 'supervisor', '--query', 'May I?')
    const told = await box.event(({ kind }) => kind === 'message')
    expect(told).toMatchObject({ agent: 'n', sort: 'query', because: 'May I?' })
    await box.agents('down', 'watchdog')
    const alone = await box.agents('send', 'a', 'later')
    expect([alone.code, alone.stderr]).toEqual([0, expect.stringContaining('no watchdog runs')])
  },
  120_000,
)

test.skipIf(!hasRedis())(
  'what waits behind a person who types is not typed once it is cancelled, given away, settled, given back or switched off',
  async ({ box }) => {
    fleet(box, agent(box, 'a'))
    await box.agents('up')
    await box.agents('pause', 'a')
    box.tmux('send-keys', '-t', '=x-a:', 'I am typing')
    const task = async (text: string) =>
      JSON.parse((await box.agents('assign', 'a', text, '--json')).stdout).task.id as string
    const tasks = [await task('cancel me'), await task('give me away')]
    const read = await box.agents('send', 'a', 'read in the list')
    await box.agents('send', 'a', 'plain')
    await box.agents('resume', 'a')
    await soon(box, 'all are on their way', async () => {
      const { counts } = JSON.parse((await box.agents('inbox', 'a', '--json')).stdout)
      return counts.claimed === 4 || undefined
    })
    const urgent = await box.agents('send', 'a', '--urgent', 'pressing')
    await box.agents('task', 'cancel', tasks[0]!)
    await box.agents('task', 'requeue', tasks[1]!)
    const done = await box.agents('inbox', 'ack', read.stdout, '--of', 'a')
    expect(done.code, done.stderr).toBe(0)
    await soon(box, 'the urgent one is on its way', async () => {
      const { messages } = JSON.parse((await box.agents('inbox', 'a', '--json')).stdout)
      return messages.find(({ id }: { id: string }) => id === urgent.stdout)?.place === 'claimed' || undefined
    })
    box.tmux('send-keys', '-t', '=x-a:', 'Enter')
    await soon(box, 'the rest is shown', () => times(box, 'a', 'plain') || undefined)
    const order = shown(box, 'a').findIndex((text) => text.includes('pressing'))
    expect(order).toBeLessThan(shown(box, 'a').findIndex((text) => text.includes('plain')))
    for (const text of ['cancel me', 'give me away', 'read in the list'])
      expect(times(box, 'a', text)).toBe(0)

    box.tmux('send-keys', '-t', '=x-a:', 'I am typing')
    await box.agents('send', 'a', 'not now')
    await soon(
      box,
      'it waits',
      async () => (await box.agents('outbox')).stdout.includes('begun to type') || undefined,
    )
    fleet(box, agent(box, 'a', 'inbox = "off"'))
    await box.event(({ kind }) => kind === 'config-loaded')
    box.tmux('send-keys', '-t', '=x-a:', 'Enter')
    await soon(
      box,
      'it is back',
      async () => (await box.agents('inbox', 'a')).stdout.includes('inbox = "off" now') || undefined,
    )
    expect(times(box, 'a', 'not now')).toBe(0)
  },
  120_000,
)

test.skipIf(!hasRedis())(
  'INV-13, INV-14: a watchdog killed at any step of a delivery loses nothing, and shows nothing twice unmarked',
  async ({ box }) => {
    fleet(box, agent(box, 'a') + agent(box, 'b'))
    await box.agents('up', 'a', 'b')
    await box.agents('down', 'watchdog')
    const steps = ['inbox.claimed', 'inbox.queued', 'inbox.settled']
    for (const step of steps) {
      const doomed = box.watchdog({ AGENTS_CRASH_AT: step })
      await soon(
        box,
        `${step}: it is enrolled`,
        async () => (await box.agents('inbox', 'a')).code === 0 || undefined,
      )
      expect((await box.agents('send', 'a', `at ${step}`)).code).toBe(0)
      expect(await doomed.ended, step).not.toBe(0)
      const next = box.watchdog()
      await soon(box, `${step}: it is shown`, () => times(box, 'a', `at ${step}`) || undefined)
      await soon(box, `${step}: seen`, async () => {
        const { messages } = JSON.parse((await box.agents('inbox', 'a', '--json')).stdout)
        return messages.every(({ state }: { state: string }) => state === 'seen') || undefined
      })
      const mine = shown(box, 'a').filter((text) => text.includes(`at ${step}`))
      expect(mine.filter((text) => !text.endsWith(')')).length, step).toBeLessThanOrEqual(1)
      process.kill(next.pid, 'SIGTERM')
      await next.ended
    }
  },
  120_000,
)
