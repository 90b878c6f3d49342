import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { execaSync } from 'execa'
import { describe, expect, onTestFinished } from 'vitest'
import { heard } from '../../support/heard.ts'
import { type Sandbox, test } from '../../support/sandbox.ts'
import {
  agent,
  backend,
  bystander,
  eventsOf,
  isAlive,
  life,
  replaced,
  startsOf,
  watchdog,
  watchdogPid,
} from './fleet.ts'

const echo = (box: Sandbox, more = '') =>
  backend('echo', box.fake('echoes-lines'), `composer_re = '> '\nactive_re = 'Working'\n${more}`)

/** An agent that is woken every second, and records what reaches it. */
const woken = (box: Sandbox, name = 'a') => {
  box.write('wake.md', 'look at the queue')
  return agent(
    name,
    'echo',
    `watch = "heal"\nenv = { AGENT_RECORD = "${box.dir}/${name}.record" }\nwake = { prompt_file = "wake.md", interval = 1 }`,
  )
}

const serverPid = (box: Sandbox) => Number(box.tmux('display-message', '-p', '#{pid}').stdout)

/** The watchdog's control client: a child of it that is a tmux. */
function controlClient(dog: number): number | undefined {
  const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))
  const found = pids.find((pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      return stat.includes('(tmux') && stat.slice(stat.lastIndexOf(')')).split(' ')[2] === String(dog)
    } catch {
      // Gone meanwhile.
      return false
    }
  })
  return found === undefined ? undefined : Number(found)
}

describe('the tmux server of a running fleet', () => {
  test('row 22: stuck in its exit, with a client that does not read: ended by its pid and built anew, all are back without a strike', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        backend('flood', box.fake('floods-output')) +
        agent('noisy', 'flood', 'watch = "heal"\nstop_grace = "100ms"') +
        echo(box) +
        agent('a', 'echo') +
        bystander,
    )
    await box.agents('up')
    const server = serverPid(box)
    const before = ['noisy', 'a', 'other'].map((name) => box.pid(name))
    const unread = spawn('tmux', ['-S', `${box.dir}/s`, '-C', 'attach-session', '-t', '=x-noisy'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { PATH: process.env.PATH ?? '', HOME: box.dir, TERM: 'xterm-256color' },
    })
    onTestFinished(() => void unread.kill('SIGKILL'))
    unread.stdout.pause()
    await sleep(1_000)
    box.tmux('kill-server')
    await box.until(
      'all are back',
      () => {
        const now = ['noisy', 'a', 'other'].map((name) => box.pid(name))
        return now.every((pid, i) => pid !== undefined && pid !== before[i]) || undefined
      },
      30_000,
    )
    expect(isAlive(server)).toBe(false)
    expect(eventsOf(box, 'tmux-lost').map((event) => event.because)).toContain(
      `killed tmux server ${server}, which was stuck in its exit`,
    )
    for (const { name, restarts } of (await box.status()).agents) expect([name, restarts]).toEqual([name, 0])
    await box.agents('down', '--grace', '0')
  }, 60_000)

  test('row 21: killed with its stale socket left: a new server on the same path, no strike', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + agent('a', 'echo') + bystander)
    await box.agents('up')
    const [server, a] = [serverPid(box), box.pid('a')]
    process.kill(server, 'SIGKILL')
    expect(box.exists('s')).toBe(true)
    await replaced(box, 'a', a)
    expect(serverPid(box)).not.toBe(server)
    expect((await life(box, 'a', 'up')).restarts).toBe(0)
  }, 30_000)

  test('row 23: the control client killed, or the watchdog stopped in a noise: healing goes on, tmux does not grow', async ({
    box,
  }) => {
    box.config(
      watchdog() +
        echo(box) +
        agent('a', 'echo') +
        backend('flood', box.fake('floods-output')) +
        agent('noise', 'flood', 'watch = "heal"\nstop_grace = "100ms"'),
    )
    await box.agents('up')
    const dog = await watchdogPid(box)
    const client = await box.until('its control client', () => controlClient(dog))
    process.kill(client, 'SIGKILL')
    const a = box.pid('a')!
    process.kill(a, 'SIGKILL')
    const b = await replaced(box, 'a', a)
    process.kill(dog, 'SIGSTOP')
    await sleep(3_000)
    const status = readFileSync(`/proc/${serverPid(box)}/status`, 'utf8')
    process.kill(dog, 'SIGCONT')
    expect(Number(/VmRSS:\s+(\d+)/.exec(status)![1])).toBeLessThan(50 * 1024)
    process.kill(b, 'SIGKILL')
    await replaced(box, 'a', b)
    expect(await watchdogPid(box)).toBe(dog)
  }, 40_000)

  test('row 25: a session of the right name that is not ours is refused, reported and left alone, until adopted', async ({
    box,
  }) => {
    box.config(watchdog() + backend('echo', 'sleep 1000') + agent('a', 'echo') + bystander)
    box.tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'x-a', 'sleep 777')
    const stranger = box.pid('a')
    const up = await box.agents('up')
    expect(up.code).toBe(1)
    expect(up.stdout + up.stderr).toContain('x-a')
    await sleep(2_000)
    expect(box.pid('a')).toBe(stranger)
    expect((await box.agents('down', 'a')).code).toBe(1)
    expect(box.pid('a')).toBe(stranger)
    expect((await box.agents('adopt', 'a')).code).toBe(0)
    await box.agents('down', 'a')
    expect(box.pid('a')).toBeUndefined()
  }, 30_000)

  test('row 26: renamed, split and given a window by a person, the agent still gets its text and is still healed', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + woken(box))
    await box.agents('up')
    const pane = box.tmux('list-panes', '-t', '=x-a:', '-F', '#{pane_id} #{pane_pid}').stdout.split(' ')
    box.tmux('split-window', '-t', pane[0]!, `cat > ${box.dir}/split.txt`)
    box.tmux('new-window', '-t', '=x-a:', `cat > ${box.dir}/window.txt`)
    box.tmux('rename-session', '-t', '=x-a', 'mine')
    const before = heard(box, 'a.record').length
    await box.until('two more wakes', () => heard(box, 'a.record').length >= before + 2 || undefined, 15_000)
    expect([box.read('split.txt'), box.read('window.txt')]).toEqual(['', ''])
    expect(startsOf(box, 'a')).toBe(1)
    process.kill(Number(pane[1]), 'SIGKILL')
    await box.until('a second start', () => startsOf(box, 'a') === 2 || undefined)
    await life(box, 'a', 'up')
  }, 40_000)

  test('row 27: a person scrolls in copy mode: the message arrives whole, once an interval', async ({
    box,
  }) => {
    box.config(watchdog() + echo(box) + woken(box))
    await box.agents('up')
    box.tmux('copy-mode', '-t', '=x-a:')
    const seen = await box.until('a wake', () => heard(box, 'a.record')[0])
    expect(seen).toBe('look at the queue')
    expect(new Set(heard(box, 'a.record'))).toEqual(new Set(['look at the queue']))
  })

  test('row 28: a person’s half-typed line is waited for, and never glued to our text', async ({ box }) => {
    box.config(watchdog() + echo(box) + woken(box))
    await box.agents('up')
    const pane = box.tmux('list-panes', '-t', '=x-a:', '-F', '#{pane_id}').stdout
    await box.until('a first wake', () => heard(box, 'a.record')[0])
    box.tmux('send-keys', '-t', pane, '-l', 'half a thought')
    await sleep(300)
    const before = heard(box, 'a.record').length
    await sleep(3_500)
    const meanwhile = heard(box, 'a.record').slice(before)
    expect(meanwhile).toEqual([])
    box.tmux('send-keys', '-t', pane, '-l', ', now whole')
    box.tmux('send-keys', '-t', pane, 'Enter')
    await box.until('the next wake', () => heard(box, 'a.record').length >= before + 2 || undefined, 15_000)
    expect(new Set(heard(box, 'a.record'))).toEqual(
      new Set(['look at the queue', 'half a thought, now whole']),
    )
  }, 40_000)

  test('row 29: a hostile tmux.conf of the user changes nothing', async ({ box }) => {
    box.write(
      '.tmux.conf',
      [
        'set -g remain-on-exit off',
        'set -g exit-empty on',
        'set -g destroy-unattached on',
        'set -g prefix C-a',
        'set -g default-shell /bin/false',
        `set-hook -g session-created "run-shell 'touch ${box.dir}/hooked'"`,
        `set-hook -g after-new-session "kill-session"`,
      ].join('\n'),
    )
    box.config(watchdog() + echo(box) + agent('a', 'echo'))
    expect((await box.agents('up')).code).toBe(0)
    const a = box.pid('a')!
    process.kill(a, 'SIGKILL')
    await replaced(box, 'a', a)
    expect(box.exists('hooked')).toBe(false)
  })

  test('row 30: without tmux it says what to type, exits 5, and makes nothing', async ({ box }) => {
    box.config(watchdog() + bystander)
    mkdirSync(`${box.dir}/bin`)
    execaSync('ln', ['-s', execaSync('which', ['git']).stdout, `${box.dir}/bin/git`])
    const up = await box.agentsWith({ PATH: `${box.dir}/bin` }, 'up')
    expect(up.code).toBe(5)
    expect(up.stderr).toMatch(/tmux.*\n.*install/i)
    expect(box.exists('s')).toBe(false)
    expect([eventsOf(box, 'start'), eventsOf(box, 'intent')]).toEqual([[], []])
  })

  test('row 33: two fleets in one server, one prefix the start of the other: neither touches the other', async ({
    box,
  }) => {
    box.config(watchdog() + bystander + agent('b-one', 'steady'))
    mkdirSync(`${box.dir}/second`)
    box.write(
      'second/agents.toml',
      `[defaults]\nsession_prefix = "x-b-"\nlog_dir = "logs"\ntmux_socket = "${box.dir}/s"\n${watchdog()}${backend('steady', 'sleep 2000')}${agent('two', 'steady')}${agent('one', 'steady')}`,
    )
    const second = (...args: string[]) => box.agents(...args, '--config', `${box.dir}/second/agents.toml`)
    await box.agents('up')
    const first = [box.pid('other'), box.pid('b-one')]
    const up = await second('up')
    // x-b-one is the first fleet's: refused by name, everything else starts.
    expect(up.code).toBe(1)
    expect(up.stdout + up.stderr).toContain('x-b-one')
    expect(box.pid('b-two')).toBeDefined()
    await sleep(1_500)
    expect([box.pid('other'), box.pid('b-one')]).toEqual(first)
    await second('down', '--grace', '0')
    expect([box.pid('other'), box.pid('b-one'), box.pid('b-two')]).toEqual([...first, undefined])
    expect((await box.status()).unmanaged).toEqual([])
  }, 30_000)
})
