import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'

const simple = (box: Sandbox, extra = ''): string =>
  `[watchdog]\nsignal_interval = 1\n${extra}\n[backend.steady]\nbin = "${box.fake('echoes-lines')}"\nprompt_delivery = "exec"\n` +
  '[[agent]]\nname = "a"\nbackend = "steady"\nwatch = "heal"\n'

describe('the watchdog process', () => {
  test('a second one refuses with exit 4 and the first goes on', async ({ box }) => {
    box.config(simple(box))
    await box.agents('up')
    const second = box.watchdog()
    expect(await second.ended).toBe(4)
    expect(second.output()).toMatch(/pid \d+/)
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await box.until('healing goes on', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
  })

  test('run alone it starts what is missing; SIGTERM ends it within two seconds and leaves the agents', async ({
    box,
  }) => {
    box.config(simple(box))
    const dog = box.watchdog()
    const pid = await box.until('a is up', () => box.pid('a'))
    await box.until('it answers', async () => (await box.status()).watchdog.life === 'up' || undefined)
    const began = Date.now()
    process.kill(dog.pid, 'SIGTERM')
    expect(await dog.ended).toBe(0)
    expect(Date.now() - began).toBeLessThan(2_000)
    expect(box.pid('a')).toBe(pid)
    const status = await box.status()
    expect(status.watchdog.life).toBe('down')
    expect((await box.agents('status')).stdout).toContain('DOWN')
    expect((await box.agents('status', '--check')).code).toBe(3)
  })

  test('killed, it is back with its memory: one that was parked stays parked', async ({ box }) => {
    box.config(
      `${simple(box, 'backoff_initial = "20ms"\nbackoff_max = "50ms"\npark_after = 6')}
[backend.dies]\nbin = "${box.fake('dies-at-once')}"\nprompt_delivery = "exec"\n[[agent]]\nname = "bad"\nbackend = "dies"\nwatch = "heal"\n`,
    )
    await box.agents('up')
    await box.event((event) => event.kind === 'park' && event.agent === 'bad', 15_000)
    const starts = () =>
      box.events().filter((event) => event.kind === 'start' && event.agent === 'bad').length
    const before = starts()
    const dog = (await box.status()).watchdog.pid!
    process.kill(dog, 'SIGKILL')
    await box.until('a new watchdog', async () => {
      const now = (await box.status()).watchdog
      return now.life === 'up' && now.pid !== dog ? now : undefined
    })
    await sleep(1_500)
    expect(starts()).toBe(before)
    expect((await box.status()).agents.find((agent) => agent.name === 'bad')?.life).toBe('parked')
  }, 40_000)

  test('stopped for a while and continued, it kills nobody', async ({ box }) => {
    box.config(
      simple(box)
        .replace('prompt_delivery = "exec"', 'prompt_delivery = "exec"\nstall_idle = 6')
        .replace('"heal"', '"heal+stall"'),
    )
    await box.agents('up')
    const pid = box.pid('a')
    const dog = (await box.status()).watchdog.pid!
    process.kill(dog, 'SIGSTOP')
    await sleep(7_000)
    process.kill(dog, 'SIGCONT')
    await sleep(1_500)
    expect(box.pid('a')).toBe(pid)
    expect((await box.status()).watchdog.pid).toBe(dog)
  }, 40_000)

  test('its state folder removed while it runs: it goes on and duplicates nothing', async ({ box }) => {
    box.config(simple(box))
    const dog = box.watchdog()
    const pid = await box.until('a is up', () => box.pid('a'))
    // At one stroke: a watchdog that writes meanwhile would make a removal file by file fail.
    renameSync(`${box.dir}/logs/state`, `${box.dir}/gone`)
    await sleep(1_500)
    expect(box.pid('a')).toBe(pid)
    process.kill(pid, 'SIGKILL')
    await box.until('healing goes on', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
    process.kill(dog.pid, 'SIGTERM')
    await dog.ended
  })

  test('started with a damaged record of wishes, it neither stops nor starts anybody by the older one', async ({
    box,
  }) => {
    box.config(`${simple(box)}[[agent]]\nname = "b"\nbackend = "steady"\nwatch = "heal"\n`)
    await box.agents('up')
    await box.agents('down')
    await box.agents('up')
    await box.agents('down', 'b')
    await box.agents('down', 'watchdog')
    const pid = box.pid('a')
    box.write('logs/state/intent.json', '{"v":1,"sum":"torn')
    const dog = box.watchdog()
    await box.event(
      (event) => event.kind === 'trouble' && /intent.json was damaged/.test(event.because ?? ''),
    )
    await sleep(1_500)
    expect(box.pid('a')).toBe(pid)
    expect(box.pid('b')).toBeUndefined()
    process.kill(pid!, 'SIGKILL')
    await box.until('a is healed', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
    process.kill(dog.pid, 'SIGTERM')
    await dog.ended
  })

  for (const step of ['start.kickoff-written', 'start.reaped', 'start.session-created', 'start.recorded']) {
    test(`killed at ${step}, the next one comes to exactly one live session`, async ({ box }) => {
      box.config(simple(box))
      const first = box.watchdog({ AGENTS_CRASH_AT: step })
      await first.ended
      const second = box.watchdog()
      await box.until('a is up', () => box.pid('a'))
      await sleep(1_200)
      const found = box.tmux('list-panes', '-a', '-F', '#{session_name}').stdout.split('\n')
      expect(found.filter((name) => name === 'x-a')).toHaveLength(1)
      process.kill(second.pid, 'SIGTERM')
      await second.ended
    })
  }
})

describe('a change of the config', () => {
  test('an added agent starts, a changed one is restarted once, the others are left alone', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const a = box.pid('a')
    const changed = `${simple(box)}\n[[agent]]\nname = "b"\nbackend = "steady"\nwatch = "heal"\n`
    const began = Date.now()
    box.config(changed)
    await box.until('b is up', () => box.pid('b'))
    expect(Date.now() - began).toBeLessThan(1_500)
    expect(box.pid('a')).toBe(a)
    const b = box.pid('b')
    box.config(
      changed.replace('name = "b"\nbackend = "steady"', 'name = "b"\nbackend = "other"') +
        '\n[backend.other]\nbin = "sleep 500"\nprompt_delivery = "exec"\n',
    )
    await box.until('b is restarted', () => (box.pid('b') !== b ? box.pid('b') : undefined), 15_000)
    await sleep(2_000)
    expect(box.events().filter((event) => event.kind === 'start' && event.agent === 'b')).toHaveLength(2)
    expect(box.pid('a')).toBe(a)
  }, 40_000)

  test('a removed agent is left running and reported, or stopped where the config says so', async ({
    box,
  }) => {
    const both = `${simple(box)}\n[[agent]]\nname = "b"\nbackend = "steady"\nwatch = "heal"\n`
    box.config(both)
    await box.agents('up')
    const b = box.pid('b')
    box.config(simple(box))
    await box.event((event) => event.kind === 'unmanaged' && event.agent === 'b')
    expect(box.pid('b')).toBe(b)
    const status = await box.status()
    expect(status.unmanaged).toEqual([{ session: 'x-b', agent: 'b' }])
    box.config(both)
    await box.until(
      'b is managed again',
      async () => (await box.status()).unmanaged.length === 0 || undefined,
    )
    expect(box.pid('b')).toBe(b)
    box.config(simple(box, 'stop_removed = true'))
    await box.until('b is gone', () => box.pid('b') === undefined || undefined)
  }, 40_000)

  test('what was taken out of the config can be taken down by its name, and goes with everything; another config’s stays', async ({
    box,
  }) => {
    const more =
      '\n[[agent]]\nname = "b"\nbackend = "steady"\n[[agent]]\nname = "c"\nbackend = "steady"\n' +
      '[[service]]\nname = "s"\ncommand = "sleep 300"\n'
    box.config(simple(box) + more)
    await box.agents('up')
    box.write('other.toml', box.read('agents.toml').replace('x-', 'y-').replace('"logs"', '"logs2"'))
    const other = await box.agents('up', 'c', '--config', 'other.toml')
    expect(other).toMatchObject({ code: 0, stdout: expect.stringContaining('started') })
    box.config(simple(box))
    await box.event((event) => event.kind === 'unmanaged' && event.agent === 'b')
    const unknown = await box.agents('down', 'bb')
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('Did you mean b?') })
    const one = await box.agents('down', 'b')
    expect(one).toMatchObject({ code: 0, stdout: expect.stringContaining('it is in no config any more') })
    expect(box.pid('b')).toBeUndefined()
    expect(box.pid('c')).toBeDefined()
    const all = await box.agents('down')
    expect(all.stdout).toMatch(/c +stopped[\s\S]*s +stopped/)
    expect(box.tmux('list-sessions', '-F', '#{session_name}').stdout.split('\n').sort()).toEqual(
      expect.not.arrayContaining([expect.stringMatching(/^x-/)]),
    )
    expect(box.tmux('has-session', '-t', '=y-c').code).toBe(0)
  }, 40_000)

  test('stop_removed ends also what was taken out while no watchdog ran, or before it was set', async ({
    box,
  }) => {
    const more =
      '\n[[agent]]\nname = "b"\nbackend = "steady"\n[[service]]\nname = "s"\ncommand = "sleep 300"\n'
    box.config(simple(box) + more)
    await box.agents('up')
    const a = box.pid('a')
    await box.agents('down', 'watchdog')
    box.config(simple(box, 'stop_removed = true') + more.slice(more.indexOf('[[service]]')))
    expect((await box.agents('up', 'watchdog')).code).toBe(0)
    await box.until('b is gone', () => box.pid('b') === undefined || undefined)
    box.config(simple(box))
    await box.until('s is reported', async () => (await box.status()).unmanaged.length === 1 || undefined)
    box.config(simple(box, 'stop_removed = true'))
    await box.until('s is gone', () => box.tmux('has-session', '-t', '=x-s').code !== 0 || undefined)
    expect(box.pid('a')).toBe(a)
  }, 40_000)

  test('a config that is a link is followed to where it leads now, also by the watchdog after it, and while that is broken', async ({
    box,
  }) => {
    const lead = (to: string) => {
      symlinkSync(to, `${box.dir}/next`)
      renameSync(`${box.dir}/next`, `${box.dir}/agents.toml`)
    }
    box.config(simple(box))
    const one = box.read('agents.toml')
    box.write('one.toml', one)
    box.write('two.toml', `${one}[[agent]]\nname = "b"\nbackend = "steady"\n`)
    box.write('three.toml', 'nonsense =')
    lead('one.toml')
    await box.agents('up')
    const [a, dog] = [box.pid('a'), (await box.status()).watchdog.pid!]
    lead('two.toml')
    await box.until('b is up', () => box.pid('b'))
    process.kill(dog, 'SIGKILL')
    await box.until('the next watchdog', async () => {
      const { watchdog, agents } = await box.status()
      return (watchdog.life === 'up' && watchdog.pid !== dog && agents.length === 2) || undefined
    })
    lead('three.toml')
    await box.until('the error', async () => (await box.status()).config.stale || undefined)
    expect((await box.agents('down', 'b')).code).toBe(0)
    expect([box.pid('a'), box.pid('b')]).toEqual([a, undefined])
  }, 40_000)

  test('a broken, emptied or removed file keeps the last good config in force and shows the error', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const a = box.pid('a')
    const breakIt = [
      () => box.write('agents.toml', '[defaults\nsession_prefix = '),
      () => box.write('agents.toml', ''),
      () => rmSync(`${box.dir}/agents.toml`),
    ]
    for (const breakOne of breakIt) {
      const before = box.events().length
      breakOne()
      await box.until('refused', () =>
        box
          .events()
          .slice(before)
          .find((event) => event.kind === 'config-refused'),
      )
    }
    expect(box.pid('a')).toBe(a)
    process.kill(a!, 'SIGKILL')
    await box.until('healing goes on', () => (box.pid('a') !== a ? box.pid('a') : undefined))
    box.write('agents.toml', 'nonsense')
    const status = await box.agents('status')
    expect(status.code).toBe(0)
    expect(status.stdout).toMatch(/last good/i)
    box.config(simple(box))
    await box.until('good again', async () => (await box.status()).config.stale === false || undefined)
  }, 40_000)

  test('killed while the file is broken, with no good copy of it: it is back when the file is', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const whole = box.read('agents.toml')
    const copy = `${box.dir}/logs/state/config.last-good.toml`
    rmSync(copy)
    await box.until('its copy, again', () =>
      box.exists('logs/state/config.last-good.toml') ? true : undefined,
    )
    expect(box.read('logs/state/config.last-good.toml')).toBe(whole)
    const pid = (await box.status()).watchdog.pid!
    box.write('agents.toml', 'nonsense = [')
    rmSync(copy)
    process.kill(pid, 'SIGKILL')
    await box.until('it says why not', () =>
      /nonsense|CONFIG_/.test(box.read('logs/x-watchdog.log')) ? true : undefined,
    )
    await sleep(2_000)
    box.write('agents.toml', whole)
    await box.until(
      'it is back',
      async () => (await box.status()).watchdog.life === 'up' || undefined,
      15_000,
    )
  }, 40_000)

  test('a config that is reached by a link: the same fleet, also while the file it leads to is gone', async ({
    box,
  }) => {
    box.config(simple(box))
    mkdirSync(`${box.dir}/elsewhere`)
    symlinkSync('../agents.toml', `${box.dir}/elsewhere/first.toml`)
    symlinkSync('first.toml', `${box.dir}/elsewhere/agents.toml`)
    const byLink = (...words: string[]) =>
      box.agents('--config', `${box.dir}/elsewhere/agents.toml`, ...words)
    expect((await byLink('up')).code).toBe(0)
    expect((await byLink('status', '--check')).code).toBe(0)
    renameSync(`${box.dir}/agents.toml`, `${box.dir}/gone.toml`)
    await box.event((event) => event.kind === 'config-refused')
    for (const words of [['status'], ['plan'], ['status', '--watch', '--check'], ['why', 'a']]) {
      const run = await byLink(...words)
      expect(run.stderr, words.join(' ')).not.toContain('CONFIG_MISSING')
    }
    expect((await byLink('status')).stdout).toMatch(/last good/)
    renameSync(`${box.dir}/gone.toml`, `${box.dir}/agents.toml`)
    await box.until('good again', async () => (await byLink('status', '--check')).code === 0 || undefined)
  }, 40_000)
})
