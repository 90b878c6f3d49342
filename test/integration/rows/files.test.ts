import { spawnSync } from 'node:child_process'
import { chownSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { whyNoStrace } from '../files/strace.ts'
import {
  agent,
  backend,
  bystander,
  eventsOf,
  life,
  replaced,
  startsOf,
  watchdog,
  watchdogPid,
} from './fleet.ts'

const canMount = spawnSync('unshare', ['-Urm', 'true']).status === 0
const reason = canMount ? '' : ' (no user and mount namespaces here)'
const isRoot = process.getuid?.() === 0

const echo = (box: Sandbox) => backend('echo', box.fake('echoes-lines'), "composer_re = '> '")

/** Runs a fleet whose log folder is a small tmpfs that only it sees, and does `fault` to it. */
async function onSmallDisk(box: Sandbox, fault: string, options: string): Promise<Record<string, unknown>> {
  box.write('wake.md', 'look')
  box.config(
    `${watchdog()}${echo(box)}${bystander}` +
      agent(
        'a',
        'echo',
        `watch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/record" }\nwake = { prompt_file = "wake.md", interval = 1 }`,
      ),
  )
  mkdirSync(join(box.dir, 'logs'))
  const script = 'mount -t tmpfs -o "$1,mode=700" none logs && shift && exec "$@"'
  const driver = resolve('test/integration/rows/full-disk.mjs')
  const done = await execa(
    'unshare',
    ['-Urm', 'sh', '-c', script, 'sh', options, process.execPath, driver, resolve('dist/agents.js'), fault],
    {
      cwd: box.dir,
      env: { PATH: process.env.PATH ?? '', HOME: box.dir, LANG: 'C.UTF-8', AGENTS_SANDBOX: box.dir },
      extendEnv: false,
      stdin: 'ignore',
      timeout: 50_000,
      reject: false,
    },
  )
  expect(done.stdout, done.stderr).toContain('{')
  return JSON.parse(done.stdout) as Record<string, unknown>
}

/** While the disk takes nothing, `status` says so, `down` stops everything all the same, and `status` works without a watchdog. */
const survived = {
  up: 0,
  kept: true,
  others: true,
  back: true,
  steady: true,
  typedAfter: true,
  chain: 'ok',
  said: true,
  quietAgain: true,
  down: 0,
  downSaid: true,
  alive: [],
  looked: 0,
  temps: '',
  unrecorded: 0,
}

describe.skipIf(!canMount)(`the disk of a running fleet${reason}`, { concurrent: true }, () => {
  test('row 61 and 62: full: the agents run on, tmux does not grow, and all goes on when there is room', async ({
    box,
  }) => {
    const seen = await onSmallDisk(box, 'full', 'size=256k')
    expect(seen).toMatchObject({ ...survived, spoilt: 'ENOSPC' })
    expect(seen.tmuxMb).toBeLessThan(50)
  }, 60_000)

  test('row 65: read-only: nothing is typed that cannot be recorded, and all goes on when it is writable', async ({
    box,
  }) => {
    const seen = await onSmallDisk(box, 'readonly', 'size=4m')
    expect(seen).toMatchObject(survived)
    // At most the one that was under way: nothing new can be written down.
    expect(seen.typedMeanwhile).toBeLessThanOrEqual(1)
  }, 60_000)

  test('row 69: out of inodes: as a full disk', async ({ box }) => {
    const seen = await onSmallDisk(box, 'inodes', 'size=4m,nr_inodes=64')
    expect(seen).toMatchObject({ ...survived, spoilt: 'ENOSPC' })
  }, 60_000)
})

describe('the files of a running fleet', () => {
  test.runIf(isRoot)(
    'row 66: a state folder of another user: nothing starts, and it is said',
    async ({ box }) => {
      box.config(watchdog() + bystander)
      mkdirSync(`${box.dir}/logs/state`, { recursive: true, mode: 0o700 })
      chownSync(`${box.dir}/logs/state`, 12345, 12345)
      const up = await box.agents('up')
      expect(up.code).toBe(1)
      expect(up.stderr + up.stdout).toMatch(/logs\/state.*(another user|belongs|owned)/)
      expect(startsOf(box, 'other')).toBe(0)
      const dog = box.watchdog()
      expect(await dog.ended).toBe(1)
      chownSync(`${box.dir}/logs/state`, 0, 0)
    },
  )

  test('row 68: a damaged limit record means "still limited"; damaged memory is said, and kills nobody', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + agent('a', 'echo') + agent('b', 'echo'))
    await box.agents('up')
    const b = box.pid('b')
    await box.agents('down', 'watchdog')
    const state = `${box.dir}/logs/state`
    writeFileSync(`${state}/limited-x-a.json`, '{"until": 17999')
    for (const name of readdirSync(state).filter((one) => /^(memory|outbox|tmux)\.json/.test(one))) {
      const bytes = readFileSync(`${state}/${name}`)
      bytes[bytes.length >> 1]! ^= 4
      writeFileSync(`${state}/${name}`, bytes)
    }
    const dog = box.watchdog()
    const held = await life(box, 'a', 'held')
    expect(held.because).toContain('damaged')
    expect(eventsOf(box, 'trouble').some((event) => event.because!.includes('memory'))).toBe(true)
    process.kill(b!, 'SIGKILL')
    await replaced(box, 'b', b)
    expect(eventsOf(box, 'kill')).toEqual([])
    process.kill(dog.pid, 'SIGTERM')
    await dog.ended
  }, 30_000)

  test('row 69: logs of agents and of services are rotated by size, so many and no more', async ({ box }) => {
    box.config(
      watchdog('log_max = "8KB"\nlog_keep = 2') +
        backend('talks', 'while :; do seq 200; sleep 0.2; done') +
        agent('a', 'talks') +
        '[[service]]\nname = "web"\ncommand = "while :; do seq 200; sleep 0.2; done"\n',
    )
    await box.agents('up')
    await sleep(8_000)
    const logs = readdirSync(`${box.dir}/logs`).filter((name) => name.includes('.log'))
    for (const name of ['x-a', 'x-web']) {
      const mine = logs.filter((one) => one.startsWith(`${name}.log`))
      expect(mine.length, logs.join(' ')).toBe(3)
      const bytes = mine.reduce((sum, one) => sum + statSync(`${box.dir}/logs/${one}`).size, 0)
      expect(bytes).toBeLessThan(80_000)
    }
    await box.agents('down', '--grace', '0')
  }, 30_000)

  test('row 70: a disk on which every fsync takes two seconds: healing goes on, and the watchdog is not taken for hung', async ({
    box,
    skip,
  }) => {
    const untraced = whyNoStrace()
    if (untraced !== undefined) skip(untraced)
    box.config(watchdog() + echo(box) + agent('a', 'echo') + bystander)
    await box.agents('up')
    const [dog, other] = [await watchdogPid(box), box.pid('other')]
    const slow = execa(
      'strace',
      [
        '-f',
        '-q',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync,fdatasync',
        '-e',
        'inject=fsync,fdatasync:delay_enter=2000000',
        '-p',
        String(dog),
      ],
      { reject: false, stdin: 'ignore', stderr: 'pipe' },
    )
    await sleep(1_000)
    const attached = slow.exitCode === null
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    const began = Date.now()
    await replaced(box, 'a', pid)
    const took = Date.now() - began
    slow.kill('SIGTERM')
    await slow
    expect(attached).toBe(true)
    expect(took).toBeLessThan(6_000)
    expect(box.pid('other')).toBe(other)
    expect(await watchdogPid(box)).toBe(dog)
  }, 40_000)
})
