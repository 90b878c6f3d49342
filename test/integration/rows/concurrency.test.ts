import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect } from 'vitest'
import { heard } from '../../support/heard.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import { agent, backend, bystander, eventsOf, replaced, startsOf, watchdog, watchdogPid } from './fleet.ts'

const echo = (box: Sandbox) => backend('echo', box.fake('echoes-lines'), "composer_re = '> '")
const sessions = (box: Sandbox, name: string): number =>
  box
    .tmux('list-panes', '-a', '-F', '#{session_name}')
    .stdout.split('\n')
    .filter((one) => one === name).length

/** pids of processes whose environment holds the agent's run mark. */
async function marked(box: Sandbox, name: string): Promise<number> {
  const { stdout } = await execa('sh', [
    '-c',
    `grep -la 'AGENTS_AGENT=${name}' /proc/[0-9]*/environ 2>/dev/null; :`,
  ])
  const mine = await execa('sh', ['-c', `grep -la 'HOME=${box.dir}' /proc/[0-9]*/environ 2>/dev/null; :`])
  const all = new Set(mine.stdout.split('\n'))
  return stdout.split('\n').filter((path) => path !== '' && all.has(path)).length
}

describe('many commands at once', () => {
  test('row 108: twenty cold ups: one server, one session and one process of each, all exit 0', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + agent('a', 'echo') + agent('b', 'echo') + bystander)
    const runs = await Promise.all(Array.from({ length: 20 }, () => box.agents('up')))
    expect(runs.filter((run) => run.code !== 0).map((run) => run.stdout + run.stderr)).toEqual([])
    expect(['x-a', 'x-b', 'x-other', 'x-watchdog'].map((name) => sessions(box, name))).toEqual([1, 1, 1, 1])
    expect([await marked(box, 'a'), await marked(box, 'b')]).toEqual([1, 1])
    expect([startsOf(box, 'a'), startsOf(box, 'b')]).toEqual([1, 1])
    const said = runs.flatMap((run) => [...run.stdout.matchAll(/^ (\w+) +started/gm)].map(([, name]) => name))
    expect(said.sort()).toEqual(['a', 'b', 'other', 'watchdog'])
  }, 60_000)

  test('row 109: six watchdogs at once: one supervises, five refuse with exit 4 and name it', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + agent('a', 'echo'))
    const dogs = Array.from({ length: 6 }, () => box.watchdog())
    const winner = await watchdogPid(box)
    const losers = dogs.filter((dog) => dog.pid !== winner)
    expect(losers).toHaveLength(5)
    expect(await Promise.all(losers.map((dog) => dog.ended))).toEqual([4, 4, 4, 4, 4])
    await box.until('a is up', () => box.pid('a'))
    expect(startsOf(box, 'a')).toBe(1)
    const late = box.watchdog()
    expect(await late.ended).toBe(4)
    expect(late.output()).toContain(String(winner))
  }, 30_000)

  test('row 110: down while the agent is being healed: down wins, and it stays down', async ({ box }) => {
    box.config(
      watchdog('backoff_initial = "20ms"\nbackoff_max = "20ms"\npark_after = 1000\nfleet_intensity = 1000') +
        backend('dies', box.fake('lives-two-seconds')) +
        agent('a', 'dies', 'watch = "heal"\nenv = { AGENT_LIVES_MS = "60" }') +
        bystander,
    )
    await box.agents('up')
    const other = box.pid('other')
    for (let round = 0; round < 2; round += 1) {
      await box.agents('up', 'a')
      await sleep(150 + round * 90)
      expect((await box.agents('down', 'a', '--grace', '0')).code).toBe(0)
      const starts = startsOf(box, 'a')
      await sleep(700)
      expect([startsOf(box, 'a'), box.pid('a')]).toEqual([starts, undefined])
    }
    await box.agents('up', 'a')
    await sleep(300)
    expect((await box.agents('down', '--grace', '0')).code).toBe(0)
    await sleep(700)
    expect(box.tmux('list-sessions').code).not.toBe(0)
    expect([await marked(box, 'a'), await marked(box, 'other')]).toEqual([0, 0])
    expect(other).toBeDefined()
  }, 40_000)

  test('row 111: six phase next at once: each that wins moves by one, the others are told', async ({
    box,
  }) => {
    const phases = Array.from({ length: 30 }, (_, n) => `{ id = "p${n}", plan = "x", status = "S${n}.md" }`)
    box.config(
      `${watchdog()}${bystander}${agent('builder', 'steady', 'kind = "loop"\nrole = "builder"\nwatch = "heal"')}
[loop]\nkickoff_template = "kickoff.md"\nauto_advance = false\nphases = [${phases.join(', ')}]\n`,
    )
    await execa('mkdir', ['-p', 'prompts'], { cwd: box.dir })
    box.write('prompts/builder.md', 'build')
    box.write('kickoff.md', 'phase {phase_id}')
    await box.agents('up')
    for (let round = 0; round < 2; round += 1) {
      const before = round === 0 ? 0 : Number(box.read('logs/state/phase-idx'))
      const runs = await Promise.all(Array.from({ length: 6 }, () => box.agents('phase', 'next')))
      const won = runs.filter((run) => run.code === 0).length
      expect(won).toBeGreaterThanOrEqual(1)
      expect(Number(box.read('logs/state/phase-idx'))).toBe(before + won)
      for (const lost of runs.filter((run) => run.code !== 0))
        expect(lost.stderr).toMatch(/moved|by now|under way/)
    }
  }, 40_000)

  test('row 112: ten restarts and ups of an agent that is being restarted: one live process, started in order', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + agent('a', 'echo'))
    await box.agents('up')
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    const runs = await Promise.all(
      Array.from({ length: 10 }, (_, n) => box.agents(n % 2 === 0 ? 'restart' : 'up', 'a')),
    )
    expect(runs.filter((run) => run.code !== 0).map((run) => run.stdout + run.stderr)).toEqual([])
    await sleep(1_500)
    expect([sessions(box, 'x-a'), await marked(box, 'a')]).toEqual([1, 1])
    expect(startsOf(box, 'a')).toBeLessThanOrEqual(7)
    expect((await box.status()).agents[0]?.life).toBe('up')
  }, 60_000)

  test('row 113: the watchdog’s wakes and the pastes of other hands never mix their bytes', async ({
    box,
  }) => {
    box.write('wake-0.md', `wake-0 ${'w'.repeat(900)} end-0`)
    box.config(
      watchdog() +
        echo(box) +
        agent(
          'a',
          'echo',
          `watch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/record" }\nwake = { prompt_file = "wake-0.md", interval = 1 }`,
        ),
    )
    await box.agents('up')
    const { createTmux } = await import('../../../src/adapters/tmux/index.ts')
    const project = box.dir
    const tmux = createTmux({
      server: { kind: 'path', path: resolve(box.dir, 's') },
      deadlineMs: 5_000,
      keeper: { session: 'x--other', tag: { project, agent: 'x', run: 'x' }, dir: project },
      serverEnv: {},
    })
    const pane = box.tmux('list-panes', '-t', '=x-a:', '-F', '#{pane_id}').stdout
    for (let n = 0; n < 20; n += 1) {
      await tmux.paste(pane, `mine-${n} ${'m'.repeat(900)} end-1`)
      await tmux.key(pane, 'Enter')
      await sleep(150)
    }
    await tmux.close()
    await box.until('a wake', () => heard(box, 'record').some((line) => line.includes('wake-0')) || undefined)
    await sleep(1_500)
    const parts = heard(box, 'record').flatMap((line) => line.split(/(?<= end-\d)\s*/))
    const whole = /^(?:mine-\d+ m{900} end-1|wake-0 w{900} end-0)$/
    expect(parts.filter((part) => part !== '' && !whole.test(part))).toEqual([])
    expect(
      heard(box, 'record')
        .join('\n')
        .match(/mine-\d+ /g),
    ).toHaveLength(20)
  }, 40_000)

  test('INV-10: each kill, restart and park has one record with its reason and evidence, and its effect', async ({
    box,
  }) => {
    box.config(
      watchdog('backoff_initial = "50ms"\nbackoff_max = "100ms"\npark_after = 3') +
        backend('stalls', box.fake('goes-quiet'), "active_re = 'Working'\nstall_idle = 1") +
        agent('stalls', 'stalls', 'watch = "heal+stall"\nenv = { AGENT_BUSY_MS = "100" }') +
        backend('dies', box.fake('dies-at-once')) +
        agent('dies', 'dies') +
        bystander,
    )
    await box.agents('up')
    await box.event((event) => event.kind === 'park' && event.agent === 'dies', 15_000)
    const pid = box.pid('other')
    process.kill(pid!, 'SIGKILL')
    await replaced(box, 'other', pid)
    await box.event((event) => event.kind === 'kill' && event.agent === 'stalls', 15_000)
    await box.agents('restart', 'other')
    await sleep(500)
    const told = box.events().filter((event) => ['kill', 'park', 'start', 'stop'].includes(event.kind))
    expect(told.filter((event) => (event.because ?? '') === '')).toEqual([])
    for (const event of told.filter((one) => one.kind === 'kill' || one.kind === 'park')) {
      expect(event.evidence?.length, JSON.stringify(event)).toBeGreaterThanOrEqual(
        event.kind === 'kill' ? 2 : 1,
      )
      expect(event.agent).toBeDefined()
    }
    for (const name of ['stalls', 'dies', 'other'])
      expect(eventsOf(box, 'started', name).length).toBe(eventsOf(box, 'start', name).length)
    const all = box.events().filter((event) => event.agent === 'stalls')
    for (const kill of all.filter((event) => event.kind === 'kill'))
      expect(all.find((event) => event.seq > kill.seq)?.kind).toBe('stopped')
  }, 40_000)
})
