import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { identityPath } from '../../src/daemon/reports/token.ts'
import { claude } from './clis/claude.ts'
import type { Cli } from './clis/cli.ts'
import { codex } from './clis/codex.ts'
import { gemini } from './clis/gemini.ts'
import { opencode } from './clis/opencode.ts'
import { createStubApi, type StubApi } from './stub/api.ts'
import { agentName, createRealFleet, type RealFleet } from './support/fleet.ts'
import { type Installed, installCli } from './support/install.ts'
import { countIn } from './support/texts.ts'

/** What lets each run `agents` without a question; opencode takes it from its own config. */
const flags: Record<string, string> = {
  claude: "--allowedTools 'Bash(agents:*)'",
  codex: '--sandbox workspace-write -c sandbox_workspace_write.network_access=true',
  gemini: '--approval-mode yolo',
  opencode: '',
}

const moreOf = (cli: Cli): string => `
[[agent]]
name = "w"
kind = "worker"
backend = "mine"
watch = "heal"
dir = "work"
${cli.agent}
[backend.mine]
preset = "${cli.name}"
flags = ${JSON.stringify(flags[cli.name])}
[town]
name = "shop"
`

/** A message of the town in a session of each real CLI, and a task in a worker's round. */
describe.sequential.each([claude, codex, gemini, opencode])('the town and $name', (cli) => {
  let installed: Installed
  let api: StubApi
  let fleet: RealFleet

  beforeAll(async () => {
    installed = installCli(cli)
    api = await createStubApi()
    fleet = createRealFleet(cli, installed.binDir, api, moreOf(cli))
    if (cli === opencode) {
      const path = 'work/opencode.json'
      const config = JSON.parse(fleet.box.read(path))
      fleet.box.write(path, JSON.stringify({ ...config, permission: { bash: 'allow' } }))
    }
    await fleet.agents('up')
    await fleet.box.until('the kickoff', () => api.turns()[0], 120_000)
    await fleet.idle()
  })

  afterAll(async () => {
    await fleet?.end()
    await api?.close()
    installed?.remove()
  })

  /** Codex runs commands in a login shell, whose search path is that of the machine alone. */
  const program = () => (cli === codex ? join(fleet.box.dir, 'logs/state/bin/agents') : 'agents')

  const inbox = async () => JSON.parse((await fleet.agents('inbox', agentName, '--json')).stdout)

  test('a message is shown at the end of the turn, once, and acknowledged', async () => {
    api.mode = 'slow'
    await fleet.agents('send', agentName, '--to-pane', 'a long work begins')
    const turn = await fleet.box.until(
      'its turn',
      () => api.turns().find((one) => one.endedAt === undefined && countIn(one.body, 'a long work') > 0),
      60_000,
    )
    const words = 'the letter of the town: `x` $(y) 世界'
    const id = (await fleet.agents('send', agentName, words)).stdout
    const heard = await fleet.box.until(
      `the letter; the screen is ${fleet.screen()}`,
      () => api.turns().find((one) => countIn(one.body, id) > 0),
      90_000,
    )
    expect(countIn(heard.body, words)).toBe(1)
    expect(heard.at).toBeGreaterThanOrEqual(turn.endedAt!)
    api.mode = 'fast'
    await fleet.idle()
    const seen = await fleet.box.until(
      'seen',
      async () => (await inbox()).messages.find((one: { state: string }) => one.state === 'seen'),
      60_000,
    )
    expect([seen.id, seen.presented]).toEqual([id, 1])
    const own = { AGENTS_IDENTITY: identityPath({ stateDir: join(fleet.box.dir, 'logs/state') }, agentName) }
    const acked = await fleet.box.agentsWith(own, 'inbox', 'ack', id)
    expect(acked.code, acked.stderr).toBe(0)
    expect((await inbox()).messages).toEqual([])
  })

  test('a round of a worker completes a task by the program itself', async () => {
    api.mode = 'hang'
    const { task } = JSON.parse((await fleet.agents('assign', 'w', 'paint the fence', '--json')).stdout)
    api.command = `${program()} task complete ${task.id} --result painted`
    api.mode = 'tool'
    const output = () => {
      const log = fleet.box.exists('logs/x-w.log') ? fleet.box.read('logs/x-w.log') : ''
      const out = fleet.box.exists('logs/worker/w/round-1.out')
        ? fleet.box.read('logs/worker/w/round-1.out')
        : ''
      return `${log}\n${out}`.slice(-3000)
    }
    const waited = await fleet.agents('task', 'wait', task.id, '--timeout', '90s')
    expect(waited.code, output()).toBe(0)
    const shown = JSON.parse((await fleet.agents('task', 'show', task.id, '--json')).stdout)
    expect(shown.task).toMatchObject({ state: 'completed', result: 'painted' })
    const prompt = fleet.box.read('logs/worker/w/round-1.prompt.md')
    expect(prompt).toContain('paint the fence')
    expect(api.turns().some(({ body }) => countIn(body, 'paint the fence') > 0)).toBe(true)
    await fleet.box.until(
      'the round is over',
      () => fleet.box.read('logs/x-w.log').includes('round 1: done') || undefined,
      60_000,
    )
    console.log(`  ${cli.name} ${installed.version}:\n${output().slice(-700)}`)
  })

  test('a round at a usage limit holds the account at once, and its task is done after it', async () => {
    api.resetAt = new Date(Date.now() + 30 * 60_000)
    api.mode = 'limit'
    const began = Date.now()
    const { task } = JSON.parse((await fleet.agents('assign', 'w', 'paint the gate', '--json')).stdout)
    const limit = await fleet.box.until(
      `the limit; the output is\n${fleet.box.read('logs/x-w.log')}`,
      () => fleet.box.events().find(({ kind, agent }) => kind === 'limit' && agent === 'w'),
      120_000,
    )
    console.log(`  ${cli.name} ${installed.version}: held after ${Date.now() - began} ms, ${limit.because}`)
    api.command = `${program()} task complete ${task.id} --result painted`
    api.mode = 'tool'
    await fleet.agents('resume', 'w')
    const waited = await fleet.agents('task', 'wait', task.id, '--timeout', '90s')
    expect(waited.code, fleet.box.read('logs/x-w.log')).toBe(0)
  })

  test('what it sends from inside a round is its own word', async () => {
    api.command = `${program()} send supervisor --query "which colour?"`
    api.mode = 'tool'
    await fleet.agents('send', 'w', 'ask me something')
    const asked = await fleet.box.until(
      `the question; the output is\n${fleet.box.read('logs/x-w.log')}`,
      async () => {
        const { messages } = JSON.parse((await fleet.agents('inbox', 'supervisor', '--json')).stdout)
        return messages.find(({ text }: { text: string }) => text === 'which colour?')
      },
      90_000,
    )
    expect(asked.from.name).toBe('w')
  })
})
