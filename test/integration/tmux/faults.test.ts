import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, vi } from 'vitest'
import { type TmuxEvent, tmuxVersion } from '../../../src/adapters/tmux/index.ts'
import { created, lives, panesOf, test, until } from '../../support/tmux.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const names = (count: number) => Array.from({ length: count }, (_, n) => `a${n}`)

describe('faults of the tmux server (docs/reliability.md, 2.2)', () => {
  test('row 18: a killed server is proven gone, and all its sessions can be made again', async ({
    bench,
  }) => {
    const tmux = bench.open()
    await tmux.newSessions(names(20).map((name) => bench.spec(name)))
    await tmux.connect()
    const events: TmuxEvent[] = []
    tmux.on((event) => events.push(event))
    const server = bench.serverPid()
    process.kill(server, 'SIGKILL')
    await until(() => events.some((event) => event.kind === 'lost'), 'lost', 500)
    const scan = await until(async () => {
      const seen = await tmux.scan()
      return seen.kind === 'no-server' && seen
    })
    expect(scan.evidence).toContain(`${server}`)
    const again = await tmux.newSessions(names(20).map((name) => bench.spec(name)))
    expect(again.every((made) => made.kind === 'created')).toBe(true)
    expect(bench.serverPid()).not.toBe(server)
    await until(() => events.some((event) => event.kind === 'attached'))
    expect(await panesOf(tmux)).toHaveLength(20)
  })

  test('row 19: a stopped server is unknown within 2.5 s for every call, and nothing is started', async ({
    bench,
  }) => {
    for (const connected of [true, false]) {
      const tmux = bench.open()
      const name = `a${connected}`
      const { paneId, sessionId } = await created(tmux, bench.spec(name))
      if (connected) await tmux.connect()
      const server = bench.serverPid()
      process.kill(server, 'SIGSTOP')
      const at = performance.now()
      const outcomes = await Promise.all([
        tmux.scan(),
        tmux.capture([paneId]),
        tmux.newSession(bench.spec('other')),
        tmux.killSession(sessionId),
        tmux.key(paneId, 'Enter'),
        tmux.paste(paneId, 'x'),
        tmux.paste(paneId, 'x'.repeat(100_000)),
        tmux.pipe(paneId, 'cat'),
      ])
      expect(performance.now() - at).toBeLessThan(2500)
      expect(outcomes.map((outcome) => outcome.kind)).toEqual([
        ...['unknown', 'unknown'],
        ...Array(6).fill('failed'),
      ])
      for (const outcome of outcomes.slice(2)) expect(outcome).toMatchObject({ retryable: true })
      expect(await tmux.repair()).toBeUndefined()
      process.kill(server, 'SIGCONT')
      const scan = await until(async () => {
        const seen = await tmux.scan()
        return seen.kind === 'ok' && seen
      })
      expect(scan.server?.pid).toBe(server)
      await tmux.close()
    }
  })

  test('row 20: a lost socket is unknown, starts no second server, and repair brings it back', async ({
    bench,
  }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    await panesOf(tmux)
    const server = bench.serverPid()
    for (const each of [tmux, bench.open(), bench.open({ knownServer: tmux.serverIdentity() })]) {
      rmSync(bench.socket)
      expect(await each.scan()).toMatchObject({ kind: 'unknown', why: expect.stringContaining(`${server}`) })
      const second = await each.newSession(bench.spec('a'))
      expect(second).toMatchObject({ kind: 'failed', retryable: true })
      expect(existsSync(bench.socket)).toBe(false)
      expect(await each.repair()).toContain('is back')
      expect(bench.serverPid()).toBe(server)
      expect(await panesOf(each)).toHaveLength(1)
      expect(await each.repair()).toBeUndefined()
    }
  })

  test('row 20: an attached client does not need the socket', async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    await tmux.connect()
    rmSync(bench.socket)
    expect(await panesOf(tmux)).toHaveLength(1)
  })

  test('row 21: a stale socket without a server is no server, and a new one takes its place', async ({
    bench,
  }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    process.kill(bench.serverPid(), 'SIGKILL')
    expect(existsSync(bench.socket)).toBe(true)
    await until(async () => (await bench.open().scan()).kind === 'no-server')
    await created(bench.open(), bench.spec('a'))
  })

  test('row 23: a killed control client is replaced, and calls work meanwhile', async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    await tmux.connect()
    const events: string[] = []
    tmux.on((event) => events.push(event.kind))
    for (let round = 0; round < 5; round++) {
      const client = Number(bench.raw('list-clients', '-F', '#{client_pid}').stdout)
      process.kill(client, 'SIGKILL')
      expect(await panesOf(tmux)).toHaveLength(1)
      await until(() => events.filter((kind) => kind === 'attached').length === round + 1)
    }
    expect(events.filter((kind) => kind === 'lost')).toHaveLength(5)
  })

  test('row 23: the keeper is made again when somebody ends it', async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    await tmux.connect()
    const back = new Promise<void>((resolve) => {
      tmux.on((event) => event.kind === 'attached' && resolve())
    })
    bench.raw('kill-session', '-t', '=keeper')
    await back
    expect(bench.raw('list-sessions', '-F', '#{session_name} #{@agents_agent}').stdout).toContain(
      'keeper keeper',
    )
  })

  test('row 24: a session made right after the server was killed is made', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    for (let round = 0; round < 20; round++) {
      const made = await created(tmux, bench.spec('a'))
      expect(lives(made.panePid)).toBe(true)
      process.kill(bench.serverPid(), 'SIGKILL')
    }
  })

  test('row 25: of twenty that make one session at once, one makes it', async ({ bench }) => {
    for (const name of ['afalse', 'atrue']) {
      // Twenty clients at once: on a crowded machine the last of them waits longer than the usual deadline.
      const rivals = names(20).map(() => bench.open({ deadlineMs: 15_000 }))
      const results = await Promise.all(rivals.map((tmux) => tmux.newSession(bench.spec(name))))
      expect(results.filter((result) => result.kind === 'created')).toHaveLength(1)
      expect(results.filter((result) => result.kind !== 'created')).toEqual(
        Array(19).fill({ kind: 'duplicate' }),
      )
    }
    expect((await panesOf(bench.open())).map((pane) => pane.sessionName).sort()).toEqual(['afalse', 'atrue'])
  })

  test('row 26: a renamed session and a split pane are told apart from ours by id', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    const ours = await created(tmux, bench.spec('a'))
    bench.raw('rename-session', '-t', '=a', 'mine')
    bench.raw('split-window', '-t', '=mine:', 'sh', '-c', 'exec cat')
    bench.raw('new-window', '-t', '=mine:', 'sh', '-c', 'exec cat')
    const panes = await panesOf(tmux)
    expect(panes).toHaveLength(3)
    const tagged = panes.filter((pane) => pane.tag?.run !== undefined)
    expect(tagged).toMatchObject([{ paneId: ours.paneId, sessionId: ours.sessionId, sessionName: 'mine' }])
    await tmux.paste(ours.paneId, 'for the agent\n')
    const text = await until(async () => {
      const seen = await tmux.capture(panes.map((pane) => pane.paneId))
      return seen.kind === 'ok' && seen.text.get(ours.paneId)?.includes('for the agent') && seen.text
    })
    expect([...text.values()].filter((each) => each.includes('for the agent'))).toHaveLength(1)
    process.kill(ours.panePid, 'SIGKILL')
    await until(async () => (await panesOf(tmux)).some((pane) => pane.paneId === ours.paneId && pane.dead))
  })

  test('row 29: the user configuration changes nothing on a server of ours', async ({ bench }) => {
    writeFileSync(join(bench.dir, '.tmux.conf'), HOSTILE)
    const tmux = bench.open()
    await created(tmux, bench.spec('a'))
    expect(bench.raw('show-options', '-gv', 'base-index').stdout).toBe('0')
    expect(bench.raw('show-options', '-gv', 'destroy-unattached').stdout).toBe('off')
  })

  test('row 29: on the default server the user configuration does not touch our sessions', async ({
    bench,
  }) => {
    vi.stubEnv('TMUX_TMPDIR', bench.dir)
    vi.stubEnv('TMUX', '/nonsense,1,0')
    writeFileSync(join(bench.dir, '.tmux.conf'), HOSTILE)
    const tmux = bench.open({ server: { kind: 'default' } })
    expect(tmux.clientArgs()).toEqual([])
    expect(tmux.socketPath()).toBe(join(bench.dir, `tmux-${process.getuid!()}`, 'default'))
    await created(tmux, bench.spec('a', ['/bin/sh', '-c', 'exit 7']))
    const kept = await created(tmux, bench.spec('b'))
    await tmux.connect()
    const died = await until(async () => (await panesOf(tmux)).find((pane) => pane.dead))
    expect(died).toMatchObject({ sessionName: 'a', deadStatus: 7 })
    const b = (await panesOf(tmux)).find((pane) => pane.sessionName === 'b')
    expect(b).toMatchObject({ paneId: kept.paneId, width: 200, height: 50, dead: false })
    await tmux.close()
    const after = bench.open({ server: { kind: 'default' } })
    expect((await panesOf(after)).map((pane) => pane.sessionName)).toEqual(['a', 'b'])
  })

  test('row 30: a tmux that is missing or too old is said, and nothing is made', async ({ bench }) => {
    expect(await tmuxVersion()).toMatchObject({ kind: 'ok' })
    const bin = join(bench.dir, 'bin')
    mkdirSync(bin)
    vi.stubEnv('PATH', bin)
    expect(await tmuxVersion()).toEqual({ kind: 'missing' })
    const tmux = bench.open()
    expect(await tmux.scan()).toMatchObject({
      kind: 'unknown',
      why: expect.stringContaining('not installed'),
    })
    expect(await tmux.newSession(bench.spec('a'))).toMatchObject({ kind: 'failed' })
    await tmux.connect()
    writeFileSync(join(bin, 'tmux'), '#!/bin/sh\necho tmux 3.1c\n', { mode: 0o755 })
    expect(await tmuxVersion()).toEqual({ kind: 'old', version: '3.1c' })
  })

  test('row 32: unsafe permissions of the socket folder are said, and nothing is proven gone', async ({
    bench,
  }) => {
    vi.stubEnv('TMUX_TMPDIR', bench.dir)
    const tmux = bench.open({ server: { kind: 'name', name: 'fleet' } })
    expect(tmux.clientArgs()).toEqual(['-L', 'fleet'])
    await created(tmux, bench.spec('a'))
    const folder = join(bench.dir, `tmux-${process.getuid!()}`)
    chmodSync(folder, 0o777)
    const why = expect.stringMatching(/unsafe permissions; mend it with: chmod 700 \//)
    expect(await tmux.scan()).toMatchObject({ kind: 'unknown', why })
    expect(await tmux.newSession(bench.spec('b'))).toMatchObject({ kind: 'failed', why })
    chmodSync(folder, 0o700)
    expect(await panesOf(tmux)).toHaveLength(1)
  })

  test('row 33: two fleets on one server see whose a session is', async ({ bench }) => {
    const one = bench.open()
    const two = bench.open({
      keeper: { session: 'keeper-2', tag: { project: '/two', agent: 'keeper', run: 'k' }, dir: bench.dir },
    })
    await created(one, bench.spec('a'))
    await two.connect()
    const stranger = bench.raw(
      'new-session',
      '-d',
      '-P',
      '-F',
      '#{session_id} #{pane_id}',
      'sh',
      '-c',
      'exec cat',
    )
    await created(two, bench.spec('ab', undefined, { tag: { project: '/two', agent: 'a', run: 'r2' } }))
    const owners = async () =>
      (await panesOf(one)).map(({ sessionName, tag }) => [sessionName, tag?.project, tag?.agent, tag?.run])
    expect(await owners()).toEqual([
      ['1', undefined, undefined, undefined].map((each) => each && expect.any(String)),
      ['a', bench.dir, 'a', 'run-a'],
      ['ab', '/two', 'a', 'r2'],
      ['keeper-2', '/two', 'keeper', 'k'],
    ])
    const [sessionId, paneId] = stranger.stdout.split(' ')
    const tag = { project: '/two', agent: 'adopted', run: 'r3' }
    expect(await two.tag(sessionId!, paneId!, tag)).toEqual({ kind: 'done' })
    expect((await owners())[0]!.slice(1)).toEqual(['/two', 'adopted', 'r3'])
    expect(await two.tag('$99', '%99', tag)).toEqual({ kind: 'gone' })
  })
})

const HOSTILE = `
set -g prefix C-a
set -g base-index 5
setw -g pane-base-index 7
set -g renumber-windows on
set -g destroy-unattached on
setw -g remain-on-exit off
setw -g automatic-rename on
setw -g synchronize-panes on
set -g default-command "sh -c 'exit 1'"
set -g default-size 20x5
set -g status off
set-hook -g pane-died "kill-session"
set-hook -g session-created "rename-window hooked"
set-hook -g after-list-panes "set-option -g @hooked yes"
set-hook -g after-new-session "set-option -g @hooked yes"
`
