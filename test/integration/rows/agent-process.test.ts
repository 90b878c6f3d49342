import { chmodSync, mkdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { heard } from '../../support/heard.ts'
import { test } from '../../support/sandbox.ts'
import {
  agent,
  backend,
  bystander,
  cpuMs,
  eventsOf,
  isAlive,
  life,
  replaced,
  reportOf,
  startsOf,
  watchdog,
  watchdogPid,
} from './fleet.ts'

describe('an agent that ends', () => {
  test('row 2: exits by itself with status 0: a task is done, anything else is started again and counted', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend('brief', box.fake('exits-zero')) +
        agent('once', 'brief', 'kind = "task"\nwatch = "heal"') +
        agent('always', 'brief', 'watch = "heal"\nenv = { AGENT_LIVES_MS = "600" }') +
        bystander,
    )
    await box.agents('up')
    const other = box.pid('other')
    await life(box, 'once', 'done')
    await box.until('two starts', () => startsOf(box, 'always') >= 3 || undefined)
    const again = eventsOf(box, 'start', 'always')
    expect(again[1]).toMatchObject({ cause: 'exit', because: expect.stringContaining('status 0') })
    expect(startsOf(box, 'once')).toBe(1)
    expect((await reportOf(box, 'always')).restarts).toBeGreaterThanOrEqual(2)
    expect(box.pid('other')).toBe(other)
  })

  test('row 4: lives a while and dies, for ever: counted all the same, and parked', async ({ box }) => {
    box.config(
      watchdog('backoff_initial = "50ms"\nbackoff_max = "100ms"\npark_after = 6') +
        backend('short', box.fake('lives-two-seconds')) +
        agent('short', 'short', 'watch = "heal"\nenv = { AGENT_LIVES_MS = "700" }') +
        bystander,
    )
    await box.agents('up')
    const other = box.pid('other')
    const parked = await box.event((event) => event.kind === 'park', 15_000)
    expect(parked).toMatchObject({ agent: 'short', because: expect.any(String) })
    expect(startsOf(box, 'short')).toBeLessThanOrEqual(7)
    expect((await box.agents('status', '--check')).code).toBe(3)
    expect(box.pid('other')).toBe(other)
  })

  test('row 5: a program that is missing, or not executable, is parked at once with its path', async ({
    box,
  }) => {
    box.write('plain-file', '#!/bin/sh\nsleep 1000\n')
    chmodSync(`${box.dir}/plain-file`, 0o644)
    box.config(
      watchdog() +
        backend('absent', 'no-such-program --flag') +
        backend('locked', `${box.dir}/plain-file`) +
        backend('shelled', `cd . && ${box.dir}/plain-file`) +
        ['absent', 'locked', 'shelled'].map((name) => agent(name, name)).join('') +
        bystander,
    )
    const up = await box.agents('up')
    expect(up.code).toBe(1)
    expect(up.stdout).toContain('no-such-program')
    for (const name of ['absent', 'locked', 'shelled']) {
      const parked = await life(box, name, 'parked')
      expect(parked.because).toContain(name === 'absent' ? 'no-such-program' : 'plain-file')
    }
    await sleep(1_500)
    for (const name of ['absent', 'locked', 'shelled']) expect(startsOf(box, name)).toBeLessThanOrEqual(1)
    expect(box.pid('other')).toBeDefined()
  })

  test('row 17: a conversation that cannot be resumed is tried twice, then begun anew, and its id is kept aside', async ({
    box,
  }) => {
    box.write(
      'cli.sh',
      'case "$*" in *--resume*) echo "No conversation found with session ID"; exit 1;; esac\nexec sleep 1000\n',
    )
    box.config(
      watchdog() +
        backend('cli', `sh ${box.dir}/cli.sh`, 'supports_resume = true').replace('"exec"', '"arg"') +
        agent('a', 'cli', 'watch = "heal"\nresume = true') +
        bystander,
    )
    mkdirSync(`${box.dir}/logs/state`, { recursive: true })
    box.write('logs/state/a.id', 'lost-1234\n')
    await box.agents('up')
    await box.event((event) => event.kind === 'refused' && event.agent === 'a')
    await life(box, 'a', 'up')
    expect(eventsOf(box, 'start', 'a').map((event) => event.resumes)).toEqual([
      'lost-1234',
      'lost-1234',
      undefined,
    ])
    expect(box.exists('logs/state/a.id')).toBe(false)
    expect(box.read('logs/state/a.id.refused')).toBe('lost-1234\n')
    const pid = box.pid('a')
    await sleep(1_500)
    expect(box.pid('a')).toBe(pid)
  })

  test('row 12: children that left the session are ended before the agent is started again', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend('parent', box.fake('leaves-a-setsid-child')) +
        agent('a', 'parent', `watch = "heal"\nenv = { AGENT_CHILD_PID = "${box.dir}/child" }`),
    )
    await box.agents('up')
    const child = await box.until(
      'the child',
      () => (box.exists('child') && Number(box.read('child'))) || undefined,
    )
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await replaced(box, 'a', pid)
    expect(isAlive(child)).toBe(false)
    const reaped = eventsOf(box, 'kill', 'a')
    expect(reaped[0]).toMatchObject({ because: 'left over from an earlier run' })
    expect(reaped[0]!.evidence!.join()).toContain(String(child))
  })
})

describe('an agent that lives and does not work', () => {
  test('row 6: frozen by SIGSTOP: reminded once, then killed once, on evidence of two kinds', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend(
          'tui',
          box.fake('echoes-lines'),
          "composer_re = '> '\nactive_re = 'Working'\nstall_idle = 3",
        ) +
        agent('a', 'tui', `watch = "heal+stall"\nenv = { AGENT_RECORD = "${box.dir}/record" }`) +
        bystander,
    )
    await box.agents('up')
    const pid = box.pid('a')!
    process.kill(pid, 'SIGSTOP')
    await replaced(box, 'a', pid, 40_000)
    expect(isAlive(pid)).toBe(false)
    const kills = eventsOf(box, 'kill', 'a').filter((event) => event.cause === 'stall')
    expect(kills).toHaveLength(1)
    const evidence = kills[0]!.evidence!.join('\n')
    expect(evidence).toContain('CPU')
    expect(evidence).toMatch(/idle|reading/)
    const reminders = eventsOf(box, 'ping-staged', 'a').filter((event) => event.seq < kills[0]!.seq)
    const told = JSON.stringify(box.events().filter((event) => event.agent === 'a'))
    expect(new Set(reminders.map((event) => event.id)).size, told).toBeLessThanOrEqual(1)
    expect(heard(box, 'record').length).toBeLessThanOrEqual(1)
  }, 60_000)

  test('row 8: an API error on its screen is reported, and an overloaded service is no reason to kill', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend(
          'claude',
          box.fake('shows-fatal'),
          'preset = "claude"\nprocess_name = ""\nfooter_ui = false\nstall_idle = 600',
        ) +
        agent(
          'a',
          'claude',
          'watch = "heal+stall"\nenv = { AGENT_FATAL = "  ⎿  API Error: 529 Overloaded. Try again later" }',
        ),
    )
    await box.agents('up')
    const pid = box.pid('a')
    await box.until('failing', async () => (await reportOf(box, 'a')).reading === 'failing' || undefined)
    expect((await reportOf(box, 'a')).failClass).toBe('overload')
    expect((await box.agents('why', 'a')).stdout).toContain('529')
    await box.until(
      'said',
      async () => (await reportOf(box, 'a')).because?.includes('overloaded') || undefined,
    )
    // It passes by itself, and is told when it lasts.
    expect((await box.agents('status', '--check')).code).toBe(0)
    await sleep(3_000)
    expect(box.pid('a')).toBe(pid)
    expect(eventsOf(box, 'kill')).toEqual([])
  })

  test('row 8: a lost login is shown with its text and is no reason to kill, whatever else is due; it goes on when it is back', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend('tui', box.fake('shows-fatal'), "auth_re = 'Please run /login'\nstall_idle = 1") +
        agent(
          'a',
          'tui',
          'watch = "heal+stall"\nenv = { AGENT_FATAL = "  API Error: 401 · Please run /login" }',
        ) +
        bystander,
    )
    await box.agents('up')
    const pid = box.pid('a')
    const held = await life(box, 'a', 'held')
    expect(held).toMatchObject({ reading: 'failing', failClass: 'auth' })
    expect(held.because).toMatch(/Please run \/login.*a person must log in/)
    const check = await box.agents('status', '--check')
    expect(check).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/a is failing: auth.*Please run \/login/),
    })
    await sleep(4_000)
    expect(box.pid('a')).toBe(pid)
    expect((await reportOf(box, 'a')).restarts).toBe(0)
    expect(eventsOf(box, 'kill')).toEqual([])
    expect(eventsOf(box, 'ping-staged')).toEqual([])
  }, 30_000)

  test('row 11: a limited agent whose process dies stays held; only a start that sends no prompt is made', async ({
    box,
  }) => {
    const limited = (name: string) =>
      agent(
        name,
        name,
        `watch = "heal+stall"\nprompt = "go"\nenv = { AGENT_BANNER = "You hit your usage limit", AGENT_LIFTED = "${box.dir}/no", AGENT_RECORD = "${box.dir}/${name}.record" }`,
      )
    const patterns = "limit_re = 'usage limit'\nactive_re = 'Working'\nstall_idle = 1\nconnect_delay = 30"
    box.config(
      watchdog('limit_probe_fallback = 60') +
        backend('execs', box.fake('shows-limit'), patterns) +
        backend('pings', box.fake('shows-limit'), patterns).replace('"exec"', '"ping"') +
        limited('execs') +
        limited('pings'),
    )
    await box.agents('up')
    await life(box, 'execs', 'held')
    await life(box, 'pings', 'held')
    const before = { execs: box.pid('execs')!, pings: box.pid('pings')! }
    process.kill(before.execs, 'SIGKILL')
    process.kill(before.pings, 'SIGKILL')
    await replaced(box, 'pings', before.pings)
    await sleep(2_500)
    expect(box.pid('execs')).toBeUndefined()
    expect([await reportOf(box, 'execs'), await reportOf(box, 'pings')].map((one) => one.life)).toEqual([
      'held',
      'held',
    ])
    expect([heard(box, 'execs.record'), heard(box, 'pings.record')]).toEqual([[], []])
    expect(startsOf(box, 'execs')).toBe(1)
  }, 30_000)

  test('row 13: a definite other backend in the pane is replaced, a shell is not', async ({ box }) => {
    box.write(
      'impostor.sh',
      `[ -e ${box.dir}/once ] && exec ${box.fake('echoes-lines')}\n: > ${box.dir}/once\nexec sleep 1000\n`,
    )
    box.config(
      watchdog() +
        backend('own', `. ${box.dir}/impostor.sh`, 'process_name = "node"') +
        backend('shelled', 'bash --norc --noprofile -i', 'process_name = "node"') +
        backend('sleeper', 'sleep 1000', 'process_name = "sleep"') +
        agent('a', 'own') +
        agent('b', 'shelled') +
        agent('c', 'sleeper'),
    )
    await box.agents('up')
    const [a, b, c] = [box.pid('a'), box.pid('b'), box.pid('c')]
    await replaced(box, 'a', a)
    const kill = eventsOf(box, 'kill', 'a')[0]!
    expect(kill.cause).toBe('mismatch')
    expect(kill.evidence!.join('\n')).toContain('sleep')
    await sleep(2_000)
    expect([box.pid('b'), box.pid('c')]).toEqual([b, c])
    expect(eventsOf(box, 'kill')).toHaveLength(1)
    expect((await box.status()).attention.join()).toContain('b is shell')
  }, 30_000)

  test('row 14: five panes that flood: the watchdog stays cheap, the logs are rotated, others are healed', async ({
    box,
  }) => {
    const flooders = ['f1', 'f2', 'f3', 'f4', 'f5']
    box.config(
      watchdog('log_max = "64KB"\nlog_keep = 1') +
        backend('flood', box.fake('floods-output'), "active_re = 'no such text'") +
        backend('echo', box.fake('echoes-lines')) +
        flooders.map((name) => agent(name, 'flood', 'watch = "heal"\nstop_grace = "200ms"')).join('') +
        agent('a', 'echo'),
    )
    await box.agents('up')
    const dog = await watchdogPid(box)
    await sleep(1_500)
    const [cpu, began] = [cpuMs(dog), Date.now()]
    await sleep(4_000)
    const share = (cpuMs(dog) - cpu) / (Date.now() - began)
    expect(share).toBeLessThan(0.2)
    const doctor = JSON.parse((await box.agents('doctor', '--json')).stdout)
    const pace = doctor.checks.find((check: { id: string }) => check.id === 'watchdog.pace')
    expect(pace.level, pace.what).toBe('ok')
    const pid = box.pid('a')!
    const killed = Date.now()
    process.kill(pid, 'SIGKILL')
    await replaced(box, 'a', pid)
    expect(Date.now() - killed).toBeLessThan(3_000)
    for (const name of flooders) {
      expect(eventsOf(box, 'log-rotated', name).length).toBeGreaterThanOrEqual(2)
      expect(box.exists(`logs/x-${name}.log.2`)).toBe(false)
    }
    await box.agents('down')
  }, 40_000)
})
