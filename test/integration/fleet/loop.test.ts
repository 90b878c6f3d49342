import { setTimeout as sleep } from 'node:timers/promises'
import { execaSync } from 'execa'
import { describe, expect } from 'vitest'
import { heard } from '../../support/heard.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'

const quiet = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

/** A bare origin, a clone as the project's repository, and another clone for pushing. */
function repositories(box: Sandbox): { push(file: string, text: string, subject: string): string } {
  const git = (cwd: string, ...args: string[]) =>
    execaSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd,
      env: { PATH: process.env.PATH ?? '', HOME: box.dir, ...quiet },
      extendEnv: false,
    }).stdout
  git(box.dir, 'init', '-q', '--bare', '-b', 'main', 'origin.git')
  git(box.dir, 'clone', '-q', 'origin.git', 'pusher')
  const push = (file: string, text: string, subject: string): string => {
    execaSync('mkdir', ['-p', 'machine-docs'], { cwd: `${box.dir}/pusher` })
    box.write(`pusher/${file}`, text)
    git(`${box.dir}/pusher`, 'add', '-A')
    git(`${box.dir}/pusher`, 'commit', '-q', '-m', subject)
    git(`${box.dir}/pusher`, 'push', '-q', 'origin', 'HEAD:main')
    return git(`${box.dir}/pusher`, 'rev-parse', 'HEAD')
  }
  push('README', 'start', 'start')
  git(box.dir, 'clone', '-q', 'origin.git', 'repo')
  return { push }
}

const loopConfig = (box: Sandbox): string => `
[watchdog]
signal_interval = 1
heavy_interval = 1
[backend.t]
bin = "${box.fake('echoes-lines')}"
prompt_delivery = "exec"
composer_re = '> '
[[agent]]
name = "builder"
kind = "loop"
role = "builder"
backend = "t"
watch = "heal"
env = { AGENT_RECORD = "${box.dir}/builder.record" }
[[agent]]
name = "adversary"
kind = "loop"
role = "adversary"
backend = "t"
watch = "heal"
env = { AGENT_RECORD = "${box.dir}/adversary.record" }
[[agent]]
name = "reporter"
kind = "task"
backend = "report"
enabled = false
[backend.report]
bin = "echo run >> ${box.dir}/reported; sleep 600"
prompt_delivery = "exec"
[loop]
phases = [{ id = "one", plan = "first", status = "STATUS-1.md" }, { id = "two", status = "STATUS-2.md" }]
kickoff_template = "kickoff.md"
[loop.handoff]
repo = "repo"
inboxes = ["ADVERSARY-INBOX.md", "BUILDER-INBOX.md"]
[loop.on_complete]
run = "reporter"
`

function prompts(box: Sandbox): void {
  execaSync('mkdir', ['-p', 'prompts'], { cwd: box.dir })
  box.write('prompts/builder.md', 'build')
  box.write('prompts/adversary.md', 'break')
  box.write('kickoff.md', 'phase {phase_id} plan {plan} role {role}\n')
}

const told = (box: Sandbox, who: string): string[] => heard(box, `${who}.record`)

describe('hand-offs', () => {
  test('a claim pings the adversary, a review the builder, once each, also those pushed while the watchdog was down', async ({
    box,
  }) => {
    const { push } = repositories(box)
    prompts(box)
    box.config(loopConfig(box))
    await box.agents('up')
    await box.until(
      'the tip is known',
      async () => (await box.agents('phase', '--json')).code === 0 || undefined,
    )
    await sleep(1_500)
    push('a', '1', 'claim: gate one')
    const claim = await box.until('the claim ping', () => told(box, 'adversary')[0])
    expect(claim).toMatch(/^watchdog ping:/)
    expect(claim).not.toContain('gate one')
    push('a', '2', 'review: finding')
    await box.until('the review ping', () => told(box, 'builder')[0])
    await box.agents('down', 'watchdog')
    push('a', '3', 'claim: while down')
    push('a', '4', 'unrelated')
    await box.agents('up', 'watchdog')
    await box.until('the second claim ping', () => told(box, 'adversary')[1], 15_000)
    await sleep(1_500)
    expect(told(box, 'adversary')).toHaveLength(2)
    expect(told(box, 'builder')).toHaveLength(1)
  }, 60_000)

  test('the watchdog killed at every step of a delivery: pinged at least once, unmarked at most once', async ({
    box,
  }) => {
    const { push } = repositories(box)
    prompts(box)
    box.config(loopConfig(box))
    await box.agents('up')
    await sleep(1_500)
    await box.agents('down', 'watchdog')
    let expected = 0
    const steps = ['queued', 'staged', 'stood', 'typed', 'recorded'].map((name) => `delivery.${name}`)
    for (const step of steps) {
      push('a', step, `claim: ${step}`)
      expected += 1
      const dog = box.watchdog({ AGENTS_CRASH_AT: step })
      await dog.ended
      const next = box.watchdog()
      await box.until(
        `the ping after ${step}`,
        () => told(box, 'adversary').length >= expected || undefined,
        15_000,
      )
      await sleep(1_000)
      process.kill(next.pid, 'SIGTERM')
      await next.ended
      const all = told(box, 'adversary')
      const unmarked = all.filter((text) => !text.includes('(redelivery'))
      expect(unmarked.length).toBeLessThanOrEqual(expected)
      expected = all.length
    }
  }, 90_000)

  test('a half-typed line of a person is neither joined nor overwritten: the ping waits until it is gone', async ({
    box,
  }) => {
    const { push } = repositories(box)
    prompts(box)
    box.config(loopConfig(box))
    await box.agents('up')
    await sleep(1_500)
    box.tmux('send-keys', '-t', '=x-adversary:', 'half a thought')
    await sleep(300)
    push('a', '1', 'claim: gate one')
    await box.event((event) => event.kind === 'refused' && event.agent === 'adversary')
    await sleep(2_000)
    expect(told(box, 'adversary')).toEqual([])
    expect((await box.status()).agents.find((agent) => agent.name === 'adversary')?.queued).toBe(1)
    box.tmux('send-keys', '-t', '=x-adversary:', 'Enter')
    await box.until('the ping', () => told(box, 'adversary')[1], 10_000)
    expect(told(box, 'adversary')[0]).toBe('half a thought')
    expect(told(box, 'adversary')[1]).toMatch(/^watchdog ping:/)
    expect(box.events().filter((event) => event.kind === 'refused')).toHaveLength(1)
  }, 40_000)

  test("an inbox file's new content is announced once", async ({ box }) => {
    const { push } = repositories(box)
    prompts(box)
    box.config(loopConfig(box))
    await box.agents('up')
    await sleep(1_500)
    push('machine-docs/BUILDER-INBOX.md', 'please look', 'note')
    const ping = await box.until('the inbox ping', () => told(box, 'builder')[0])
    expect(ping).toContain('BUILDER-INBOX.md')
    await sleep(1_500)
    expect(told(box, 'builder')).toHaveLength(1)
  }, 40_000)
})

describe('phases', () => {
  test('heavy_interval bounds the reaction to a DONE that nothing tells of, however rare the signal checks are', async ({
    box,
  }) => {
    const { push } = repositories(box)
    prompts(box)
    // By its address the remote lies behind a network: no folder of it can be watched.
    const far = ['config', `url.${box.dir}/.insteadOf`, 'far:']
    for (const words of [far, ['config', 'remote.origin.url', 'far:origin.git']]) {
      execaSync('git', words, { cwd: `${box.dir}/repo`, env: { HOME: box.dir, ...quiet } })
    }
    box.config(
      loopConfig(box)
        .replace('signal_interval = 1', 'signal_interval = 600')
        .replace('heavy_interval = 1', 'heavy_interval = 0.5'),
    )
    await box.agents('up')
    await box.until('the remote was read', () => box.exists('repo/.git/refs/agents') || undefined)
    await sleep(2_500)
    push('machine-docs/STATUS-1.md', '# one\n\n## DONE\n\nall gates passed\n', 'done')
    await box.event((event) => event.kind === 'phase' && event.to === 1, 8_000)
  }, 40_000)

  test('pushed DONE markers advance to the end, once; on_complete runs once; placeholders do not count', async ({
    box,
  }) => {
    const { push } = repositories(box)
    prompts(box)
    box.config(loopConfig(box))
    await box.agents('up')
    box.write('logs/.run-on-complete', '')
    const kickoff = () => box.read('logs/state/kickoff-x-builder.txt')
    expect(kickoff()).toBe('phase one plan first role builder\nbuild')
    const pid = box.pid('builder')
    push('machine-docs/STATUS-1.md', '# one\n\n## DONE\n\n- not yet\n', 'template')
    await sleep(2_000)
    expect((await box.status()).phase).toMatchObject({ id: 'one', done: false })
    box.write('repo/STATUS-1.md', '## DONE\nall gates passed\n')
    await sleep(1_500)
    expect((await box.status()).phase).toMatchObject({ id: 'one' })
    push('machine-docs/STATUS-1.md', '# one\n\n## DONE\n\nall gates passed\n', 'done')
    await box.until('phase two', async () => (await box.status()).phase?.id === 'two' || undefined, 15_000)
    await box.until('the builder of phase two', () =>
      box.pid('builder') !== pid ? box.pid('builder') : undefined,
    )
    expect(kickoff()).toContain('phase two')
    expect(box.read('logs/state/phase-idx')).toBe('1')
    push('machine-docs/STATUS-2.md', '## DONE\nreally\n', 'done too')
    await box.until('complete', () => box.exists('logs/SEQUENCE-COMPLETE') || undefined, 15_000)
    await box.until('reported', () => box.exists('reported') || undefined)
    await sleep(2_000)
    expect(box.read('reported')).toBe('run\n')
    expect([box.pid('builder'), box.pid('adversary')]).toEqual([undefined, undefined])
    const status = await box.status()
    expect(status.phase).toMatchObject({ complete: true })
  }, 60_000)

  test('phase show, next and set; out of range is refused and nothing is written', async ({ box }) => {
    repositories(box)
    prompts(box)
    box.config(loopConfig(box))
    const show = await box.agents('phase')
    expect(show.stdout).toContain('one [1/2]')
    expect((await box.agents('phase', 'set', '7')).code).toBe(2)
    expect((await box.agents('phase', 'set', 'x')).code).toBe(2)
    expect((await box.agents('phase', 'show')).stdout).toContain('one [1/2]')
    expect((await box.agents('phase', 'next')).stdout).toContain('two')
    expect(box.read('logs/state/phase-idx')).toBe('1')
    const [first, second] = await Promise.all([
      box.agents('phase', 'set', '0'),
      box.agents('phase', 'set', '0'),
    ])
    expect([first.code, second.code]).toContain(0)
    expect(box.read('logs/state/phase-idx')).toBe('0')
  })
})
