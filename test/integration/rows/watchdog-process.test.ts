import { createHash } from 'node:crypto'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execaSync } from 'execa'
import { describe, expect } from 'vitest'
import { callControl } from '../../../src/adapters/socket/index.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import {
  agent,
  backend,
  bystander,
  eventsOf,
  isAlive,
  life,
  replaced,
  reportOf,
  startsOf,
  watchdog,
  watchdogPid,
} from './fleet.ts'

const echo = (box: Sandbox) => backend('echo', box.fake('echoes-lines'))
const simple = (box: Sandbox) => watchdog() + echo(box) + agent('a', 'echo') + bystander

describe('the watchdog process', () => {
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    test(`row 44: ${signal} ends it within two seconds, leaves the agents and releases the lock`, async ({
      box,
    }) => {
      box.config(simple(box))
      const dog = box.watchdog()
      const a = await box.until('a is up', () => box.pid('a'))
      await watchdogPid(box)
      const began = Date.now()
      process.kill(dog.pid, signal)
      expect(await dog.ended).toBe(0)
      expect(Date.now() - began).toBeLessThan(2_000)
      expect(box.pid('a')).toBe(a)
      const next = box.watchdog()
      expect(await watchdogPid(box)).toBe(next.pid)
      expect(startsOf(box, 'a')).toBe(1)
    })
  }

  test('row 41: what fails for one agent, every time, does not keep the others from being healed', async ({
    box,
  }) => {
    box.config(
      watchdog('backoff_initial = "50ms"\nbackoff_max = "100ms"\npark_after = 4') +
        echo(box) +
        agent('a', 'echo') +
        agent('bad', 'echo', 'watch = "heal"\ndir = "blocked/here"'),
    )
    box.write('blocked', 'a file where a folder should be')
    await box.agents('up')
    const a = box.pid('a')
    process.kill(a!, 'SIGKILL')
    await replaced(box, 'a', a)
    const bad = await life(box, 'bad', 'backing-off')
    expect(bad.because).toContain('blocked')
    await sleep(3_000)
    expect(eventsOf(box, 'start-failed', 'bad').length).toBeLessThan(10)
    expect((await life(box, 'a', 'up')).life).toBe('up')
    execaSync('rm', [`${box.dir}/blocked`])
    await life(box, 'bad', 'up', 15_000)
  }, 30_000)

  test('row 42: out of memory: it dies, another one goes on with its state, and no agent notices; before, it is small', async ({
    box,
  }) => {
    box.config(
      watchdog('park_after = 2\nrestart_intensity = 1\nbackoff_initial = "50ms"') +
        echo(box) +
        backend('dies', 'exit 3') +
        agent('a', 'echo') +
        agent('b', 'echo') +
        agent('gone', 'dies'),
    )
    await box.agents('up')
    await life(box, 'gone', 'parked')
    await box.agents('pause', 'b')
    const dog = await watchdogPid(box)
    const pids = [box.pid('a'), box.pid('b')]
    const megabytes = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${dog}/status`, 'utf8'))![1]) / 1024
    expect(megabytes).toBeLessThan(150)
    // It may take no more from now on: the next page that it needs ends it.
    execaSync('prlimit', [`--pid=${dog}`, '--as=1048576', '--data=1048576'])
    const socket = `${box.dir}/logs/state/control.sock`
    // Less than a MiB of text, some twenty of objects.
    const ask = { verb: 'why', args: Array.from({ length: 300_000 }, () => ({})) }
    await box.until(
      'its end',
      async () => {
        await Promise.allSettled([callControl(socket, ask, { timeoutMs: 500 })])
        return isAlive(dog) ? undefined : true
      },
      20_000,
    )
    const next = await watchdogPid(box, dog)
    expect([box.pid('a'), box.pid('b')]).toEqual(pids)
    expect((await life(box, 'gone', 'parked')).because).toContain('restarts')
    expect((await reportOf(box, 'b')).paused).toBe(true)
    process.kill(pids[0]!, 'SIGKILL')
    await replaced(box, 'a', pids[0])
    expect(await watchdogPid(box)).toBe(next)
    const doctor = JSON.parse((await box.agents('doctor', '--json')).stdout)
    expect(doctor.checks.find((one: { id: string }) => one.id === 'events.chain').level).toBe('ok')
  }, 60_000)

  test('row 43: out of descriptors: it kills nothing, corrupts nothing, and goes on when there are some', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const dog = await watchdogPid(box)
    const before = [box.pid('a'), box.pid('other')]
    const limit = (soft: string) => execaSync('prlimit', [`--pid=${dog}`, `--nofile=${soft}:`])
    limit('20')
    await sleep(3_000)
    expect([box.pid('a'), box.pid('other')]).toEqual(before)
    process.kill(before[0]!, 'SIGKILL')
    await sleep(2_000)
    limit('1024')
    await replaced(box, 'a', before[0], 20_000)
    expect(box.pid('other')).toBe(before[1])
    expect(eventsOf(box, 'kill')).toEqual([])
    const doctor = await box.agents('doctor', '--json')
    const chain = JSON.parse(doctor.stdout).checks.find((one: { id: string }) => one.id === 'events.chain')
    expect(chain.level).toBe('ok')
    expect((await life(box, 'a', 'up')).restarts).toBeLessThanOrEqual(2)
  }, 40_000)

  test('row 45: state that a newer program wrote is left byte for byte, and said', async ({ box }) => {
    box.config(simple(box))
    await box.agents('up', 'a')
    await box.agents('down', 'a')
    const body = '{"surprise":true}'
    const sum = createHash('sha256').update(`99\n${body}`).digest('hex')
    const newer = `{"v":99,"sum":"${sum}","body":${body}}\n`
    for (const name of ['intent.json', 'memory.json', 'outbox.json'])
      writeFileSync(`${box.dir}/logs/state/${name}`, newer)
    const up = await box.agents('up', 'a')
    expect(up.code).toBe(1)
    expect(up.stderr).toContain('newer')
    const dog = box.watchdog()
    expect(await dog.ended).toBe(1)
    expect(dog.output()).toContain('newer')
    for (const name of ['intent.json', 'memory.json', 'outbox.json'])
      expect(box.read(`logs/state/${name}`)).toBe(newer)
    expect(eventsOf(box, 'kill')).toEqual([])
  }, 30_000)

  test('row 46: its session killed: it moves into a new one, the agents run on', async ({ box }) => {
    box.config(simple(box))
    await box.agents('up')
    const a = box.pid('a')
    box.tmux('kill-session', '-t', '=x-watchdog')
    await sleep(1_500)
    await box.until('a watchdog in a session', async () => {
      const { watchdog: dog } = await box.status()
      return (dog.life === 'up' && box.pid('watchdog') !== undefined) || undefined
    })
    expect(box.pid('a')).toBe(a)
    process.kill(a!, 'SIGKILL')
    await replaced(box, 'a', a)
  }, 30_000)

  test('row 46: its keeper loop killed: it moves into a new session, and healing goes on', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const a = box.pid('a')
    const keeper = box.pid('watchdog')!
    process.kill(keeper, 'SIGKILL')
    await box.until('another keeper', async () => {
      const now = box.pid('watchdog')
      return (now !== undefined && now !== keeper && (await box.status()).watchdog.life === 'up') || undefined
    })
    process.kill(a!, 'SIGKILL')
    await replaced(box, 'a', a)
  }, 30_000)

  test('row 47: it dies again and again: its keeper waits longer each time, the agents run on', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const a = box.pid('a')
    const seen: number[] = []
    const began = Date.now()
    let dog = 0
    // As a corrupt build does: each one is gone as soon as it is there.
    while (Date.now() - began < 8_000) {
      const keeper = box.pid('watchdog')
      const child =
        keeper === undefined
          ? ''
          : execaSync('pgrep', ['-P', String(keeper), 'node'], { reject: false }).stdout
      if (child !== '' && Number(child) !== dog) {
        dog = Number(child)
        seen.push(Date.now())
        process.kill(dog, 'SIGKILL')
      }
      await sleep(10)
    }
    const gaps = seen.slice(1).map((at, n) => at - seen[n]!)
    expect(gaps.length).toBeLessThanOrEqual(6)
    expect(gaps.at(-1)!).toBeGreaterThan(2_500)
    expect(box.pid('a')).toBe(a)
    expect((await box.agents('status')).stdout).toContain('DOWN')
  }, 30_000)
})

describe('what a watchdog leaves behind', () => {
  test('row 45: state of the Python driver, and none at all, are read', async ({ box }) => {
    box.config(`${simple(box)}
[[agent]]\nname = "builder"\nrole = "builder"\nkind = "loop"\nbackend = "echo"\nwatch = "heal"
[loop]\nphases = [{ id = "one", plan = "p", status = "S1.md" }, { id = "two", plan = "p", status = "S2.md" }]\nkickoff_template = "kickoff.md"\nauto_advance = false\n`)
    execaSync('mkdir', ['-p', `${box.dir}/logs/state`, `${box.dir}/prompts`])
    box.write('prompts/builder.md', 'build')
    box.write('kickoff.md', 'phase {phase_id}')
    box.write('logs/state/phase-idx', '1\n')
    box.write(
      'logs/state/limited-x-a.json',
      `{"until": ${Date.now() / 1000 + 3600}, "nudges": 2, "text": "resets at 3pm"}`,
    )
    expect((await box.agents('phase')).stdout).toContain('two [2/2]')
    box.watchdog()
    const held = await life(box, 'a', 'held')
    expect(held.because).toContain('resets at 3pm')
    expect(startsOf(box, 'a')).toBe(0)
    expect(readFileSync(`${box.dir}/logs/state/phase-idx`, 'utf8').trim()).toBe('1')
  }, 30_000)

  test('INV-39: twenty restarts of an agent leave no descriptor, process or temporary file more', async ({
    box,
  }) => {
    box.config(
      watchdog('restart_intensity = 1000\npark_after = 1000\nfleet_intensity = 1000') +
        echo(box) +
        agent('a', 'echo') +
        bystander,
    )
    await box.agents('up')
    const dog = await watchdogPid(box)
    const fds = () => execaSync('ls', [`/proc/${dog}/fd`]).stdout.split('\n').length
    const procs = () => execaSync('pgrep', ['-c', '-f', box.dir], { reject: false }).stdout.trim()
    const kill = async () => {
      const pid = box.pid('a')
      process.kill(pid!, 'SIGKILL')
      await replaced(box, 'a', pid)
    }
    for (let n = 0; n < 3; n += 1) await kill()
    await sleep(1_000)
    const [before, running] = [fds(), procs()]
    for (let n = 0; n < 20; n += 1) await kill()
    await sleep(1_500)
    expect(fds()).toBeLessThanOrEqual(before + 3)
    expect(procs()).toBe(running)
    const files = execaSync('find', [`${box.dir}/logs`, '-name', '*.tmp']).stdout
    expect(files).toBe('')
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${dog}/status`, 'utf8'))![1])
    expect(rss).toBeLessThan(150 * 1024)
    expect(statSync(`${box.dir}/logs/events.jsonl`).mode & 0o777).toBe(0o600)
  }, 60_000)
})
