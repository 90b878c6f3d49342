import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { execaSync } from 'execa'
import { describe, expect, onTestFinished } from 'vitest'
import { heard } from '../../support/heard.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, eventsOf, life, replaced, watchdog } from './fleet.ts'

const quiet = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' }

/** A bare origin, the project's clone `repo`, and `pusher` with a function that commits and pushes from it. */
function repositories(box: Sandbox) {
  const git = (cwd: string, ...args: string[]): string =>
    execaSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.invalid', ...args], {
      cwd: `${box.dir}/${cwd}`,
      env: { PATH: process.env.PATH ?? '', HOME: box.dir, ...quiet },
      extendEnv: false,
    }).stdout
  git('.', 'init', '-q', '--bare', '-b', 'main', 'origin.git')
  git('.', 'clone', '-q', 'origin.git', 'pusher')
  execaSync('mkdir', ['-p', `${box.dir}/pusher/machine-docs`, `${box.dir}/prompts`])
  const commit = (file: string, text: string, subject: string): void => {
    box.write(`pusher/${file}`, text)
    git('pusher', 'add', '-A')
    git('pusher', 'commit', '-q', '-m', subject)
  }
  const push = (file: string, text: string, subject: string): void => {
    commit(file, text, subject)
    git('pusher', 'push', '-q', 'origin', 'HEAD:main')
  }
  push('README', 'start', 'start')
  git('.', 'clone', '-q', 'origin.git', 'repo')
  box.write('prompts/builder.md', 'build')
  box.write('prompts/adversary.md', 'break')
  box.write('kickoff.md', 'phase {phase_id}')
  return { git, commit, push }
}

const fleet = (box: Sandbox, more = ''): string =>
  watchdog(more) +
  backend('t', box.fake('echoes-lines'), "composer_re = '> '") +
  ['builder', 'adversary']
    .map((name) =>
      agent(
        name,
        't',
        `kind = "loop"\nrole = "${name}"\nwatch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/${name}.record" }`,
      ),
    )
    .join('') +
  `[loop]\nkickoff_template = "kickoff.md"\nphases = [{ id = "one", plan = "x", status = "STATUS-1.md" }, { id = "two", plan = "x", status = "STATUS-2.md" }]\n` +
  '[loop.handoff]\nrepo = "repo"\n'

/** Those between two others die the same way: chaos tries them all. */
const advanceSteps = ['phase-journal', 'phase-stop-loops', 'phase-write-index', 'phase-start-loops']
const completeSteps = ['phase-claim', 'phase-remove-trigger', 'phase-run']
const handoffSteps = ['handoff-fetched', 'handoff-pending', 'handoff-emitted', 'handoff-saved']

/** A watchdog that dies at a named step of its work. */
async function dieAt(box: Sandbox, step: string): Promise<void> {
  const dog = box.watchdog({ AGENTS_CRASH_AT: step })
  const died = await Promise.race([dog.ended.then(() => true), sleep(12_000).then(() => false)])
  expect(died, `never came to ${step}:\n${dog.output()}`).toBe(true)
}

const pings = (box: Sandbox, name: string) => heard(box, `${name}.record`)

describe('git, seen from a running fleet', () => {
  test('row 80: the remote is away: healing does not notice, it is said once, and the claim is pinged when it is back', async ({
    box,
  }) => {
    const { commit, git } = repositories(box)
    box.config(fleet(box))
    await box.agents('up')
    await sleep(1_500)
    renameSync(`${box.dir}/origin.git`, `${box.dir}/away.git`)
    await box.event((event) => event.kind === 'git-trouble')
    const pid = box.pid('builder')
    process.kill(pid!, 'SIGKILL')
    const began = Date.now()
    await replaced(box, 'builder', pid)
    expect(Date.now() - began).toBeLessThan(2_000)
    await sleep(2_000)
    expect(eventsOf(box, 'git-trouble').length).toBe(1)
    expect((await box.agents('status', '--check')).stdout).toContain('hand-offs')
    renameSync(`${box.dir}/away.git`, `${box.dir}/origin.git`)
    commit('work', '1', 'claim: done meanwhile')
    git('pusher', 'push', '-q', 'origin', 'HEAD:main')
    await box.until('the ping', () => pings(box, 'adversary')[0], 15_000)
  }, 40_000)

  test('row 81: a remote that accepts and never answers: healing does not notice, and nothing is left of the fetch', async ({
    box,
  }) => {
    const { git } = repositories(box)
    const hole = createServer(() => undefined)
    await new Promise<void>((done) => hole.listen(0, '127.0.0.1', done))
    const { port } = hole.address() as { port: number }
    git('repo', 'remote', 'set-url', 'origin', `http://127.0.0.1:${port}/x.git`)
    box.config(fleet(box, 'git_deadline = "1500ms"'))
    await box.agents('up')
    const pid = box.pid('builder')
    process.kill(pid!, 'SIGKILL')
    const began = Date.now()
    await replaced(box, 'builder', pid)
    expect(Date.now() - began).toBeLessThan(2_000)
    const trouble = await box.event((event) => event.kind === 'git-trouble')
    expect(trouble.because).toBeTruthy()
    await box.agents('down', '--grace', '0')
    const left = execaSync('sh', [
      '-c',
      `grep -la 'HOME=${box.dir}' /proc/[0-9]*/environ 2>/dev/null | wc -l`,
    ])
    expect(left.stdout.trim()).toBe('0')
    hole.close()
  }, 40_000)

  describe('row 81, against a remote that never answers', () => {
    /** The helpers that talk to it. */
    const hang = async (box: Sandbox): Promise<() => string[]> => {
      const { git } = repositories(box)
      const hole = createServer(() => undefined)
      onTestFinished(() => void hole.close())
      await new Promise<void>((done) => hole.listen(0, '127.0.0.1', done))
      const { port } = hole.address() as { port: number }
      git('repo', 'remote', 'set-url', 'origin', `http://127.0.0.1:${port}/x.git`)
      box.config(fleet(box, 'git_deadline = "100s"'))
      return () =>
        execaSync('pgrep', ['-f', `remote-http origin http://127.0.0.1:${port}/`], { reject: false })
          .stdout.split('\n')
          .filter(Boolean)
    }

    test('a fetch whose watchdog was killed is ended by the next one', async ({ box }) => {
      const fetches = await hang(box)
      await box.agents('up')
      const hanging = await box.until('a fetch', () => (fetches().length > 1 ? fetches() : undefined), 15_000)
      process.kill((await box.status()).watchdog.pid!, 'SIGKILL')
      // By itself it would give up after 15 seconds.
      await box.until('its end', () => !fetches().some((pid) => hanging.includes(pid)), 8_000)
      await box.until('the fetch of the next one', () => fetches().length > 0, 15_000)
      await box.agents('down', '--grace', '0')
      expect(fetches()).toEqual([])
    }, 60_000)

    test('a command that gave up waiting leaves no fetch behind', async ({ box }) => {
      const fetches = await hang(box)
      const shown = await box.agents('phase', 'why')
      expect([shown.code, fetches()], shown.stdout + shown.stderr).toEqual([0, []])
    }, 60_000)
  })

  test('row 89: a push that dies half-way is not seen, the next one is, once', async ({ box }) => {
    const { commit, git } = repositories(box)
    box.config(fleet(box))
    box.write('origin.git/hooks/pre-receive', '#!/bin/sh\n[ -e "$HOME/die" ] && kill -9 $PPID\nexit 0\n')
    execaSync('chmod', ['+x', `${box.dir}/origin.git/hooks/pre-receive`])
    await box.agents('up')
    await sleep(1_500)
    box.write('die', '')
    commit('work', '1', 'claim: half-way')
    expect(() => git('pusher', 'push', '-q', 'origin', 'HEAD:main')).toThrow()
    await sleep(2_000)
    expect(pings(box, 'adversary')).toEqual([])
    rmSync(`${box.dir}/die`)
    git('pusher', 'push', '-q', 'origin', 'HEAD:main')
    await box.until('the ping', () => pings(box, 'adversary')[0], 15_000)
    await sleep(1_200)
    expect(pings(box, 'adversary')).toHaveLength(1)
  }, 40_000)

  test('row 88: pushes that the remote rejects, by a hook or as no fast-forward, are no news; nothing but the agents pushes', async ({
    box,
  }) => {
    const { commit, git, push } = repositories(box)
    box.config(fleet(box))
    const hook =
      '#!/bin/sh\necho push >> "$HOME/pushes"\n[ -e "$HOME/closed" ] && { echo protected; exit 1; }\nexit 0\n'
    box.write('origin.git/hooks/pre-receive', hook)
    execaSync('chmod', ['+x', `${box.dir}/origin.git/hooks/pre-receive`])
    await box.agents('up')
    await sleep(1_500)
    box.write('closed', '')
    const status = 'machine-docs/STATUS-1.md'
    commit(status, '## DONE\n\nall gates passed\n', 'claim: and done')
    expect(() => git('pusher', 'push', '-q', 'origin', 'HEAD:main')).toThrow(/protected/)
    await sleep(2_000)
    expect(pings(box, 'adversary')).toEqual([])
    expect((await box.status()).phase?.position).toBe(1)
    // Meanwhile somebody else is faster: the next try is no fast-forward.
    rmSync(`${box.dir}/closed`)
    git('.', 'clone', '-q', 'origin.git', 'rival')
    box.write('rival/theirs', 'x')
    git('rival', 'add', '-A')
    git('rival', 'commit', '-q', '-m', 'theirs')
    git('rival', 'push', '-q', 'origin', 'HEAD:main')
    expect(() => git('pusher', 'push', '-q', 'origin', 'HEAD:main')).toThrow(
      /rejected|fetch first|non-fast-forward/,
    )
    await sleep(1_500)
    expect(pings(box, 'adversary')).toEqual([])
    git('pusher', 'pull', '-q', '--rebase', 'origin', 'main')
    git('pusher', 'push', '-q', 'origin', 'HEAD:main')
    await box.event((event) => event.kind === 'phase' && event.to === 1, 15_000)
    await sleep(1_200)
    expect(pings(box, 'adversary').length).toBeLessThanOrEqual(1)
    const seen = eventsOf(box, 'handoff').filter((event) => event.agent === 'adversary')
    expect(seen).toHaveLength(1)
    // Closed once, then the rival's and the one that got through: nobody else pushed.
    expect(box.read('pushes').trim().split('\n')).toHaveLength(3)
    push('more', '1', 'unrelated')
  }, 60_000)

  test('row 90: a DONE that is a placeholder, in a code block or not pushed moves nothing; a real one moves by one, also when taken back', async ({
    box,
  }) => {
    const { push, commit, git } = repositories(box)
    box.config(fleet(box))
    await box.agents('up')
    const phase = async () => (await box.status()).phase?.id
    const status = 'machine-docs/STATUS-1.md'
    push(status, '## DONE\n\n<what was done>\n', 'template')
    push(status, '```\n## DONE\nall gates passed\n```\n', 'example')
    box.write('repo/STATUS-1.md', '## DONE\nall gates passed\n')
    commit(status, '## DONE\nall gates passed\n', 'not pushed')
    await sleep(2_500)
    expect(await phase()).toBe('one')
    git('pusher', 'push', '-q', 'origin', 'HEAD:main')
    await box.until('phase two', async () => (await phase()) === 'two' || undefined, 15_000)
    push(status, 'not done after all\n', 'taken back')
    push(status, '## DONE\nall gates passed\n', 'done again')
    await sleep(2_500)
    expect(await phase()).toBe('two')
    expect(eventsOf(box, 'start', 'builder').filter((event) => event.cause === 'phase')).toHaveLength(1)
    await life(box, 'builder', 'up')
  }, 40_000)

  test('row 36: killed at every step of an advance and of the completion: one phase at a time, on_complete once', async ({
    box,
  }) => {
    const { push } = repositories(box)
    const steps = advanceSteps
    const ids = Array.from({ length: steps.length + 1 }, (_, n) => `p${n}`)
    const phases = ids.map((id) => `{ id = "${id}", plan = "x", status = "STATUS-${id}.md" }`).join(', ')
    box.config(
      `${fleet(box).replace(/phases = \[.*\]/, `phases = [${phases}]`)}
[loop.on_complete]\nrun = "reporter"\n${backend('report', `echo run >> ${box.dir}/reported; exec sleep 600`)}${agent('reporter', 'report', 'kind = "task"\nenabled = false')}`,
    )
    mkdirSync(`${box.dir}/logs`, { mode: 0o700 })
    box.write('logs/.run-on-complete', '')
    const done = (id: string) => push(`machine-docs/STATUS-${id}.md`, '## DONE\nall of it\n', `done ${id}`)
    const index = () => Number(box.read('logs/state/phase-idx'))
    let highest = 0
    for (const [n, step] of steps.entries()) {
      done(`p${n}`)
      await dieAt(box, step)
      // It may have died while it finished the move before.
      const now = box.exists('logs/state/phase-idx') ? index() : 0
      expect(now).toBeGreaterThanOrEqual(highest)
      expect(now).toBeLessThanOrEqual(n + 1)
      highest = now
    }
    const dog = box.watchdog()
    await box.until('the last phase', () => index() === steps.length || undefined, 15_000)
    await box.until('its builder', () => box.pid('builder'))
    expect(box.read('logs/state/kickoff-x-builder.txt')).toContain(`phase p${steps.length}`)
    process.kill(dog.pid, 'SIGTERM')
    await dog.ended
    done(`p${steps.length}`)
    for (const step of completeSteps) await dieAt(box, step)
    const last = box.watchdog()
    await box.until(
      'complete',
      () => (box.exists('logs/SEQUENCE-COMPLETE') && box.exists('reported')) || undefined,
      15_000,
    )
    await sleep(1_500)
    expect(box.read('reported')).toBe('run\n')
    expect([box.pid('builder'), box.pid('adversary')]).toEqual([undefined, undefined])
    process.kill(last.pid, 'SIGTERM')
    await last.ended
    // A death may cost the record of the step it fell upon, never turn the order.
    const moves = eventsOf(box, 'phase').map((event) => Number(event.to))
    expect(moves).toEqual([...new Set(moves)].sort((a, b) => a - b))
  }, 120_000)

  test('row 38: killed at every step of a hand-off, with pushes meanwhile: each claim is pinged, unmarked at most once', async ({
    box,
  }) => {
    const { push } = repositories(box)
    box.config(fleet(box))
    const first = box.watchdog()
    await box.until('both are up', () => (box.pid('builder') && box.pid('adversary')) || undefined)
    await sleep(1_500)
    process.kill(first.pid, 'SIGTERM')
    await first.ended
    for (const [n, step] of handoffSteps.entries()) {
      push(`work-${n}`, step, `claim: ${step}`)
      await dieAt(box, step)
    }
    push('work-last', 'x', 'claim: while down')
    const last = box.watchdog()
    // What was being typed when the watchdog died may be heard by its marked second presentation alone.
    const claims = () => [
      ...new Set(pings(box, 'adversary').map((text) => text.replace(/ \(redelivery \d\)$/, ''))),
    ]
    const count = () =>
      claims().reduce((sum, text) => sum + Number(/(\d+) gate claims/.exec(text)?.[1] ?? 1), 0)
    await box.until('five claims', () => count() >= 5 || undefined, 15_000)
    await sleep(1_500)
    expect(count()).toBe(5)
    const unmarked = pings(box, 'adversary').filter((text) => !text.includes('(redelivery'))
    expect(new Set(unmarked).size).toBe(unmarked.length)
    process.kill(last.pid, 'SIGTERM')
    await last.ended
  }, 90_000)
})
