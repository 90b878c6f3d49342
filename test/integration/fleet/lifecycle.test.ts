import { resolve } from 'node:path'
import { execaSync } from 'execa'
import { describe, expect } from 'vitest'
import { prefix, type Sandbox, test } from '../../support/sandbox.ts'

const program = resolve('dist/agents.js')

const plain = (box: Sandbox, agents: string[], extra = ''): string =>
  [
    `[backend.echo]\nbin = "${box.fake('echoes-lines')}"\nprompt_delivery = "exec"\nactive_re = "Working"`,
    ...agents.map((name) => `[[agent]]\nname = "${name}"\nbackend = "echo"\nwatch = "heal"\n`),
    extra,
  ].join('\n')

/** Zombies count as gone: nobody may have reaped them yet. */
const alive = (pid: number): boolean => {
  const state = execaSync('ps', ['-o', 'stat=', '-p', String(pid)], { reject: false }).stdout.trim()
  return state !== '' && !state.startsWith('Z')
}

describe('up and down', () => {
  test('up starts every agent and the watchdog, a second up leaves them alone, down leaves nothing', async ({
    box,
  }) => {
    box.config(plain(box, ['a', 'b'], '[[service]]\nname = "web"\ncommand = "while :; do sleep 1; done"'))
    const up = await box.agents('up')
    expect(up, up.stderr + up.stdout).toMatchObject({ code: 0 })
    const pids = ['a', 'b', 'web', 'watchdog'].map((name) => box.pid(name))
    expect(pids.every((pid) => pid !== undefined)).toBe(true)
    expect((await box.agents('up')).code).toBe(0)
    expect(['a', 'b', 'web', 'watchdog'].map((name) => box.pid(name))).toEqual(pids)
    const down = await box.agents('down')
    expect(down, down.stderr + down.stdout).toMatchObject({ code: 0 })
    expect(box.tmux('list-sessions').code).not.toBe(0)
    expect(pids.map((pid) => alive(pid!))).toEqual([false, false, false, false])
  })

  test('sessions carry the project folder and the agent as tmux options', async ({ box }) => {
    box.config(plain(box, ['a']))
    await box.agents('up', 'a')
    const shown = box.tmux('show-options', '-t', `=${prefix}a:`).stdout
    expect(shown).toContain(box.dir)
    expect(shown).toMatch(/@agents_agent "?a"?/)
  })

  test('what a person took down stays down, also when the watchdog is killed and comes back', async ({
    box,
  }) => {
    box.config(plain(box, ['a', 'b'], '[watchdog]\nsignal_interval = 1'))
    await box.agents('up')
    await box.agents('down', 'a')
    expect(box.pid('a')).toBeUndefined()
    const dog = (await box.status()).watchdog.pid!
    process.kill(dog, 'SIGKILL')
    await box.until('a new watchdog', async () => {
      const now = (await box.status()).watchdog
      return now.life === 'up' && now.pid !== dog ? now : undefined
    })
    process.kill(box.pid('b')!, 'SIGKILL')
    await box.until('b is back', () => box.pid('b'))
    expect(box.pid('a')).toBeUndefined()
    expect((await box.status()).agents.find((one) => one.name === 'a')?.life).toBe('stopped')
  })

  test('twenty ups at once make one session of each and all succeed', async ({ box }) => {
    box.config(plain(box, ['a', 'b']))
    const runs = await Promise.all(Array.from({ length: 20 }, () => box.agents('up')))
    expect(runs.filter((run) => run.code !== 0).map((run) => run.stdout + run.stderr)).toEqual([])
    expect(box.events().filter((event) => event.kind === 'started' && event.agent === 'a')).toHaveLength(1)
    const mine = execaSync('pgrep', ['-f', 'echoes-lines.mjs'], { reject: false }).stdout.split('\n')
    const ours = mine.filter((pid) => pid !== '' && [box.pid('a'), box.pid('b')].includes(Number(pid)))
    expect(ours).toHaveLength(2)
  }, 60_000)

  test('an unknown name does nothing and exits 2 with the names that are known', async ({ box }) => {
    box.config(plain(box, ['scout']))
    const run = await box.agents('up', 'scuot')
    expect(run.code).toBe(2)
    expect(run.stderr).toContain('scout')
    expect(box.tmux('list-sessions').code).not.toBe(0)
  })

  test('down asks first, then ends children that left the session and ignore signals', async ({ box }) => {
    box.config(
      [
        `[backend.child]\nbin = "${box.fake('leaves-a-setsid-child')}"\nprompt_delivery = "exec"`,
        `[backend.deaf]\nbin = "${box.fake('ignores-sigterm')}"\nprompt_delivery = "exec"`,
        `[[agent]]\nname = "parent"\nbackend = "child"\nenv = { AGENT_CHILD_PID = "${box.dir}/child" }`,
        '[[agent]]\nname = "deaf"\nbackend = "deaf"\nstop_grace = "300ms"',
      ].join('\n'),
    )
    await box.agents('up', 'parent', 'deaf')
    const child = await box.until('the child', () =>
      box.exists('child') ? Number(box.read('child')) : undefined,
    )
    const deaf = box.pid('deaf')!
    expect(alive(child)).toBe(true)
    const down = await box.agents('down', 'parent', 'deaf')
    expect(down.code, down.stderr).toBe(0)
    expect([alive(child), alive(deaf)]).toEqual([false, false])
    expect(down.stdout).toMatch(/deaf.*killed/)
  })

  test('a program that is nowhere fails by name, and nothing else is kept from starting', async ({ box }) => {
    box.config(
      `${plain(box, ['good'])}\n[backend.gone]\nbin = "no-such-cli --flag"\nprompt_delivery = "exec"\n` +
        '[[agent]]\nname = "bad"\nbackend = "gone"\nwatch = "heal"',
    )
    const run = await box.agents('up')
    expect(run.code).toBe(1)
    expect(run.stdout + run.stderr).toContain('no-such-cli')
    expect(box.pid('good')).toBeDefined()
    const parked = await box.until('bad is parked', async () => {
      const bad = (await box.status()).agents.find((one) => one.name === 'bad')
      return bad?.life === 'parked' ? bad : undefined
    })
    expect(parked.because).toContain('no-such-cli')
    expect(box.events().filter((event) => event.kind === 'park')).toHaveLength(1)
    expect((await box.agents('status', '--check')).code).toBe(3)
  })

  test("somebody else's session of the same name is neither used nor ended; adopt takes it over", async ({
    box,
  }) => {
    box.config(plain(box, ['a']))
    box.tmux('-f', '/dev/null', 'new-session', '-d', '-s', `${prefix}a`, 'sleep 300')
    const pid = box.pid('a')!
    const up = await box.agents('up', 'a')
    expect(up.code).toBe(1)
    expect((await box.agents('down', 'a')).code).toBe(1)
    expect(box.pid('a')).toBe(pid)
    box.tmux('new-session', '-d', '-s', `${prefix}watchdog`, 'sleep 300')
    const both = await box.agents('adopt')
    expect(both, both.stderr).toMatchObject({ code: 1, stdout: expect.stringContaining('adopted') })
    // What it says to type ends that session, on whatever server it is.
    const [, type] = /end it with `(.*)`/.exec(both.stdout)!
    execaSync('sh', ['-c', type!])
    expect(box.tmux('has-session', '-t', `=${prefix}watchdog`).code).not.toBe(0)
    const adopt = await box.agents('adopt')
    expect(adopt, adopt.stderr).toMatchObject({ code: 0 })
    expect((await box.status()).agents[0]).toMatchObject({ life: 'up', pid })
    expect((await box.agents('down', 'a')).code).toBe(0)
    expect(box.pid('a')).toBeUndefined()
  })

  test('a service that fails at once is a failed start; one that does its work and ends is none', async ({
    box,
  }) => {
    const service = (name: string, command: string) =>
      `\n[[service]]\nname = "${name}"\ncommand = "${command}"\n`
    box.config(
      plain(box, ['a']) +
        service('bad', 'no-such-command --x') +
        service('once', 'true') +
        service('web', 'sleep 300'),
    )
    const up = await box.agents('up')
    expect(up.code).toBe(1)
    expect(up.stdout).toMatch(
      /^ bad +failed +died at once: the command ended with status 127; see `agents logs bad`$/m,
    )
    expect(up.stdout).toMatch(/^ once +started[\s\S]*^ web +started/m)
    expect((await box.agents('logs', 'bad')).stdout).toContain('no-such-command')
    expect((await box.agents('up', 'once', 'web')).code).toBe(0)
  })

  test('down from within an agent takes everything down, its own session too, and ends well without a terminal', async ({
    box,
  }) => {
    box.write(
      'self.sh',
      `trap '' HUP\nwhile ! [ -e go ]; do sleep 0.1; done\n"${process.execPath}" "${program}" down\necho $? > rc\n`,
    )
    box.config(
      `${plain(box, ['a'])}\n[backend.self]\nbin = "sh ./self.sh"\nprompt_delivery = "exec"\n[[agent]]\nname = "b"\nbackend = "self"\n`,
    )
    await box.agents('up')
    box.write('go', '')
    await box.until('its exit status', () => (box.exists('rc') && box.read('rc') !== '') || undefined, 20_000)
    expect(box.read('rc')).toBe('0\n')
    expect((await box.status()).watchdog.life).toBe('stopped')
    expect([box.pid('a'), box.pid('b')]).toEqual([undefined, undefined])
  }, 40_000)

  test('a name that is the beginning of another never reaches it', async ({ box }) => {
    box.config(plain(box, ['foo', 'foobar']))
    await box.agents('up', 'foobar')
    const pid = box.pid('foobar')
    const down = await box.agents('down', 'foo')
    expect(down.stdout).toContain('not running')
    expect(box.pid('foobar')).toBe(pid)
  })

  test('an override of the model holds for one call and the watchdog does not fight it', async ({ box }) => {
    const toml =
      `[backend.say]\nbin = "sh -c 'echo model={model}; exec sleep 300' sh"\nprompt_delivery = "exec"\n` +
      '[[agent]]\nname = "a"\nbackend = "say"\nmodel = "small"\nwatch = "heal"\n[watchdog]\nsignal_interval = 1'
    box.config(toml)
    await box.agents('up')
    await box.agents('down', 'a')
    await box.agentsWith({ AGENT_MODEL_a: 'large' }, 'up', 'a')
    const pid = box.pid('a')!
    await box.until(
      'the model on the screen',
      () => box.tmux('capture-pane', '-p', '-t', `=${prefix}a:`).stdout.includes('model=large') || undefined,
    )
    await new Promise((resolve) => setTimeout(resolve, 2_500))
    expect(box.pid('a')).toBe(pid)
    process.kill(pid, 'SIGKILL')
    await box.until('a is back', () => (box.pid('a') !== pid ? box.pid('a') : undefined))
    await box.until(
      "the config's model",
      () => box.tmux('capture-pane', '-p', '-t', `=${prefix}a:`).stdout.includes('model=small') || undefined,
    )
  })

  test('a restart with an override is not healed away by the watchdog while the agent is down, and is no strike', async ({
    box,
  }) => {
    box.write('say.sh', 'trap "exit 0" TERM HUP\necho model=$1\nsleep 300 &\nwait\n')
    box.config(
      '[backend.say]\nbin = "sh ./say.sh {model}"\nprompt_delivery = "exec"\n' +
        '[[agent]]\nname = "a"\nbackend = "say"\nmodel = "small"\nwatch = "heal"',
    )
    await box.agents('up')
    for (const model of ['m1', 'm2', 'm3']) {
      const done = await box.agentsWith({ AGENT_MODEL_a: model }, 'restart', 'a')
      expect(done, done.stdout + done.stderr).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('restarted'),
      })
      await box.until(
        `the model ${model}`,
        () =>
          box.tmux('capture-pane', '-p', '-t', `=${prefix}a:`).stdout.includes(`model=${model}`) || undefined,
      )
    }
    expect((await box.status()).agents[0]).toMatchObject({ life: 'up', restarts: 0 })
    // It looks after the agent again at once.
    const pid = box.pid('a')!
    process.kill(pid, 'SIGKILL')
    await box.until('a is back', () => (box.pid('a') !== pid ? box.pid('a') : undefined), 5_000)
  })

  test("a key of the operator's shell reaches an agent that the watchdog starts, and no other variable does", async ({
    box,
  }) => {
    const say = `sh -c 'echo key=$MY_KEY other=$MY_OTHER; exec sleep 300'`
    box.config(
      `[backend.say]\nbin = "${say}"\nprompt_delivery = "exec"\npass_env = ["MY_KEY"]\n[[agent]]\nname = "a"\nbackend = "say"\nwatch = "heal"`,
    )
    await box.agents('up', 'watchdog')
    await box.agents('down', 'a')
    await box.agentsWith({ MY_KEY: 'k1', MY_OTHER: 'o1' }, 'up', 'a')
    const screen = () => box.tmux('capture-pane', '-p', '-t', `=${prefix}a:`).stdout
    await box.until('the key', () => screen().includes('key=k1 other=\n') || undefined)
    process.kill(box.pid('a')!, 'SIGKILL')
    await box.until('the key after a heal', () => screen().includes('key=k1 other=\n') || undefined)
  })

  test('a watchdog that is stopped: looking works, changing is refused, ending it works', async ({ box }) => {
    box.config(plain(box, ['a']))
    await box.agents('up')
    const { pid } = (await box.status()).watchdog
    process.kill(pid!, 'SIGSTOP')
    const took: Record<string, number> = {}
    const timed = async (...words: string[]) => {
      const began = Date.now()
      const run = await box.agents(...words)
      took[words.join(' ')] = Date.now() - began
      return run
    }
    const up = await timed('up', 'a')
    expect(up).toMatchObject({ code: 1 })
    expect(up.stderr).toContain('does not answer')
    expect(up.stderr).toContain(`kill -CONT ${pid}`)
    const status = await timed('status', '--check')
    expect(status).toMatchObject({ code: 3 })
    expect(status.stdout).toContain(`kill -CONT ${pid}`)
    expect((await timed('plan')).code).toBe(0)
    expect(Math.max(...Object.values(took)), JSON.stringify(took)).toBeLessThan(4_000)
    process.kill(pid!, 'SIGCONT')
    await box.until('it answers', async () => (await box.agents('status', '--check')).code === 0 || undefined)
    process.kill(pid!, 'SIGSTOP')
    const down = await timed('down')
    expect(down, down.stdout + down.stderr).toMatchObject({ code: 0 })
    expect(box.tmux('list-sessions').code).not.toBe(0)
  }, 60_000)

  test('down ends a watchdog and its loop also when their tmux server is gone', async ({ box }) => {
    box.config(plain(box, ['a']))
    await box.agents('up')
    const pid = (await box.status()).watchdog.pid!
    const running = (what: string): string[] =>
      execaSync('pgrep', ['-f', `${what}.*${box.dir}`], { reject: false })
        .stdout.split('\n')
        .filter(Boolean)
    expect([running('agents-keeper').length, running('agents.js watchdog')]).toEqual([1, [String(pid)]])
    process.kill(pid, 'SIGSTOP')
    process.kill(Number(box.tmux('display-message', '-p', '#{pid}').stdout), 'SIGKILL')
    const down = await box.agents('down')
    expect(down, down.stdout + down.stderr).toMatchObject({ code: 0 })
    expect([running('agents-keeper'), running('agents.js watchdog')]).toEqual([[], []])
    expect((await box.status()).watchdog.life).not.toBe('up')
  }, 60_000)

  test('restart gives a new process and keeps the others; pause keeps the watchdog away until resume', async ({
    box,
  }) => {
    box.config(plain(box, ['a', 'b']))
    await box.agents('up')
    const [a, b] = [box.pid('a'), box.pid('b')]
    expect((await box.agents('restart', 'a')).code).toBe(0)
    expect(box.pid('a')).not.toBe(a)
    expect(box.pid('b')).toBe(b)
    await box.agents('pause', 'b')
    process.kill(b!, 'SIGKILL')
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(box.pid('b')).toBeUndefined()
    await box.agents('resume', 'b')
    await box.until('b is back', () => box.pid('b'))
  })
})
