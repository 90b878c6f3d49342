import { chmodSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa, execaSync } from 'execa'
import { describe, expect, onTestFinished } from 'vitest'
import { createStateStore } from '../../../src/adapters/files/state-store.ts'
import { runService } from '../../../src/daemon/service-run.ts'
import { prefix, type Sandbox, test } from '../../support/sandbox.ts'
import { readUnit, type UnitFile } from '../../support/unit-file.ts'

const fleet = `[watchdog]
signal_interval = 1
[backend.b]
bin = "sleep 1000"
prompt_delivery = "exec"
[[agent]]
name = "watched"
backend = "b"
watch = "heal"
[[agent]]
name = "lonely"
backend = "b"
[[agent]]
name = "downed"
backend = "b"
watch = "heal"
[[agent]]
name = "downed-too"
backend = "b"
[[agent]]
name = "asleep"
backend = "b"
enabled = false
[[service]]
name = "web"
command = "sleep 1000"
[[service]]
name = "off"
command = "sleep 1000"
`
const everybody = ['watched', 'lonely', 'downed', 'downed-too', 'asleep', 'web', 'off', 'watchdog']
const up = (box: Sandbox): string[] => everybody.filter((name) => box.pid(name) !== undefined)

/** The fleet as somebody left it: everything up but what was taken down by name. */
async function leaveIt(box: Sandbox): Promise<void> {
  box.config(fleet)
  await box.agents('up')
  await box.agents('down', 'downed', 'downed-too', 'off', '--grace', '0')
  expect(up(box)).toEqual(['watched', 'lonely', 'web', 'watchdog'])
}

/** What a power cut leaves: no process, and the files. */
async function cutPower(box: Sandbox): Promise<void> {
  const server = Number(box.tmux('display-message', '-p', '#{pid}').stdout)
  const { pid } = (await box.status()).watchdog
  const panes = box.tmux('list-panes', '-a', '-F', '#{session_name} #{pane_pid}').stdout.split('\n')
  // The loop around the watchdog goes first, and all in one breath: nobody is to notice and mend anything.
  const sorted = [...panes].sort((a, b) => Number(b.includes('watchdog')) - Number(a.includes('watchdog')))
  const loopFirst = sorted.map((line) => Number(line.split(' ')[1]))
  const all = [loopFirst[0] ?? 0, pid ?? 0, server, ...loopFirst.slice(1)].filter((each) => each > 1)
  execaSync('kill', ['-9', ...all.map(String)], { reject: false })
  await box.until('nobody is left', () => box.tmux('list-sessions').code !== 0 || undefined)
}

/** Another boot id in what the watchdog remembered. */
async function bootAnew(box: Sandbox): Promise<void> {
  const store = createStateStore(join(box.dir, 'logs/state'))
  const loaded = await store.load('memory.json', (value) => value as { boot: string; memory: object })
  if (loaded.kind !== 'ok') throw new Error(JSON.stringify(loaded))
  await store.save('memory.json', { ...loaded.value, boot: 'another-boot' })
}

interface Running {
  /** What it printed so far. */
  said(): string
  /** SIGTERM, as a service manager does; its status. */
  stop(): Promise<number>
}

/** What `install` would put in place. */
async function printUnit(box: Sandbox): Promise<UnitFile> {
  const printed = await box.agents('service', 'install', '--print')
  expect(printed.code).toBe(0)
  return readUnit(`${printed.stdout}\n`)
}

/** Runs exactly what the unit says, with what it says of its environment and little else. */
function start(box: Sandbox, { argv, env }: UnitFile, more: Record<string, string> = {}): Running {
  const [file = '', ...args] = argv
  const child = execa(file, args, {
    cwd: '/',
    env: { HOME: box.dir, AGENTS_SANDBOX: box.dir, ...env, ...more },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    all: true,
    buffer: false,
  })
  let said = ''
  child.all?.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  const ended = child.then((done) => done.exitCode ?? -1)
  onTestFinished(() => void child.kill('SIGKILL'))
  return {
    said: () => said,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

const runUnit = async (box: Sandbox, more?: Record<string, string>): Promise<Running> =>
  start(box, await printUnit(box), more)

describe('the command of the unit', () => {
  test('after a reboot brings back what was wanted, watched or not, and leaves down what was taken down', async ({
    box,
  }) => {
    await leaveIt(box)
    await cutPower(box)
    await bootAnew(box)
    expect(up(box)).toEqual([])
    const unit = await runUnit(box)
    const wanted = ['watched', 'lonely', 'web', 'watchdog']
    await box.until('all are back', () => up(box).length === wanted.length || undefined, 20_000)
    await box.until('it says so', () => unit.said().includes('brought back') || undefined)
    expect(up(box)).toEqual(wanted)
    const status = await box.status()
    expect(status.watchdog.life).toBe('up')
    expect(status.attention).toEqual([])
    expect(status.agents.find((agent) => agent.name === 'watched')?.restarts).toBe(0)
    const pids = wanted.map(box.pid)
    expect(await unit.stop()).toBe(0)
    await sleep(300)
    expect(wanted.map(box.pid)).toEqual(pids)
  }, 60_000)

  test('in the same boot brings the watchdog back, which starts what it watches', async ({ box }) => {
    await leaveIt(box)
    await cutPower(box)
    const unit = await runUnit(box)
    await box.until('they are back', () => up(box).length === 2 || undefined, 20_000)
    await box.until('it says so', () => unit.said().includes('brought back') || undefined)
    expect(up(box)).toEqual(['watched', 'watchdog'])
    await unit.stop()
  }, 60_000)

  test('starts nothing where everything was taken down, until somebody brings it up', async ({ box }) => {
    await leaveIt(box)
    await box.agents('down', '--grace', '0')
    await bootAnew(box)
    const unit = await runUnit(box)
    await sleep(2_500)
    expect(up(box)).toEqual([])
    await box.agents('up')
    expect(up(box)).toContain('watchdog')
    expect(unit.said()).toBe('')
    expect(await unit.stop()).toBe(0)
  }, 60_000)

  test('with a config that was broken meanwhile goes on with the last good one', async ({ box }) => {
    await leaveIt(box)
    const unit = await printUnit(box)
    await cutPower(box)
    await bootAnew(box)
    box.write('agents.toml', `${box.read('agents.toml')}\nnonsense = [`)
    const running = start(box, unit)
    await box.until('all are back', () => up(box).length === 4 || undefined, 20_000)
    const status = await box.agents('status', '--json')
    expect(JSON.parse(status.stdout)).toMatchObject({ config: { stale: true } })
    await running.stop()
  }, 60_000)

  test('puts the tmux server into a scope of its own where systemd-run works, and does without where not', async ({
    box,
  }) => {
    await leaveIt(box)
    box.write(
      'systemd-run',
      `#!/bin/sh\necho "$@" >> ${box.dir}/scopes\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n`,
    )
    chmodSync(join(box.dir, 'systemd-run'), 0o755)
    const PATH = `${box.dir}:${process.env.PATH}`
    await cutPower(box)
    const first = await runUnit(box, { PATH })
    await box.until('it is back', () => up(box).includes('watched') || undefined, 20_000)
    expect(readFileSync(join(box.dir, 'scopes'), 'utf8')).toMatch(
      /^--user --scope --quiet --collect -- \S*true\n--user --scope --quiet --collect -- \S*tmux -u -f \/dev\/null -S \S+ start-server ; source-file -\n/,
    )
    await box.until('it says so', () => first.said().includes('brought back') || undefined)
    await first.stop()
    box.write('systemd-run', '#!/bin/sh\necho no bus >&2\nexit 1\n')
    await cutPower(box)
    const second = await runUnit(box, { PATH })
    await box.until('it is back', () => up(box).includes('watched') || undefined, 20_000)
    await second.stop()
  }, 60_000)

  test('hands on the keys of ~/.config/agents/env, if nobody else can read it', async ({ box }) => {
    box.config(
      `[backend.b]\nbin = "env > seen; sleep 1000"\nprompt_delivery = "exec"\npass_env = ["MY_KEY"]\n[[agent]]\nname = "watched"\nbackend = "b"\nwatch = "heal"\n`,
    )
    await box.agents('up')
    await cutPower(box)
    execaSync('mkdir', ['-p', join(box.dir, '.config/agents')])
    box.write('.config/agents/env', 'MY_KEY="a key"\n')
    chmodSync(join(box.dir, '.config/agents/env'), 0o644)
    const first = await runUnit(box)
    await box.until('it is back', () => up(box).includes('watched') || undefined, 20_000)
    expect(first.said()).toContain('is not used')
    await box.until('it says so', () => first.said().includes('brought back') || undefined)
    expect(box.read('seen')).not.toContain('MY_KEY')
    await first.stop()
    chmodSync(join(box.dir, '.config/agents/env'), 0o600)
    await cutPower(box)
    const second = await runUnit(box)
    await box.until('it has its key', () => box.read('seen').includes('MY_KEY=a key') || undefined, 20_000)
    await second.stop()
  }, 60_000)

  test('brings a watchdog back that went with its loop; a failure is said once and tried again', async ({
    box,
  }) => {
    await leaveIt(box)
    const said: string[] = []
    const stop = new AbortController()
    const running = runService({
      configPath: join(box.dir, 'agents.toml'),
      stateDir: join(box.dir, 'logs/state'),
      env: { PATH: process.env.PATH, HOME: box.dir, AGENTS_SANDBOX: box.dir },
      program: { node: process.execPath, entry: resolve('dist/agents.js') },
      scopeNow: async () => [],
      print: (text) => void said.push(text),
      signal: stop.signal,
      everyMs: 100,
    })
    const endWatchdog = async (): Promise<void> => {
      const { pid } = (await box.status()).watchdog
      const loop = box.tmux('list-panes', '-t', `=${prefix}watchdog:`, '-F', '#{pane_pid}').stdout
      execaSync('kill', ['-9', loop, String(pid)])
    }
    const pids = [box.pid('watched'), box.pid('lonely')]
    await endWatchdog()
    await box.until(
      'it is back',
      () => said.some((text) => text.startsWith('brought back')) || undefined,
      20_000,
    )
    expect([box.pid('watched'), box.pid('lonely')]).toEqual(pids)
    const good = box.read('agents.toml')
    said.length = 0
    await endWatchdog()
    box.write('agents.toml', 'nonsense = [')
    rmSync(join(box.dir, 'logs/state/config.last-good.toml'), { force: true })
    await box.until('it says why not', () => said[0], 20_000)
    // Some tries, each later than the one before.
    await sleep(2_000)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('agents.toml')
    box.write('agents.toml', good)
    await box.until('it is back', () => said[1]?.startsWith('brought back') || undefined, 20_000)
    stop.abort()
    await running
    expect([box.pid('watched'), box.pid('lonely')]).toEqual(pids)
  }, 90_000)
})
