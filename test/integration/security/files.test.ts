import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, replaced, watchdog } from '../rows/fleet.ts'

const program = resolve('dist/agents.js')
const echo = (box: Sandbox) => backend('echo', box.fake('echoes-lines'), "composer_re = '> '")

const modesBelow = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).flatMap((name) => {
    const seen = lstatSync(join(root, name))
    // The launchers of `agents` and `tt` are programs.
    const wanted = seen.isDirectory() || dirname(name) === 'state/bin' ? 0o700 : 0o600
    // A link has no mode of its own.
    return seen.isSymbolicLink() || (seen.mode & 0o777 & ~wanted) === 0
      ? []
      : [`${name} ${(seen.mode & 0o777).toString(8)}`]
  })

test('under umask 000 every file below the log folder is 0600 and every folder 0700, through a whole life', async ({
  box,
}) => {
  box.write('wake.md', 'look')
  box.config(
    watchdog('log_max = "4KB"\nlimit_probe_fallback = 60') +
      echo(box) +
      backend('limited', box.fake('shows-limit'), "limit_re = 'usage limit'\nstall_idle = 600") +
      backend('talks', 'while :; do seq 300; sleep 0.3; done') +
      agent('a', 'echo', 'watch = "heal"\nprompt = "go"\nwake = { prompt_file = "wake.md", interval = 1 }') +
      agent('b', 'talks') +
      agent('c', 'limited', 'watch = "heal+stall"\nenv = { AGENT_BANNER = "usage limit" }') +
      '[[service]]\nname = "web"\ncommand = "while :; do date; sleep 0.2; done"\n',
  )
  const open = (...args: string[]) =>
    spawnSync('sh', ['-c', 'umask 000; exec "$@"', 'sh', process.execPath, program, ...args], {
      cwd: box.dir,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: box.dir,
        LANG: 'C.UTF-8',
        TERM: 'xterm',
        AGENTS_SANDBOX: box.dir,
      },
      encoding: 'utf8',
    })
  expect(open('up').status).toBe(0)
  const pid = box.pid('a')
  process.kill(pid!, 'SIGKILL')
  await replaced(box, 'a', pid)
  await box.event((event) => event.kind === 'log-rotated')
  await box.event((event) => event.kind === 'limit')
  open('restart', 'a')
  await sleep(1_200)
  expect(lstatSync(`${box.dir}/logs`).mode & 0o777).toBe(0o700)
  expect(modesBelow(`${box.dir}/logs`)).toEqual([])
  expect(readdirSync(`${box.dir}/logs/state`).length).toBeGreaterThan(5)
  open('down', '--grace', '0')
  expect(modesBelow(`${box.dir}/logs`)).toEqual([])
}, 40_000)

describe('a link planted where a file of ours will be', () => {
  const rounds = [
    ['x-a.log', 'x-watchdog.log', 'state/limited-x-a.json', 'state/config.last-good.toml', 'state/tmux.json'],
    ['state/intent.json', 'events.jsonl'],
    ['state/memory.json', 'state/outbox.json', 'state/kickoff-x-a.txt', 'state/phase-idx'],
  ]

  for (const places of rounds) {
    test(`is never written through: ${places.join(', ')}`, async ({ box }) => {
      box.config(watchdog() + echo(box) + agent('a', 'echo', 'watch = "heal"\nprompt = "go"'))
      mkdirSync(`${box.dir}/logs/state`, { recursive: true, mode: 0o700 })
      chmodSync(`${box.dir}/logs`, 0o700)
      const victims = places.map((place, n) => {
        writeFileSync(`${box.dir}/victim-${n}`, 'precious\n')
        symlinkSync(`${box.dir}/victim-${n}`, `${box.dir}/logs/${place}`)
        return `victim-${n}`
      })
      await box.agents('up')
      await sleep(1_200)
      await box.agents('down', '--grace', '0')
      expect(victims.map((name) => box.read(name))).toEqual(victims.map(() => 'precious\n'))
    }, 30_000)
  }
})

test('one changed, one removed and one forged line of the event log are each found by doctor', async ({
  box,
}) => {
  box.config(watchdog() + echo(box) + agent('a', 'echo'))
  await box.agents('up')
  await box.agents('restart', 'a')
  await box.agents('down', '--grace', '0')
  const path = `${box.dir}/logs/events.jsonl`
  const whole = readFileSync(path, 'utf8')
  const lines = whole.trimEnd().split('\n')
  const chain = async () => {
    const { stdout, code } = await box.agents('doctor', '--json')
    const found = JSON.parse(stdout).checks.find((one: { id: string }) => one.id === 'events.chain')
    return [found.level, code]
  }
  expect((await chain())[0]).toBe('ok')
  const tampered: [string, string][] = [
    ['changed', whole.replace('the operator asked for it', 'nobody asked for it')],
    ['removed', `${lines.filter((_, n) => n !== 2).join('\n')}\n`],
    [
      'forged',
      `${[...lines.slice(0, 3), lines[2]!.replace('"seq":3', '"seq":4'), ...lines.slice(3)].join('\n')}\n`,
    ],
  ]
  for (const [how, text] of tampered) {
    writeFileSync(path, text)
    expect([how, ...(await chain())]).toEqual([how, 'problem', 1])
  }
  writeFileSync(path, whole)
  expect((await chain())[0]).toBe('ok')
}, 30_000)
