import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import type { MessageReport } from '../../../src/core/index.ts'
import { heard } from '../../support/heard.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { takesTurns } from '../../support/turns.ts'

const RECORD = 'a.record'

/** One agent with turns; `steers` and the key that ends a turn as given. */
function fleet(box: Sandbox, over: { backend?: string; watchdog?: string } = {}): void {
  box.config(`
[watchdog]
${over.watchdog ?? ''}
${takesTurns(box, `queued_re = 'kept for later'\n${over.backend ?? ''}`)}
[[agent]]
name = "a"
backend = "t"
watch = "heal"
env = { AGENT_RECORD = "${box.dir}/${RECORD}", AGENT_WORK_MS = "300", AGENT_HOLD = "${box.dir}/hold" }
`)
}

async function ready(box: Sandbox): Promise<void> {
  await box.until(
    'its composer',
    () => box.tmux('capture-pane', '-p', '-t', '=x-a:').stdout.includes('Ready') || undefined,
  )
}

const sent = (stdout: string): MessageReport => (JSON.parse(stdout) as { message: MessageReport }).message

async function outbox(box: Sandbox): Promise<MessageReport[]> {
  const run = await box.agents('outbox', 'a', '--json')
  expect(run.code).toBe(0)
  return (JSON.parse(run.stdout) as { messages: MessageReport[] }).messages
}

describe('agents send', () => {
  test('types it as it is, proves that it was taken, and tells each step with its time', async ({ box }) => {
    fleet(box)
    await box.agents('up')
    await ready(box)
    const text = 'first line; `x` $(y) #{z}\n\n  third "line" \\n — ünïcödé 世界 🙂'
    const run = await box.agents('send', 'a', '--wait', '--json', text)
    expect(run.code, run.stderr).toBe(0)
    const message = sent(run.stdout)
    expect(message).toMatchObject({ agent: 'a', kind: 'send', state: 'seen', presented: 1 })
    const times = [message.queuedAt, message.stagedAt!, message.submittedAt!, message.seenAt!]
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(heard(box, RECORD)).toEqual([text])
    await box.event((event) => event.kind === 'ping-seen' && event.id === message.id)
    const kinds = box.events().filter((event) => event.id === message.id)
    expect(kinds.map((event) => event.kind)).toEqual([
      'ping-queued',
      'ping-staged',
      'ping-submitted',
      'ping-seen',
    ])
  }, 40_000)

  test('the same id is one message; several stand in order', async ({ box }) => {
    fleet(box)
    await box.agents('up')
    await ready(box)
    for (const word of ['one', 'two', 'three']) await box.agents('send', 'a', '--id', word, word)
    const again = await box.agents('send', 'a', '--id', 'two', '--wait=seen', 'two')
    expect([again.code, again.stdout]).toEqual([0, 'two'])
    await box.until('all three', () => heard(box, RECORD).length === 3 || undefined)
    expect(heard(box, RECORD)).toEqual(['one', 'two', 'three'])
  }, 40_000)

  test('without a watchdog it is typed by the command itself', async ({ box }) => {
    fleet(box)
    await box.agents('up', 'a')
    await ready(box)
    const run = await box.agents('send', 'a', '--wait=submitted', '--timeout', '20s', 'hello')
    expect(run.code, run.stderr).toBe(0)
    expect(heard(box, RECORD)).toEqual(['hello'])
    expect((await outbox(box)).map((one) => one.state)).toEqual([expect.stringMatching(/submitted|seen/)])
  }, 40_000)

  test('a message that cannot be typed stays in line, and says why', async ({ box }) => {
    fleet(box)
    const stopped = await box.agents('send', 'a', '--wait', '--timeout', '300ms', 'later')
    expect(stopped.code).toBe(124)
    expect(stopped.stderr).toContain('its agent does not run')
    await box.agents('up')
    await box.until('it arrives', () => heard(box, RECORD)[0])
    await box.agents('pause', 'a')
    await box.agents('send', 'a', 'held back')
    const [, waiting] = await outbox(box)
    expect(waiting).toMatchObject({ state: 'queued', why: 'its agent is paused', presented: 0 })
    expect((await box.agents('outbox', '--withdraw', waiting!.id)).code).toBe(0)
    expect((await box.agents('send', 'a', '--id', waiting!.id, '--wait', 'held back')).code).toBe(1)
  }, 40_000)

  test('wrong words are told at once: an unknown agent, an empty text, a missing file', async ({ box }) => {
    fleet(box)
    expect((await box.agents('send', 'nobody', 'x')).code).toBe(2)
    expect((await box.agents('send', 'a', ' \u0007 ')).code).toBe(2)
    expect((await box.agents('send', 'a')).code).toBe(2)
    expect((await box.agents('send', 'a', '--file', 'nowhere')).code).toBe(2)
    expect((await box.agents('send', 'a', '--mode', 'shout', 'x')).code).toBe(2)
    expect((await box.agents('outbox', 'nobody')).code).toBe(2)
    expect((await box.agents('ack', 'nothing')).code).toBe(2)
  }, 40_000)

  test('a long text becomes a file of its own, byte for byte, and the message names it', async ({ box }) => {
    fleet(box, { watchdog: 'message_inline = 300' })
    await box.agents('up')
    await ready(box)
    const long = `${'a long brief\u0007\n'.repeat(60)}end`
    box.write('brief', long)
    const run = await box.agents('send', 'a', '--wait', '--json', '--file', 'brief')
    const { file, text } = sent(run.stdout)
    expect(box.read(file!.slice(box.dir.length + 1))).toBe(long)
    expect(heard(box, RECORD)).toEqual([text])
    expect(text).toContain(file)
  }, 40_000)

  test('an agent acknowledges what it was told', async ({ box }) => {
    fleet(box)
    await box.agents('up')
    await ready(box)
    const waiting = box.agents('send', 'a', '--id', 'brief-1', '--wait', 'acknowledged', 'read this')
    const told = await box.until('it is told how', () => heard(box, RECORD)[0])
    expect(told).toContain('agents ack brief-1')
    expect((await box.agentsWith({ AGENTS_CONFIG: `${box.dir}/agents.toml` }, 'ack', 'brief-1')).code).toBe(0)
    expect((await waiting).code).toBe(0)
    expect((await box.agents('ack', 'brief-1')).code).toBe(0)
  }, 40_000)
})

describe('while a turn runs', () => {
  const keys = 'steers = true\ninterrupt_key = "Escape"'
  type Line = { at: number; text?: string; during?: boolean; interrupted?: boolean }
  const lines = (box: Sandbox): Line[] =>
    box
      .read(RECORD)
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line)

  async function working(box: Sandbox, over: Parameters<typeof fleet>[1]): Promise<void> {
    fleet(box, over)
    await box.agents('up')
    await ready(box)
    box.write('hold', '')
    await box.agents('send', 'a', '--wait=submitted', 'the work')
    await box.until(
      'its turn',
      async () => (await box.status()).agents[0]?.reading === 'working' || undefined,
    )
  }

  test('a message waits for its end; one that steers goes in at once, and both are proven', async ({
    box,
  }) => {
    await working(box, { backend: keys })
    await box.agents('send', 'a', '--id', 'later', 'for later')
    const [, later] = await outbox(box)
    expect(later).toMatchObject({ state: 'queued', presented: 0 })
    expect(later?.why).toMatch(/^it works; the message waits for the end of its turn/)
    const steer = await box.agents('send', 'a', '--mode', 'steer', '--wait', '--json', 'turn left')
    expect(sent(steer.stdout)).toMatchObject({ state: 'seen', seenBy: 'queue-marker' })
    rmSync(`${box.dir}/hold`)
    await box.until('all of it', () => lines(box).length === 3 || undefined, 20_000)
    expect(lines(box).map(({ text, during }) => [text, during])).toEqual([
      ['the work', false],
      ['turn left', true],
      ['for later', false],
    ])
  }, 60_000)

  test('one that interrupts ends the turn with one key, and is typed then', async ({ box }) => {
    await working(box, { backend: keys })
    const run = await box.agents('send', 'a', '--mode', 'interrupt', '--wait=submitted', 'stop it')
    expect(run.code, run.stderr).toBe(0)
    expect(lines(box).map(({ text, interrupted }) => text ?? interrupted)).toEqual([
      'the work',
      true,
      'stop it',
    ])
  }, 60_000)

  test('where the program is not known to take either, they wait and say so; at rest no key is pressed', async ({
    box,
  }) => {
    await working(box, {})
    const run = await box.agents('send', 'a', '--mode', 'steer', '--wait', '--timeout', '300ms', 'turn left')
    expect(run.code).toBe(124)
    expect(run.stderr).toContain('waits for the end of its turn')
    const waits = await box.agents(
      'send',
      'a',
      '--mode',
      'interrupt',
      '--wait',
      '--timeout',
      '300ms',
      'stop it',
    )
    expect(waits.code).toBe(124)
    rmSync(`${box.dir}/hold`)
    await box.until('both', () => lines(box).length === 3 || undefined, 20_000)
    expect(lines(box).some(({ interrupted }) => interrupted)).toBe(false)
  }, 60_000)
})

describe('a person at the terminal', () => {
  test('has it for themselves until their keys are some time ago', async ({ box }) => {
    fleet(box, { watchdog: 'typing_grace = "6s"' })
    await box.agents('up')
    await ready(box)
    // A terminal of its own: a window of the same server that attaches to the agent's session.
    box.tmux('new-session', '-d', '-s', 'person', '-x', '120', '-y', '30')
    box.tmux('send-keys', '-t', 'person', `env -u TMUX tmux -S ${box.dir}/s attach -t =x-a`, 'Enter')
    await box.until(
      'they are there',
      async () => box.tmux('list-clients', '-t', '=x-a').stdout !== '' || undefined,
    )
    await sleep(2_500)
    box.tmux('send-keys', '-t', 'person', 'Left')
    const from = Date.now()
    await box.agents('send', 'a', '--id', 'polite', 'when you have a moment')
    const [waiting] = await box.until('it waits', async () => {
      const all = await outbox(box)
      return all[0]?.why === undefined ? undefined : all
    })
    expect(waiting).toMatchObject({ state: 'queued', presented: 0 })
    expect(waiting?.why).toContain('somebody is attached')
    await box.until('it is typed', () => heard(box, RECORD)[0], 30_000)
    expect(Date.now() - from).toBeGreaterThan(3_000)
  }, 60_000)
})
