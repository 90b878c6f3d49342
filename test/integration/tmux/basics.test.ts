import { existsSync } from 'node:fs'
import { describe, expect } from 'vitest'
import { created, panesOf, test, until } from '../../support/tmux.ts'

describe('the tmux adapter', () => {
  test('starts no server by connecting or scanning', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    expect(await tmux.scan()).toMatchObject({ kind: 'no-server' })
    expect(existsSync(bench.socket)).toBe(false)
  })

  test('starts a server with the first session, and the keeper beside it', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    const made = await created(tmux, bench.spec('a1'))
    const scan = await tmux.scan()
    if (scan.kind !== 'ok') throw new Error(JSON.stringify(scan))
    expect(scan.server?.pid).toBe(bench.serverPid())
    expect(tmux.serverIdentity()).toEqual(scan.server)
    expect(scan.panes.map((pane) => pane.sessionName).sort()).toEqual(['a1', 'keeper'])
    const pane = scan.panes.find((each) => each.sessionName === 'a1')!
    expect(pane).toMatchObject({
      sessionId: made.sessionId,
      paneId: made.paneId,
      panePid: made.panePid,
      dead: false,
      width: 200,
      height: 50,
      piped: false,
      inMode: false,
      attached: 0,
      tag: { project: bench.dir, agent: 'a1', run: 'run-a1' },
    })
    expect(scan.panes.find((each) => each.sessionName === 'keeper')!.tag?.agent).toBe('keeper')
  })

  test('a steady tick of scans and captures starts no process', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.newSessions(['a', 'b', 'c'].map((name) => bench.spec(name)))
    await tmux.connect()
    const before = tmux.processesStarted()
    for (let tick = 0; tick < 50; tick++) {
      const ids = (await panesOf(tmux)).map((pane) => pane.paneId)
      expect((await tmux.capture(ids)).kind).toBe('ok')
    }
    expect(tmux.processesStarted()).toBe(before)
  })

  test('works without a control client, one process a call', async ({ bench }) => {
    const tmux = bench.open()
    const made = await created(tmux, bench.spec('a', ['/bin/sh', '-c', 'echo hello; exec cat']))
    await until(async () => {
      const seen = await tmux.capture([made.paneId, '%999'])
      return seen.kind === 'ok' && seen.text.get(made.paneId) === 'hello' && !seen.text.has('%999')
    })
    const before = tmux.processesStarted()
    await tmux.scan()
    expect(tmux.processesStarted()).toBe(before + 1)
    expect(await tmux.killSession(made.sessionId)).toEqual({ kind: 'done' })
    expect(await tmux.killSession(made.sessionId)).toEqual({ kind: 'gone' })
    expect(await panesOf(tmux)).toEqual([])
  })

  test('captures all panes at once; one that is gone is absent and harms no other', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    const specs = ['a', 'b', 'c'].map((name) =>
      bench.spec(name, ['/bin/sh', '-c', `echo I am ${name}; exec cat`]),
    )
    const made = await tmux.newSessions(specs)
    const ids = made.map((each) => (each.kind === 'created' ? each.paneId : ''))
    const text = await until(async () => {
      const seen = await tmux.capture([ids[0]!, '%77', ids[1]!, ids[2]!])
      return seen.kind === 'ok' && [...seen.text.values()].every((each) => each !== '')
        ? seen.text
        : undefined
    })
    expect([...text]).toEqual([
      [ids[0], 'I am a'],
      [ids[1], 'I am b'],
      [ids[2], 'I am c'],
    ])
  })

  test('reads exit status, signal and last words of what ended', async ({ bench }) => {
    const tmux = bench.open()
    await tmux.connect()
    const a = await created(tmux, bench.spec('a', ['/bin/sh', '-c', 'echo last words; exit 3']))
    const b = await created(tmux, bench.spec('b'))
    process.kill(b.panePid, 'SIGKILL')
    const panes = await until(async () => {
      const all = await panesOf(tmux)
      return all.every((pane) => pane.dead) ? all : undefined
    })
    expect(
      panes.map(({ sessionName, deadStatus, deadSignal }) => [sessionName, deadStatus, deadSignal]),
    ).toEqual([
      ['a', 3, undefined],
      ['b', undefined, 9],
    ])
    const seen = await tmux.capture([a.paneId])
    expect(seen.kind === 'ok' && seen.text.get(a.paneId)).toBe('last words')
    expect(await tmux.paste(a.paneId, 'hello')).toEqual({ kind: 'gone' })
    expect(await tmux.key(a.paneId, 'Enter')).toEqual({ kind: 'gone' })
  })

  test('tells within milliseconds that an agent process ended (F10)', async ({ bench }) => {
    const tmux = bench.open()
    await created(tmux, bench.spec('warm-up'))
    await tmux.connect()
    const took: number[] = []
    for (let round = 0; round < 10; round++) {
      const { panePid, sessionId } = await created(tmux, bench.spec(`a${round}`))
      await panesOf(tmux)
      const at = performance.now()
      const seen = new Promise<number>((resolve) => {
        const off = tmux.on(async () => {
          const dead = (await panesOf(tmux)).some((pane) => pane.panePid === panePid && pane.dead)
          if (!dead) return
          off()
          resolve(performance.now() - at)
        })
      })
      process.kill(panePid, 'SIGKILL')
      took.push(await seen)
      await tmux.killSession(sessionId)
    }
    expect(Math.max(...took)).toBeLessThan(1000)
    expect(took.sort((a, b) => a - b)[5]).toBeLessThan(250)
  })

  test('a second session of the same name is a duplicate', async ({ bench }) => {
    const tmux = bench.open()
    const specs = [bench.spec('a'), bench.spec('b'), bench.spec('a'), bench.spec('x.y'), bench.spec('c')]
    const kinds = async () => (await tmux.newSessions(specs)).map((made) => made.kind)
    expect(await kinds()).toEqual(['created', 'created', 'duplicate', 'failed', 'created'])
    await tmux.connect()
    expect(await kinds()).toEqual(['duplicate', 'duplicate', 'duplicate', 'failed', 'duplicate'])
  })
})
