import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execaSync } from 'execa'
import { describe, expect } from 'vitest'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, bystander, eventsOf, life, replaced, reportOf, startsOf, watchdog } from './fleet.ts'

const simple = (box: Sandbox, more = ''): string =>
  `${watchdog()}${backend('echo', box.fake('echoes-lines'))}${agent('a', 'echo')}${bystander}${more}`

/** Waits for the next refusal, and answers the problems that `status` shows. */
async function refused(box: Sandbox, edit: () => void): Promise<string> {
  const before = box.events().length
  edit()
  await box.until('refused', () =>
    box
      .events()
      .slice(before)
      .find((event) => event.kind === 'config-refused'),
  )
  const { config } = await box.status()
  expect(config.stale).toBe(true)
  return config.problems.map((problem) => `${problem.line ?? '-'} ${problem.key} ${problem.what}`).join('\n')
}

const pids = (box: Sandbox) => [box.pid('a'), box.pid('other')]

describe('an edit of the config of a running fleet', () => {
  test('row 49: written half, at any byte: nobody is stopped or started, and the whole file counts at last', async ({
    box,
  }) => {
    box.config(simple(box))
    const whole = box.read('agents.toml')
    await box.agents('up')
    const before = pids(box)
    for (let at = 0; at < whole.length; at += Math.ceil(whole.length / 60)) {
      box.write('agents.toml', whole.slice(0, at))
      await sleep(25)
    }
    box.write('agents.toml', `${whole}\n${agent('b', 'steady')}`)
    await box.until('the new agent', () => box.pid('b'))
    expect(pids(box)).toEqual(before)
    expect([startsOf(box, 'a'), startsOf(box, 'other')]).toEqual([1, 1])
    expect((await box.status()).config.stale).toBe(false)
  }, 30_000)

  test('row 50: replaced by a folder, a FIFO or a link to a device, or renamed away: the last good one stays, nothing blocks', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const before = pids(box)
    const path = `${box.dir}/agents.toml`
    const whole = box.read('agents.toml')
    const replacements: (() => void)[] = [
      () => mkdirSync(path),
      () => execaSync('mkfifo', [path]),
      () => renameSync(`${box.dir}/moved.toml`, `${box.dir}/moved-again.toml`),
    ]
    for (const replace of replacements) {
      writeFileSync(`${box.dir}/moved.toml`, whole)
      rmSync(path, { recursive: true, force: true })
      const problems = await refused(box, replace)
      expect(problems).not.toBe('')
    }
    execaSync('ln', ['-s', '/dev/zero', path])
    process.kill(before[0]!, 'SIGKILL')
    await replaced(box, 'a', before[0])
    rmSync(path, { recursive: true, force: true })
    writeFileSync(path, whole)
    await box.until('good again', async () => !(await box.status()).config.stale || undefined)
    expect(box.pid('other')).toBe(before[1])
  }, 40_000)

  test('row 52: a renamed agent is one removed and one added; the old one is reported, not lost', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const [a] = pids(box)
    box.config(simple(box).replace('name = "a"', 'name = "renamed"'))
    await box.until('the new one', () => box.pid('renamed'))
    expect(box.pid('a')).toBe(a)
    expect((await box.status()).unmanaged).toEqual([{ session: 'x-a', agent: 'a' }])
    expect(startsOf(box, 'renamed')).toBe(1)
  }, 30_000)

  test('row 53: two agents of one name or one session: all of it is refused, with the line', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const before = pids(box)
    const twice = await refused(box, () => box.config(simple(box, agent('a', 'steady'))))
    expect(twice).toMatch(/^\d+ agent/m)
    const shared = await refused(box, () => box.config(simple(box, agent('b', 'steady', 'session = "x-a"'))))
    expect(shared).toMatch(/session/)
    const mapped = await refused(box, () => box.config(simple(box, agent('c', 'steady', 'session = "a.b"'))))
    expect(mapped).toMatch(/session/)
    expect(pids(box)).toEqual(before)
    expect(box.pid('b')).toBeUndefined()
  }, 30_000)

  test('row 55: fewer phases than the index, a negative or an empty index: clamped and said, never phase 0', async ({
    box,
  }) => {
    const loop = (count: number) =>
      `${simple(box)}${agent('builder', 'steady', 'role = "builder"\nkind = "loop"\nwatch = "heal"')}
[loop]\nkickoff_template = "kickoff.md"\nauto_advance = false\nphases = [${Array.from({ length: count }, (_, n) => `{ id = "p${n}", plan = "x", status = "S${n}.md" }`).join(', ')}]\n`
    mkdirSync(`${box.dir}/prompts`)
    box.write('prompts/builder.md', 'build')
    box.write('kickoff.md', 'phase {phase_id}')
    box.config(loop(4))
    await box.agents('up')
    await box.agents('phase', 'set', '3')
    box.config(loop(2))
    await box.until('clamped', async () => (await box.status()).phase?.id === 'p1' || undefined)
    for (const index of ['-1', '1000000000', '']) {
      box.write('logs/state/phase-idx', index)
      const shown = await box.agents('phase')
      if (index === '1000000000') expect(shown.stdout).toContain('p1 [2/2]')
      if (index === '') expect(shown.stdout).not.toContain('p0 [1/2]')
    }
    await sleep(1_500)
    expect(box.read('logs/state/phase-idx')).not.toBe('0')
  }, 30_000)

  test('row 56: hundreds of edits a second: a few reloads, no needless restart', async ({ box }) => {
    box.config(simple(box))
    await box.agents('up')
    const [before, whole, began] = [pids(box), box.read('agents.toml'), Date.now()]
    let edits = 0
    while (Date.now() - began < 4_000) {
      for (let n = 0; n < 20; n += 1) {
        edits += 1
        box.write('agents.toml', `${whole}\n# edit ${edits}\nx_edit = ${edits}\n`)
      }
      await sleep(5)
    }
    box.write('agents.toml', `${whole}\n${agent('b', 'steady')}`)
    await box.until('the last edit counts', () => box.pid('b'))
    expect(edits).toBeGreaterThan(400)
    expect(eventsOf(box, 'config-loaded').length + eventsOf(box, 'config-refused').length).toBeLessThan(25)
    expect(pids(box)).toEqual(before)
    expect([startsOf(box, 'a'), startsOf(box, 'other')]).toEqual([1, 1])
  }, 30_000)

  test('row 57 and 58: unknown keys, wrong types, negative and absurd numbers and bombs are refused with their place', async ({
    box,
  }) => {
    box.config(simple(box))
    await box.agents('up')
    const before = pids(box)
    const edits: [string, RegExp][] = [
      ['[watchdog2]\nx = 1\n', /^\d+ watchdog2/m],
      ['[backend.n]\nbin = 7\n', /^\d+ backend\.n\.bin/m],
      ['[backend.n]\nbin = "true"\nstall_idle = -1\n', /^\d+ backend\.n\.stall_idle/m],
      ['[backend.n]\nbin = "true"\nstall_idle = 1e308\n', /^\d+ backend\.n\.stall_idle/m],
      [`# ${'x'.repeat(1 << 20)}\n`, /MiB|bytes/],
      [`deep = ${'['.repeat(80)}${']'.repeat(80)}\n`, /nest|deep/],
    ]
    for (const [text, problem] of edits) {
      const began = Date.now()
      expect(await refused(box, () => box.config(`${simple(box)}\n${text}`))).toMatch(problem)
      expect(Date.now() - began).toBeLessThan(4_000)
    }
    expect(pids(box)).toEqual(before)
  }, 60_000)

  test('row 60: a pattern that takes for ever is refused by the check; in force it is cut off and never means idle', async ({
    box,
  }) => {
    const stalls = "'(\\w+\\s?)*limit$'"
    box.config(
      `${simple(box)}${backend('t', `echo ${'word'.repeat(50)}! ; exec sleep 1000`, `active_re = ${stalls}\nfatal_re = ${stalls}\nstall_idle = 1`)}${agent('t', 't', 'watch = "heal+stall"')}`,
    )
    expect((await box.agents('config', 'check')).code).toBe(2)
    expect((await box.agents('up')).stderr).toMatch(/CONFIG_REGEX_SLOW[\s\S]*200 characters/)
    const t = box.pid('t')
    await box.until('unknown', async () => (await reportOf(box, 't')).reading === 'unknown' || undefined)
    const [a] = pids(box)
    process.kill(a!, 'SIGKILL')
    const began = Date.now()
    await replaced(box, 'a', a)
    expect(Date.now() - began).toBeLessThan(2_000)
    await sleep(3_000)
    expect(box.pid('t')).toBe(t)
    expect(eventsOf(box, 'kill')).toEqual([])
  }, 30_000)

  test('row 60: an edit that brings such a pattern is in force, its key is shown as a problem until it is mended, and no tick waits for the trial', async ({
    box,
  }) => {
    const withPattern = (pattern: string) =>
      `${simple(box)}${backend('t', 'sleep 1000', `fatal_re = '${pattern}'`)}${agent('t', 't')}`
    box.config(withPattern('(error|fault)+: gone'))
    await box.agents('up')
    const before = [...pids(box), box.pid('t')]
    expect((await box.agents('status', '--check')).code).toBe(0)
    box.config(withPattern('^(error|e|r|o)+$'))
    const slow = async () =>
      (await box.status()).config.problems.find((one) => one.code === 'CONFIG_REGEX_SLOW')
    expect(await box.until('the problem', slow)).toMatchObject({
      key: 'backend.t.fatal_re',
      severity: 'error',
    })
    const check = await box.agents('status', '--check')
    expect(check).toMatchObject({ code: 3, stdout: expect.stringContaining('agents config check') })
    expect((await box.status()).config.stale).toBe(false)
    const loaded = eventsOf(box, 'config-loaded').at(-1)
    expect(loaded?.because).toContain('backend.t.fatal_re')
    box.config(withPattern('^(?:error|fault): gone'))
    await box.until('mended', async () => ((await slow()) === undefined ? true : undefined))
    expect((await box.agents('status', '--check')).code).toBe(0)
    expect([...pids(box), box.pid('t')]).toEqual(before)
  }, 30_000)

  test('row 59: a prompt or folder that goes missing parks or holds that one agent with the reason, the others run', async ({
    box,
  }) => {
    box.write('prompt.md', 'go')
    box.config(simple(box, agent('b', 'steady', 'watch = "heal"\nprompt_file = "prompt.md"')))
    await box.agents('up')
    const [before, b] = [pids(box), box.pid('b')]
    rmSync(`${box.dir}/prompt.md`)
    await sleep(1_500)
    expect(box.pid('b')).toBe(b)
    process.kill(b!, 'SIGKILL')
    const parked = await life(box, 'b', 'parked')
    expect(parked.because).toContain('prompt.md')
    expect(pids(box)).toEqual(before)
    box.write('prompt.md', 'go')
    await life(box, 'b', 'up')
  }, 30_000)

  test('row 59: a folder that cannot be made is tried again, slower each time, shown as needing a person, and started when it can be', async ({
    box,
  }) => {
    box.write('taken', 'a file where the folder should be')
    box.config(simple(box, agent('b', 'steady', 'watch = "heal"\ndir = "taken/work"')))
    const up = await box.agents('up')
    expect(up.code).toBe(1)
    const before = pids(box)
    const waiting = await life(box, 'b', 'backing-off')
    expect(waiting.because).toContain('taken')
    expect(waiting.until).toBeGreaterThan(Date.now() - 5_000)
    const check = await box.agents('status', '--check')
    expect(check.code).toBe(3)
    expect(check.stdout).toMatch(/b cannot be started: .*taken/)
    expect((await box.agents('why', 'b')).stdout).toContain('taken')
    await box.until('three tries', () => failedStarts(box).length >= 4 || undefined, 15_000)
    const at = failedStarts(box).map((event) => event.at)
    const pauses = at.slice(1).map((instant, i) => instant - at[i]!)
    expect(pauses.at(-1)).toBeGreaterThan(1_900)
    expect(eventsOf(box, 'park')).toEqual([])
    rmSync(`${box.dir}/taken`)
    await life(box, 'b', 'up', 20_000)
    expect((await reportOf(box, 'b')).restarts).toBe(0)
    expect((await box.agents('status', '--check')).code).toBe(0)
    expect(pids(box)).toEqual(before)
  }, 40_000)
})

const failedStarts = (box: Sandbox) => eventsOf(box, 'start-failed', 'b')
