import { expect } from 'vitest'
import { identityPath } from '../../../src/daemon/reports/token.ts'
import { hasRedis } from '../../support/redis.ts'
import { type Run, test } from '../../support/sandbox.ts'
import { agent, backend, watchdog } from '../rows/fleet.ts'

const listed = (run: Run) =>
  JSON.parse(run.stdout) as {
    counts: Record<string, number>
    messages: { id: string; place: string; text: string; from: { name: string }; before: number }[]
  }

test.skipIf(!hasRedis())(
  'rows 13, 91, 120: messages between agents and people by their verbs; who has no proof is nobody',
  async ({ box }) => {
    const off = 'watch = "heal"\ninbox = "off"'
    const strips =
      'env -i PATH="$PATH" HOME="$HOME" agents send a bare > bare.txt 2>&1; echo "$?" >> bare.txt'
    const bare = `until [ -e go ]; do sleep 0.1; done; ${strips}; exec sleep 1000`
    const fleet =
      backend('q', 'exec sleep 1000') + backend('r', bare) + agent('a', 'q', off) + agent('b', 'r', off)
    box.config(`${watchdog()}[town]\n${fleet}`)
    await box.agents('up')
    const as = (name: string, ...argv: string[]) =>
      box.agentsWith({ AGENTS_IDENTITY: identityPath({ stateDir: `${box.dir}/logs/state` }, name) }, ...argv)

    const first = await box.agents('send', 'a', 'one\u001b[31m', '--id', 'm-1')
    expect([first.code, first.stderr], first.stderr).toEqual([
      0,
      'inbox = "off" for a: the message waits in its inbox\nqueued',
    ])
    expect((await box.agents('send', 'a', 'one again', '--id', 'm-1')).stdout).toBe(first.stdout)
    await as('b', 'send', 'a', '--query', 'two?')
    await as('b', 'send', 'a', '--urgent', 'three')
    const people = await box.agents('inbox', 'a')
    expect(people.stdout).toContain('one\\x1b[31m')
    expect(listed(await box.agents('inbox', 'a', '--json'))).toMatchObject({
      counts: { inbox: 2, urgent: 1, claimed: 0, dead: 0 },
      messages: [
        { place: 'urgent', text: 'three', from: { name: 'b' } },
        { place: 'inbox', text: 'one\u001b[31m', from: { name: 'supervisor' } },
        { place: 'inbox', text: 'two?' },
      ],
    })

    // Nobody speaks as another one, whatever the flag or the environment says.
    const nobody = await Promise.all([
      as('b', 'send', 'a', 'x', '--from', 'a'),
      box.agents('send', 'a', 'x', '--from', 'b'),
      box.agentsWith({ AGENTS_TOKEN: 'b.0.AAAA' }, 'send', 'a', 'x'),
      box.agentsWith({ AGENTS_SELF: 'no one' }, 'inbox', 'take'),
    ])
    for (const run of nobody)
      expect([run.code, run.stderr]).toEqual([2, expect.stringContaining('Nothing was')])
    if (process.platform === 'linux') {
      box.write('go', '')
      const said = await box.until('b without its environment', () => {
        const text = box.exists('bare.txt') ? box.read('bare.txt') : ''
        return /^\d+$/m.test(text) ? text : undefined
      })
      expect(said).toMatch(/Nothing was done[\s\S]*\n2\n$/)
    }
    const unknown = [
      ['send', 'nobody', 'x'],
      ['inbox', 'nobody'],
      ['send', 'a', '--query', '--info', 'x'],
      ['inbox', 'ack', 'ffff'],
      ['inbox', 'what', 'ever'],
    ].map((argv) => box.agents(...argv))
    for (const run of await Promise.all([...unknown, as('a', 'send', 'a', 'to myself')]))
      expect([run.code, run.stdout]).toEqual([2, ''])

    const taken = listed(await as('a', 'inbox', 'take', '2', '--json')).messages
    expect(taken.map(({ text }) => text)).toEqual(['three', 'one\u001b[31m'])
    const [three, one] = taken.map(({ id }) => id) as [string, string]
    const acked = await as('a', 'inbox', 'ack', three.slice(0, 8))
    expect([acked.code, acked.stdout]).toEqual([0, `${three} is acknowledged`])
    expect((await as('a', 'ack', three)).stdout).toBe(`${three} is acknowledged`)
    expect((await as('b', 'inbox', 'ack', one)).code).toBe(2)
    for (let round = 0; round < 2; round++) {
      expect((await as('a', 'inbox', 'nack', one, '--reason', 'too early')).stdout).toContain('is back')
      const [again] = listed(await as('a', 'inbox', 'take', '1', '--json')).messages
      expect(again).toMatchObject({ id: one, before: round + 1 })
    }
    expect((await as('a', 'inbox', 'nack', one)).stdout).toContain('dead letter')
    expect((await box.agents('inbox', 'dead', 'a')).stdout).toContain(one)
    const told = listed(await box.agents('inbox', 'supervisor', '--json')).messages
    expect(told).toMatchObject([{ text: expect.stringContaining(`message ${one} to a is a dead letter`) }])
    expect((await as('b', 'inbox', 'dead', 'a', '--requeue', one)).code).toBe(2)
    expect((await box.agents('inbox', 'dead', 'a', '--requeue', one.slice(0, 6))).code).toBe(0)
    expect((await as('a', 'inbox', 'take', '1')).stdout).toContain('from b, type query')

    // A thread: the answer goes to the sender of the question, and its answer to who answered.
    const { messages } = listed(await as('a', 'inbox', '--json'))
    const question = messages.find(({ text }) => text === 'two?')!.id
    const answer = await as('a', 'send', '--reply-to', question, '42')
    expect(answer.code, answer.stderr).toBe(0)
    const reply = await as('b', 'send', '--reply-to', answer.stdout, '--ack', 'thanks')
    expect(reply.code, reply.stderr).toBe(0)
    const inbox = await box.agents('inbox', 'a', '--json')
    expect(listed(inbox).messages).toContainEqual(
      expect.objectContaining({
        thread: question,
        type: 'confirmation',
        from: expect.objectContaining({ name: 'b' }),
      }),
    )
    expect((await box.agents('inbox', '--all')).stdout).toMatch(/AGENT.*\n a .*\n b .*\n supervisor/)

    // Without its Redis a sender gets an error, and no id.
    const late = await box.agentsWith({ REDIS_URL: 'redis://127.0.0.1:1/0' }, 'send', 'a', 'x')
    expect([late.code, late.stdout]).toEqual([1, ''])
    expect(late.stderr).toContain('127.0.0.1:1')
  },
  120_000,
)
