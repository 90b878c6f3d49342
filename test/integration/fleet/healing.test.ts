import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { heard } from '../../support/heard.ts'
import { prefix, type Sandbox, test } from '../../support/sandbox.ts'

const fast = '[watchdog]\nsignal_interval = 1\nheavy_interval = 1\n'

const one = (box: Sandbox, fake: string, backend: string, agent: string, watchdog = ''): string =>
  `${fast}${watchdog}\n[backend.t]\nbin = "${box.fake(fake)}"\nprompt_delivery = "exec"\n${backend}\n` +
  `[[agent]]\nname = "a"\nbackend = "t"\n${agent}\n` +
  `[backend.steady]\nbin = "sleep 1000"\nprompt_delivery = "exec"\n[[agent]]\nname = "other"\nbackend = "steady"\nwatch = "heal"\n`

describe('healing', () => {
  test('a killed agent is back within a second, once, with the reason on record', async ({ box }) => {
    box.config(one(box, 'echoes-lines', '', 'watch = "heal"'))
    await box.agents('up')
    const pid = box.pid('a')!
    const other = box.pid('other')
    const began = Date.now()
    process.kill(pid, 'SIGKILL')
    await box.until('a new process', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
    expect(Date.now() - began).toBeLessThan(1_000)
    await sleep(1_500)
    const starts = box.events().filter((event) => event.kind === 'start' && event.agent === 'a')
    expect(starts).toHaveLength(2)
    expect(starts[1]).toMatchObject({ cause: 'signal' })
    expect(box.pid('other')).toBe(other)
  })

  test('an agent that always dies is restarted five times at once, then slower, then parked until reset', async ({
    box,
  }) => {
    box.config(
      one(
        box,
        'dies-at-once',
        '',
        'watch = "heal"',
        'backoff_initial = "50ms"\nbackoff_max = "200ms"\npark_after = 8',
      ),
    )
    await box.agents('up')
    const parked = await box.event((event) => event.kind === 'park', 15_000)
    expect(parked.agent).toBe('a')
    const starts = box.events().filter((event) => event.kind === 'start' && event.agent === 'a')
    expect(starts.length).toBeLessThanOrEqual(9)
    expect(box.events().some((event) => event.kind === 'back-off' && event.agent === 'a')).toBe(true)
    const status = await box.status()
    expect(status.agents.map((agent) => agent.life)).toEqual(['parked', 'up'])
    expect((await box.agents('status', '--check')).code).toBe(3)
    await sleep(1_000)
    expect(box.events().filter((event) => event.kind === 'start' && event.agent === 'a')).toHaveLength(
      starts.length,
    )
    await box.agents('reset', 'a')
    await box.until(
      'it is tried again',
      () =>
        box.events().filter((event) => event.kind === 'start' && event.agent === 'a').length >
          starts.length || undefined,
    )
  })

  test('a task that ends well is done and is not run again', async ({ box }) => {
    box.config(one(box, 'exits-zero', '', 'kind = "task"\nwatch = "heal"'))
    await box.agents('up')
    await box.until('done', async () => (await box.status()).agents[0]?.life === 'done' || undefined)
    await sleep(1_200)
    expect(box.events().filter((event) => event.kind === 'start' && event.agent === 'a')).toHaveLength(1)
  })

  test('a hung agent is restarted with evidence from two sources, a computing one is not', async ({
    box,
  }) => {
    box.config(
      `${one(box, 'goes-quiet', 'active_re = "Working"\nstall_idle = 2', 'watch = "heal+stall"')}
[backend.busy]\nbin = "${box.fake('burns-cpu-quietly')}"\nprompt_delivery = "exec"\nactive_re = "Working"\nstall_idle = 2
[[agent]]\nname = "busy"\nbackend = "busy"\nwatch = "heal+stall"\n`,
    )
    await box.agents('up')
    const pid = box.pid('a')!
    const busy = box.pid('busy')!
    const kill = await box.event((event) => event.kind === 'kill' && event.agent === 'a', 15_000)
    expect(kill.evidence!.length).toBeGreaterThanOrEqual(2)
    await box.until('a new process', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
    expect(
      box
        .events()
        .filter((event) => event.agent === 'busy')
        .map((event) => event.kind),
    ).toEqual(['start', 'started'])
    expect(box.pid('busy')).toBe(busy)
  }, 40_000)

  test('an agent that idles at its prompt is never killed under heal', async ({ box }) => {
    box.config(one(box, 'echoes-lines', 'active_re = "Working"\nstall_idle = 1', 'watch = "heal"'))
    await box.agents('up')
    const pid = box.pid('a')
    await sleep(4_000)
    expect(box.pid('a')).toBe(pid)
  })

  test('WAITING-UNTIL keeps a silent agent alive until it has run out', async ({ box }) => {
    box.config(
      `${one(box, 'waits-until', 'stall_idle = 1', 'watch = "heal+stall"\nenv = { AGENT_WAIT_MS = "9000" }', 'stall_grace = 1')}`,
    )
    await box.agents('up')
    const pid = box.pid('a')
    await sleep(4_000)
    expect(box.pid('a')).toBe(pid)
    expect((await box.status()).agents[0]?.reading).toBe('waiting')
    await box.event((event) => event.kind === 'kill' && event.agent === 'a', 15_000)
  }, 40_000)

  test('a fatal screen is restarted after two looks, and parked when it comes back every time', async ({
    box,
  }) => {
    box.config(
      one(
        box,
        'shows-fatal',
        "fatal_re = 'session is broken'",
        'watch = "heal"',
        'backoff_initial = "50ms"\nbackoff_max = "100ms"\npark_after = 3',
      ),
    )
    await box.agents('up')
    const kill = await box.event((event) => event.kind === 'kill' && event.agent === 'a', 15_000)
    expect(kill.cause).toBe('fatal')
    await box.event((event) => event.kind === 'park' && event.agent === 'a', 30_000)
  }, 60_000)

  test('a limited agent is held, neither killed nor typed into before its time, then probed and lifted', async ({
    box,
  }) => {
    const backend = `limit_re = 'usage limit'\nactive_re = 'Working'\nstall_idle = 1\nfatal_re = 'usage limit'`
    const agent = `watch = "heal+stall"\nenv = { AGENT_BANNER = "You hit your usage limit", AGENT_LIFTED = "${box.dir}/lifted", AGENT_RECORD = "${box.dir}/record" }`
    box.config(one(box, 'shows-limit', backend, agent, 'limit_probe_fallback = 4'))
    await box.agents('up')
    const pid = box.pid('a')
    const limit = await box.event((event) => event.kind === 'limit')
    const held = (await box.status()).agents[0]
    expect(held).toMatchObject({ life: 'held', reading: 'limited' })
    expect(JSON.parse(box.read(`logs/state/limited-${prefix}a.json`))).toMatchObject({ nudges: 0 })
    await sleep(2_500)
    expect(box.exists('record')).toBe(false)
    box.write('lifted', '')
    const probe = await box.event((event) => event.kind === 'limit-probe', 10_000)
    expect(probe.at).toBeGreaterThanOrEqual(Number(limit.until) - 5)
    await box.event((event) => event.kind === 'lift', 10_000)
    expect(box.read('record')).toContain('watchdog probe:')
    expect(box.pid('a')).toBe(pid)
    expect(box.exists(`logs/state/limited-${prefix}a.json`)).toBe(false)
  }, 40_000)

  test('nothing is typed into a dialog', async ({ box }) => {
    box.write('wake.md', 'wake up')
    const backend = `asking_re = 'Do you want to proceed'`
    const agent = `watch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/keys" }\nwake = { prompt_file = "wake.md", interval = 1 }`
    box.config(one(box, 'asks-permission', backend, agent))
    await box.agents('up')
    await box.until('asking', async () => (await box.status()).agents[0]?.reading === 'asking' || undefined)
    await sleep(2_500)
    expect(box.exists('keys')).toBe(false)
    expect((await box.status()).attention.join()).toContain('asks')
  })

  test('a wake is typed once an interval, whole and with one Enter', async ({ box }) => {
    box.write('wake.md', 'check   the\n queue; then `go` #{on} $(x)\n')
    const agent = `watch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/record" }\nwake = { prompt_file = "wake.md", interval = 2 }`
    box.config(one(box, 'echoes-lines', "composer_re = '> '", agent))
    await box.agents('up')
    const told = (): string[] => heard(box, 'record')
    const lines = await box.until('three wakes', () => (told().length >= 3 ? told() : undefined), 15_000)
    const wakes = box.events().filter((event) => event.kind === 'wake')
    expect(lines.length).toBeLessThanOrEqual(wakes.length)
    for (const [n, wake] of wakes.slice(1).entries()) {
      expect(wake.at - wakes[n]!.at).toBeGreaterThanOrEqual(1_000)
    }
    expect(new Set(lines)).toEqual(new Set(['check the queue; then `go` #{on} $(x)']))
  })
})

describe('the tmux server', () => {
  test('killed with everything in it: all agents are back, none is charged, the watchdog has a session again', async ({
    box,
  }) => {
    box.config(one(box, 'echoes-lines', '', 'watch = "heal"'))
    await box.agents('up')
    const server = Number(box.tmux('display-message', '-p', '#{pid}').stdout)
    const before = [box.pid('a'), box.pid('other')]
    process.kill(server, 'SIGKILL')
    await box.until('both are back', () => {
      const now = [box.pid('a'), box.pid('other')]
      return now.every((pid, at) => pid !== undefined && pid !== before[at]) || undefined
    })
    await box.until(
      'the watchdog in a session',
      async () => {
        const { watchdog } = await box.status()
        return box.pid('watchdog') !== undefined && watchdog.life === 'up' ? watchdog : undefined
      },
      20_000,
    )
    const status = await box.status()
    expect(status.agents.map((agent) => agent.restarts)).toEqual([0, 0])
    process.kill(box.pid('a')!, 'SIGKILL')
    await box.until('healing goes on', () => box.pid('a'))
  }, 60_000)

  test('stopped for a while: nothing is started or killed, and it goes on afterwards', async ({ box }) => {
    box.config(one(box, 'echoes-lines', '', 'watch = "heal"', 'tmux_deadline = "500ms"'))
    await box.agents('up')
    const server = Number(box.tmux('display-message', '-p', '#{pid}').stdout)
    const pid = box.pid('a')
    const count = box.events().filter((event) => event.kind === 'start').length
    process.kill(server, 'SIGSTOP')
    await sleep(4_000)
    process.kill(server, 'SIGCONT')
    await sleep(1_500)
    expect(box.pid('a')).toBe(pid)
    expect(box.events().filter((event) => event.kind === 'start')).toHaveLength(count)
    process.kill(pid!, 'SIGKILL')
    await box.until('healing goes on', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
  }, 40_000)

  test('its socket removed: the same server is reached again, nothing is started twice', async ({ box }) => {
    box.config(one(box, 'echoes-lines', '', 'watch = "heal"'))
    await box.agents('up')
    const server = Number(box.tmux('display-message', '-p', '#{pid}').stdout)
    const pid = box.pid('a')
    const { rmSync } = await import('node:fs')
    rmSync(`${box.dir}/s`)
    await box.until('the socket is back', () => box.exists('s') || undefined, 10_000)
    expect(Number(box.tmux('display-message', '-p', '#{pid}').stdout)).toBe(server)
    expect(box.pid('a')).toBe(pid)
  })
})
