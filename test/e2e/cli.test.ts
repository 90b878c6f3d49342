import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect } from 'vitest'
import { prefix, type Sandbox, test } from '../support/sandbox.ts'

const program = resolve('dist/agents.js')

const fleet = (box: Sandbox) =>
  [
    `[backend.echo]\nbin = "${box.fake('echoes-lines')}"\nprompt_delivery = "exec"`,
    '[[agent]]\nname = "builder"\nbackend = "echo"\nwatch = "heal"',
    '[[agent]]\nname = "007"\nbackend = "echo"',
    '[[service]]\nname = "web"\ncommand = "echo served; exec sleep 1000"',
  ].join('\n')

/** A shell pipeline in the sandbox, with `agents` as a command. */
function pipe(box: Sandbox, script: string) {
  const env = { PATH: process.env.PATH ?? '', HOME: box.dir, LANG: 'C.UTF-8' }
  const body = `agents() { "${process.execPath}" "${program}" "$@"; }\n${script}`
  return spawnSync('bash', ['-c', body], { cwd: box.dir, env, encoding: 'utf8', timeout: 30_000 })
}

/** A terminal of a person: a pane of a tmux server that is not the fleet's. */
function terminal(box: Sandbox) {
  const socket = join(box.dir, 'u')
  const env = { PATH: process.env.PATH ?? '', HOME: box.dir, LANG: 'C.UTF-8', TERM: 'xterm-256color' }
  const run = (...args: string[]) =>
    spawnSync('tmux', ['-u', '-S', socket, '-f', '/dev/null', ...args], {
      env,
      cwd: box.dir,
      encoding: 'utf8',
    })
  return {
    open: (command: string) =>
      run(
        'new-session',
        '-d',
        '-s',
        'me',
        '-x',
        '150',
        '-y',
        '40',
        '-c',
        box.dir,
        `${command}; echo "left $?"; exec cat`,
      ),
    screen: () => run('capture-pane', '-p', '-t', '=me:').stdout,
    colors: () => run('capture-pane', '-p', '-e', '-t', '=me:').stdout,
    press: (...keys: string[]) => run('send-keys', '-t', '=me:', ...keys),
    cursor: () => run('display-message', '-p', '-t', '=me:', '#{cursor_flag}').stdout.trim(),
    close: () => run('kill-session', '-t', '=me'),
  }
}

const ours = `"${process.execPath}" "${program}"`

describe('what is typed', () => {
  test('in a session the environment tells the config, where the folder has none of its own', ({ box }) => {
    box.config(fleet(box))
    const inFolder = (folder: string, words: string) =>
      pipe(
        box,
        `mkdir -p ${folder}; cd ${folder}; AGENTS_CONFIG="${join(box.dir, 'agents.toml')}" agents ${words}`,
      )
    for (const words of ['status', 'why builder', 'plan', 'phase', 'completions --names'])
      expect([words, inFolder('deep/er', words).status]).not.toEqual([words, 2])
    expect(inFolder('deep/er', 'status --deep').stdout).toContain('builder')
    expect(inFolder('deep/er', 'reset builder').status).toBe(0)
    expect(inFolder('own', 'init').status).toBe(0)
    expect(inFolder('own', 'status').stdout).toContain('worker')
    expect(inFolder('deep/er', '--config other.toml status').status).toBe(2)
  })

  test('usage and help exit 0, anything unknown exits 2 and says what was meant', async ({ box }) => {
    for (const args of [[], ['-h'], ['--help'], ['help'], ['up', '--help'], ['help', 'up']]) {
      const run = await box.agents(...args)
      expect(run, args.join(' ')).toMatchObject({ code: 0, stderr: '' })
      expect(run.stdout).toMatch(args.includes('up') ? /^Usage: agents up/ : /Usage: agents VERB/)
    }
    expect((await box.agents('--version')).stdout).toMatch(/^\d+\.\d+\.\d+$/)
    const typo = await box.agents('stauts')
    expect(typo).toMatchObject({ code: 2, stdout: '' })
    expect(typo.stderr).toContain('Did you mean status?')
    expect((await box.agents('status', '--jsno')).stderr).toContain('Did you mean --json?')
  })

  test('without a config it says how to get one, with --json as data', async ({ box }) => {
    expect(await box.agents('status')).toMatchObject({ code: 2, stdout: '' })
    const run = await box.agents('status', '--json')
    expect(run).toMatchObject({ code: 2, stderr: '' })
    expect(JSON.parse(run.stdout)).toMatchObject({ error: { code: 'CONFIG_MISSING' } })
  })

  test('a broken config is told with all its problems', async ({ box }) => {
    box.config('[[agent]]\nname = "a"\nbackend = "claud"\nwacth = "heal"\n')
    const run = await box.agents('up')
    expect(run.code).toBe(2)
    expect(run.stderr).toMatch(/^agents\.toml:\d+ .*wacth/m)
    expect(run.stderr).toMatch(/^ {2}"claud"/m)
    expect((await box.agents('config', 'check')).code).toBe(2)
  })

  test('a reader that goes away is no error', ({ box }) => {
    const run = pipe(box, 'set -o pipefail; agents config schema | head -1; echo $?')
    expect(run).toMatchObject({ stderr: '', stdout: expect.stringMatching(/^\{\n0\n$/) })
  })
})

describe('a running fleet', () => {
  test('up, status, logs, events, why, plan and down say what is', async ({ box }) => {
    box.config(fleet(box))
    expect(await box.agents('up', 'nosuch')).toMatchObject({ code: 2, stdout: '' })
    expect(box.tmux('list-sessions').code).not.toBe(0)
    const up = await box.agents('up')
    expect(up, up.stderr).toMatchObject({ code: 0, stderr: '' })
    expect(up.stdout).toMatch(/^ builder +started/m)

    const status = await box.agents('--config', 'agents.toml')
    expect(status.stdout).toMatch(
      /^ AGENT +KIND +BACKEND +MODEL +LIFE +READING +SINCE +RESTARTS +LAST EVENT +WATCH$/m,
    )
    expect(status.stdout).toMatch(/^ 007 +persistent +echo +default +(up|starting)/m)
    expect(status.stdout).toMatch(/^ web +service/m)
    expect(status.stdout).toMatch(/^ watchdog +service +- +- +up/m)
    expect(status.stdout).not.toContain('\x1b')
    expect((await box.agents('status', '--check')).code).toBe(0)

    await box.until('the service has printed', async () => {
      const logs = await box.agents('logs', 'web')
      return logs.stdout.includes('served') ? logs : undefined
    })
    expect((await box.agents('logs', 'watchdog')).code).toBe(0)
    expect(await box.agents('logs', 'nosuch')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('nosuch'),
    })
    expect((await box.agents('logs', '../x')).code).toBe(2)
    const events = JSON.parse((await box.agents('events', '--json', '--agent', 'builder')).stdout)
    expect(events).toMatchObject({ version: 1 })
    expect(events.events.map((event: { kind: string }) => event.kind)).toContain('started')
    expect(JSON.parse((await box.agents('why', 'builder', '--json')).stdout)).toMatchObject({
      version: 1,
      agent: 'builder',
    })
    expect(JSON.parse((await box.agents('plan', '--json')).stdout)).toMatchObject({ version: 1 })
    expect((await box.agents('phase')).stdout).toBe('no [loop].phases configured')
    expect((await box.agents('completions', '--names')).stdout).toBe('builder\n007\nweb\nwatchdog')

    const follow = pipe(
      box,
      `${ours} events -f --json > out & pid=$!
      until grep -q seq out; do sleep 0.05; done
      kill $pid; wait $pid; echo "left $?"`,
    )
    expect(follow).toMatchObject({ stdout: 'left 0\n', stderr: '' })
    expect(JSON.parse(box.read('out').split('\n')[0]!)).toMatchObject({ seq: expect.any(Number) })

    const down = await box.agents('down')
    expect(down, down.stderr).toMatchObject({ code: 0 })
    expect((await box.agents('attach', 'builder')).code).toBe(1)
  })

  test('attach gives the agent’s terminal, and inside the fleet’s server switches to it', async ({ box }) => {
    box.config(fleet(box))
    await box.agents('up', 'builder', '007')
    const me = terminal(box)
    me.open(`${ours} attach builder`)
    const shown = (session: string) => () =>
      box
        .tmux('list-clients', '-F', '#{client_session}')
        .stdout.split('\n')
        .includes(`${prefix}${session}`) || undefined
    await box.until('a client on the session', shown('builder'))
    // Typed into a shell inside the fleet's server, by the same client.
    box.tmux('new-window', '-t', `=${prefix}builder:`, `cd '${box.dir}' && ${ours} attach 007; exec cat`)
    await box.until('the client switched', shown('007'))
    me.close()
  })

  test('status --watch redraws in a terminal and gives it back on Ctrl-C', async ({ box }) => {
    box.config(fleet(box))
    await box.agents('up', 'builder')
    const me = terminal(box)
    me.open(`${ours} status --watch 100ms`)
    await box.until('the table', () => /builder +persistent/.test(me.screen()) || undefined)
    expect(me.colors()).toContain('\x1b[')
    expect(me.cursor()).toBe('0')
    const builder = box.pid('builder')!
    process.kill(builder, 'SIGKILL')
    await box.until('the change', () => !/builder .* up /.test(me.screen()) || undefined)
    me.press('C-c')
    await box.until('the end', () => me.screen().includes('left 0') || undefined)
    expect(me.cursor()).toBe('1')
    me.close()
  })

  test('NO_COLOR is honoured on a terminal', async ({ box }) => {
    box.config(fleet(box))
    const me = terminal(box)
    me.open(`NO_COLOR=1 ${ours} status`)
    await box.until('the table', () => me.screen().includes('left 0') || undefined)
    expect(me.colors()).not.toContain('\x1b[3')
    me.close()
  })
})

describe('a new project', () => {
  test('init makes a config that passes its check, once', async ({ box }) => {
    const init = await box.agents('init', 'my.app')
    expect(init, init.stderr).toMatchObject({ code: 0 })
    expect(box.read('my.app/agents.toml')).toContain('session_prefix = "my-app-"')
    for (const name of ['builder.md', 'adversary.md', 'kickoff.md'])
      expect(box.exists(`my.app/prompts/${name}`)).toBe(true)
    expect(await box.agents('config', 'check', '--config', 'my.app/agents.toml')).toMatchObject({ code: 0 })
    expect((await box.agents('init', 'my.app')).code).toBe(1)
  })

  test('selftest proves the installation and leaves nothing', { timeout: 60_000 }, async ({ box }) => {
    const run = await box.agentsWith({ TMPDIR: box.dir }, 'selftest')
    expect(run, run.stdout).toMatchObject({ code: 0 })
    expect(run.stdout).toMatch(/PASS: the session is healed/)
    expect(run.stdout).not.toContain('FAIL')
    expect(readdirSync(box.dir).filter((name) => name.startsWith('ag-'))).toEqual([])
  })

  test('doctor names a missing tool and exits 5', async ({ box }) => {
    box.config(fleet(box))
    expect(await box.agents('doctor')).toMatchObject({ code: 0 })
    const bare = await box.agentsWith({ PATH: box.dir }, 'doctor')
    expect(bare.code).toBe(5)
    expect(bare.stdout).toMatch(/MISSING tool\.tmux/)
  })
})
