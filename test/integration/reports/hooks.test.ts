import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import type { Claim, WhyReport } from '../../../src/core/index.ts'
import { createSandbox, type Sandbox, test } from '../../support/sandbox.ts'
import { agent, watchdog } from '../rows/fleet.ts'

/** A program called claude, first on the search path of the agent. */
function claude(box: Sandbox, table = ''): string {
  mkdirSync(join(box.dir, 'bin'))
  box.write('bin/claude', `#!/bin/sh\nexec ${box.fake('runs-hooks')} "$@"\n`)
  chmodSync(join(box.dir, 'bin/claude'), 0o755)
  const env = `env = { PATH = "${box.dir}/bin:${process.env.PATH}" }\nprompt = "go"\nwatch = "heal"`
  return `${watchdog()}[backend.claude]\nprocess_name = ""\n${table}\n${agent('a', 'claude', env)}`
}

const report = async (box: Sandbox): Promise<Claim | undefined> => {
  const run = await box.agents('why', 'a', '--json')
  return (JSON.parse(run.stdout) as WhyReport).reading?.claims.find(({ source }) => source === 'report')
}

const says = (box: Sandbox, state: string, evidence: string) =>
  box.until(`${state}, ${evidence}`, async () => {
    const claim = await report(box)
    return (claim?.says === state && claim.evidence.startsWith(evidence)) || undefined
  })

const screen = (box: Sandbox): string => box.tmux('capture-pane', '-p', '-J', '-t', '=x-a:').stdout

test('a program that knows hooks is given ours by an option, in a file of this agent alone, and reports by them', async ({
  box,
}) => {
  box.config(claude(box))
  const up = await box.agents('up')
  expect(up.code, up.stdout + up.stderr).toBe(0)
  const file = join(box.dir, 'logs/state/hooks-x-a.json')
  await says(box, 'working', 'its hook UserPromptSubmit says so')
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(settingsOf(await argsOf(box))).toEqual([file.slice(0, 60)])
  const type = (line: string) => box.tmux('send-keys', '-t', '=x-a:', line, 'Enter')
  type('Stop')
  await says(box, 'idle', 'its hook Stop says so')
  type('Notification permission_prompt')
  await says(box, 'asking', 'its hook Notification says so')
  type('StopFailure rate_limit')
  await says(box, 'limited', 'its hook StopFailure says so')
  // They left nothing on its screen and kept it from nothing, also while no watchdog answers.
  await box.agents('down', 'watchdog')
  type('Stop')
  await box.until('the hook ran', () => screen(box).match(/ran Stop {2}exit 0/g)?.length === 2 || undefined)
  expect(screen(box)).not.toMatch(/slow|exit [1-9]|rror/)
  await box.until('it is left', () => box.exists('logs/state/reports/a-hook.json') || undefined)
  await box.agents('up', 'watchdog')
  await says(box, 'idle', 'its hook Stop says so')
}, 60_000)

/** What it was started with; each word cut at 60 characters. */
const argsOf = (box: Sandbox): Promise<string[]> =>
  box.until('its arguments', () => {
    const found = /args (\[.*\])/.exec(screen(box))?.[1]
    return found === undefined ? undefined : (JSON.parse(found) as string[])
  })

const settingsOf = (args: string[]): string[] => args.filter((_, at) => args[at - 1] === '--settings')

test.each([
  ['hooks = false gives none', 'hooks = false', []],
  [
    'a command with settings of its own keeps them, and gets none of ours',
    'flags = "--settings own.json"',
    ['own.json'],
  ],
])(
  '%s',
  async (_, table, settings) => {
    const box = createSandbox()
    onTestFinished(box.end)
    box.config(claude(box, table))
    box.write('own.json', '{}')
    await box.agents('up')
    const args = await argsOf(box)
    expect([settingsOf(args), args.at(-1)]).toEqual([settings, 'go'])
    expect(box.exists('logs/state/hooks-x-a.json')).toBe(false)
    expect(await report(box)).toBeUndefined()
  },
  40_000,
)
