import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { MessageReport } from '../../src/core/index.ts'
import { claude } from './clis/claude.ts'
import { codex } from './clis/codex.ts'
import { gemini } from './clis/gemini.ts'
import { opencode } from './clis/opencode.ts'
import { createStubApi, type StubApi } from './stub/api.ts'
import { agentName, createRealFleet, type RealFleet } from './support/fleet.ts'
import { type Installed, installCli } from './support/install.ts'
import { countIn } from './support/texts.ts'

/** A command of the CLI itself that asks no model and leaves no dialog open. */
const commands = { claude: '/clear', codex: '/status', gemini: '/about', opencode: '/compact' } as const

/** `agents send` to each real CLI: seen by proof, pickers, steering, interrupting. */
describe.sequential.each([claude, codex, gemini, opencode])('messages to $name', (cli) => {
  let installed: Installed
  let api: StubApi
  let fleet: RealFleet
  const said: string[] = []

  beforeAll(async () => {
    installed = installCli(cli)
    api = await createStubApi()
    fleet = createRealFleet(cli, installed.binDir, api)
    fleet.box.write('work/README.md', 'hello\n')
    await fleet.agents('up')
    await fleet.box.until('the kickoff', () => api.turns()[0], 120_000)
    await fleet.idle()
  })

  afterAll(async () => {
    await fleet?.end()
    await api?.close()
    installed?.remove()
    console.log(said.map((line) => `  ${cli.name} ${installed?.version}: ${line}`).join('\n'))
  })

  async function send(...args: string[]): Promise<{ code: number; message: MessageReport }> {
    const run = await fleet.agents('send', agentName, '--json', '--timeout', '40s', ...args)
    const message = (JSON.parse(run.stdout) as { message: MessageReport }).message
    const { submittedAt, queuedAt, seenAt, seenBy, presented, why } = message
    const when = (at?: number) => (at === undefined ? 'never' : `after ${at - queuedAt} ms`)
    said.push(
      `${args.at(-1)!.slice(0, 30)}: submitted ${when(submittedAt)}, seen ${when(seenAt)} ` +
        `${seenBy ?? ''}, typed ${presented}x ${why ?? ''}`,
    )
    return { code: run.code, message }
  }

  const inOneTurn = (text: string) =>
    fleet.box.until(
      `${text} in a request; the screen is\n${fleet.screen()}`,
      () => api.turns().find((one) => countIn(one.body, text) > 0),
      60_000,
    )

  test('one of several paragraphs is seen, by proof, once', async () => {
    const text = 'first paragraph; `x` $(y) #{z}\n\nsecond: "quoted" \\n and 世界 🙂'
    const { code, message } = await send('--wait=seen', text)
    expect([code, message.state, message.presented]).toEqual([0, 'seen', 1])
    await inOneTurn(text)
    await fleet.idle()
  })

  test.each(['look at @README.md', 'look at @README.md and say what it says'])(
    '%s: no picker keeps the submit key',
    async (text) => {
      const { code } = await send('--wait=seen', text)
      expect(code, fleet.screen()).toBe(0)
      await inOneTurn(text.slice(0, 8))
      await fleet.idle()
    },
  )

  test('what looks like a command and is none arrives, or is said to be refused and is out of the way', async () => {
    const { code, message } = await send('--wait=seen', '/tmp is a folder, is it not?')
    if (code === 0) await inOneTurn('is a folder, is it not?')
    else expect(message).toMatchObject({ state: 'failed', presented: 1 })
    expect((await send('--wait=seen', 'and on it goes')).code, fleet.screen()).toBe(0)
    await inOneTurn('and on it goes')
    await fleet.idle()
  })

  test('a command of the program is carried out', async () => {
    const command = commands[cli.name as keyof typeof commands]
    const { code } = await send('--wait=submitted', command)
    expect(code, fleet.screen()).toBe(0)
    said.push(`after ${command}:\n${fleet.screen()}`)
    fleet.key('Escape')
    await fleet.idle()
  })

  test('a message for later waits; one that steers goes into the turn', async () => {
    api.mode = 'slow'
    await send('--wait=submitted', 'a long work begins')
    await fleet.box.until('its turn', () => api.busy() || undefined, 30_000)
    await fleet.agents('send', agentName, '--id', 'for-later', 'this one is for later')
    if (cli === claude || cli === codex) {
      const steer = await send('--mode', 'steer', '--wait=seen', 'turn left please')
      expect(steer.code, fleet.screen()).toBe(0)
      expect(steer.message.submittedAt! - steer.message.queuedAt).toBeLessThan(8_000)
    }
    const later = await fleet.box.until(
      'the later one',
      () => api.turns().find((one) => countIn(one.body, 'this one is for later') > 0),
      90_000,
    )
    expect(later.at).toBeGreaterThan(0)
    api.mode = 'fast'
    await fleet.idle()
  })

  test('one that interrupts ends the turn and is heard', async () => {
    api.mode = 'hang'
    await send('--wait=submitted', 'a work without end')
    await fleet.box.until(
      'its turn',
      async () => (await fleet.report()).reading === 'working' || undefined,
      30_000,
    )
    api.mode = 'fast'
    const stop = await send('--mode', 'interrupt', '--wait=seen', 'stop that, and say so')
    expect(stop.code, fleet.screen()).toBe(0)
    await inOneTurn('stop that, and say so')
    await fleet.idle()
  })
})
