import { describe, expect, test } from 'vitest'
import { alive, dead, missing, report, table } from '../../test/simulator/bench.ts'
import { hour, makeBackend, makePane, makeReading, minute, second } from '../../test/simulator/build.ts'

type Table = ReturnType<typeof table>

/** Up and settled: two looks at an idle agent. */
function up(...args: Parameters<typeof table>): Table {
  const t = table(...args)
  t.look(0, { sighting: alive() })
  t.look()
  return t
}

/** Dies and is started again, in one go; answers the kinds decided at the death. */
function dieAndStart(t: Table, pid: number): string[] {
  const kinds = t.kinds(100, { sighting: dead('failure', pid) })
  if (kinds.includes('start')) report(t, 'start', true)
  t.look(100, { sighting: alive(makeReading('idle'), { pane: makePane({ panePid: pid + 1 }) }) })
  return kinds
}

/** Looks every second until something is decided; answers what and after how many seconds. */
function watch(t: Table, seconds: number): [string, number] | undefined {
  for (let i = 1; i <= seconds; i++) {
    const kinds = t.kinds()
    if (kinds.length > 0) return [kinds.join(), i]
  }
  return undefined
}

describe('starting', () => {
  test('starts an agent that never ran, without a strike', () => {
    const t = table()
    expect(t.acts()).toMatchObject([{ kind: 'start', cause: 'operator' }])
    expect(t.mem().restarts).toEqual([])
    expect(t.mem().life).toBe('starting')
  })
  test('decides nothing for a busy agent', () => {
    const t = table()
    t.look()
    expect(t.kinds(1000, { busy: true })).toEqual([])
    expect(t.mem().life).toBe('starting')
  })
  test('decides nothing when tmux does not answer, nor for an agent that could not be seen', () => {
    const t = up()
    t.seen = { ...t.seen, server: 'unknown' }
    expect(t.kinds(minute, { sighting: missing })).toEqual([])
    t.seen = { ...t.seen, server: 'up' }
    expect(t.kinds(minute, { sighting: { kind: 'unknown', why: 'deadline' } })).toEqual([])
    expect(t.mem().life).toBe('unknown')
  })
  test('a failed scan in between does not move the since of its life', () => {
    const t = up()
    const since = t.mem().lifeSince
    t.look(1000, { sighting: { kind: 'unknown', why: 'x' } })
    t.look(1000, { sighting: alive() })
    expect(t.mem().life).toBe('up')
    expect(t.mem().lifeSince).toBe(since)
  })
  test('another run of it than the last one that was seen is up since now', () => {
    const t = up()
    const first = t.mem().lifeSince
    t.look(minute, { sighting: alive() })
    expect(t.mem().lifeSince).toBe(first)
    // Taken down and up again, with a watchdog that ended in between.
    t.look(minute, { sighting: alive(makeReading('idle'), { pane: makePane({ panePid: 4711 }) }) })
    expect(t.mem()).toMatchObject({ life: 'up', lifeSince: first + 2 * minute + second })
  })
  test('starts nothing that is wanted down, paused, disabled or not watched', () => {
    const intent = { wanted: 'up', paused: false, by: 'operator', at: 1 } as const
    expect(table().acts(0, { intent: { ...intent, wanted: 'down' } })).toEqual([])
    expect(table().acts(0, { intent: { ...intent, paused: true } })).toEqual([])
    expect(table({ enabled: false }).acts()).toEqual([])
    expect(table({ watch: 'none' }).acts()).toEqual([])
  })
  test('a start that tmux refused for now is tried again soon, without a strike', () => {
    const t = table()
    t.look()
    report(t, 'start', false, { cause: 'start', retryable: true, because: 'server exited' })
    expect(t.acts(10)).toEqual([])
    expect(t.mem()).toMatchObject({ life: 'starting', because: expect.stringContaining('server exited') })
    expect(t.acts(200)).toMatchObject([{ kind: 'start' }])
    expect(t.mem().restarts).toEqual([])
  })
  test('a start that fails for good is a strike', () => {
    const t = table()
    t.look()
    report(t, 'start', false, { cause: 'start', retryable: false })
    expect(t.acts(10)).toMatchObject([{ kind: 'start', cause: 'start' }])
    expect(t.mem().restarts).toHaveLength(1)
  })
  test('a scan that is older than a start is not taken for a death', () => {
    const t = up()
    t.look(1000, { sighting: dead() })
    report(t, 'start', true)
    expect(t.kinds(10, { sighting: dead() })).toEqual([])
    expect(t.kinds(10, { sighting: missing })).toEqual([])
    expect(t.kinds(1000, { sighting: missing })).toContain('start')
  })
  test('a new dead pane right after a start is a death at once', () => {
    const t = up()
    t.look(1000, { sighting: dead() })
    report(t, 'start', true)
    expect(t.kinds(10, { sighting: dead('failure', 102) })).toEqual(['note:exit', 'start'])
  })
  test('a name taken by something foreign is left alone, said once, and lifts by itself', () => {
    const t = table()
    const foreign = { kind: 'foreign', why: 'not ours' } as const
    expect(t.kinds(0, { sighting: foreign })).toEqual(['park'])
    expect(t.kinds(1000)).toEqual([])
    expect(t.kinds(1000, { sighting: missing })).toEqual(['start'])
  })
  test('a missing prompt parks it without a strike, kills nothing, and lifts by itself', () => {
    const t = table()
    expect(t.acts(0, { blocked: 'prompt p.md is missing' })).toMatchObject([
      { kind: 'park', cause: 'config' },
    ])
    expect(t.kinds(1000)).toEqual([])
    expect(t.kinds(1000, { blocked: undefined })).toEqual(['start'])
    expect(t.mem().restarts).toEqual([])
    const running = up()
    const failing = alive(makeReading('failing'))
    for (let i = 0; i < 5; i++) {
      expect(running.kinds(1000, { sighting: failing, blocked: 'prompt is missing' })).toEqual([])
    }
  })
})

describe('deaths', () => {
  test('a killed agent is started again, at once and with a strike', () => {
    const t = up()
    expect(t.kinds(10, { sighting: dead('signal') })).toEqual(['note:exit', 'start'])
    expect(t.mem().restarts).toHaveLength(1)
  })
  test('intensity, then a doubling back-off, then parked', () => {
    const t = up({}, { governor: { parkAfter: 8 } })
    for (let i = 0; i < 5; i++) expect(dieAndStart(t, 200 + 10 * i)).toContain('start')
    for (const [step, delayMs] of [1000, 2000, 4000].entries()) {
      const sighting = dead('failure', 400 + 10 * step)
      expect(t.kinds(100, { sighting })).toEqual(['note:exit', 'note:back-off'])
      expect(t.mem().life).toBe('backing-off')
      expect(t.kinds(delayMs - 1)).toEqual([])
      expect(t.kinds(1)).toEqual(['start'])
      report(t, 'start', true)
      t.look(10, { sighting: alive(undefined, { pane: makePane({ panePid: 401 + 10 * step }) }) })
    }
    expect(t.kinds(100, { sighting: dead('failure', 900) })).toEqual(['note:exit', 'park'])
    expect(t.mem().life).toBe('parked')
    expect(t.kinds(hour)).toEqual(['clean'])
    expect(t.kinds(hour, { sighting: missing })).toEqual([])
  })
  test('the back-off step is taken back by health alone, not by a quiet period', () => {
    const t = up({}, { governor: { intensity: 1 } })
    dieAndStart(t, 200)
    t.look(100, { sighting: dead('failure', 300) })
    t.look(1000)
    report(t, 'start', true)
    t.look(10, { sighting: alive(undefined, { pane: makePane({ panePid: 301 }) }) })
    t.look(5 * minute)
    expect(t.kinds(100, { sighting: dead('failure', 301) })).toContain('note:back-off')
    expect(t.mem().backoff?.step).toBe(2)
    t.look(2000)
    report(t, 'start', true)
    t.look(10, { sighting: alive(undefined, { pane: makePane({ panePid: 302 }) }) })
    t.look(11 * minute)
    expect(t.mem().restarts).toEqual([])
    expect(t.mem().backoff).toBeUndefined()
  })
  test('a missing program parks at once', () => {
    const t = table()
    expect(t.kinds(0, { sighting: dead('missing-binary') })).toEqual(['note:exit', 'park'])
    expect(t.mem().restarts).toEqual([])
    expect(t.mem().parked!.because).toBe('it ended: missing-binary')
    const late = table()
    late.look()
    report(late, 'start', false, { cause: 'missing-binary', retryable: false, because: 'no such program' })
    expect(late.kinds()).toEqual(['park'])
    expect(late.kinds()).toEqual([])
  })
  test('parked lasts until a reset or a changed launch', () => {
    for (const way of ['reset', 'launch'] as const) {
      const t = table()
      t.look(0, { sighting: dead('missing-binary') })
      t.look(1000, { sighting: missing })
      expect(t.kinds(hour)).toEqual([])
      const before = t.mem()
      if (way === 'reset') t.memory = { ...t.memory, agents: { a: { ...before, parked: undefined } } }
      expect(t.kinds(1000, way === 'launch' ? { wantedLaunch: 'L2' } : {})).toEqual(['start'])
      expect(t.mem().restarts).toEqual([])
    }
  })
  test('a task that ended well is done and cleaned; an operator can start it again', () => {
    const t = up({ kind: 'task', restart: 'transient' })
    expect(t.kinds(10, { sighting: dead('exit') })).toEqual(['note:exit', 'clean'])
    expect(t.kinds(10, { sighting: missing })).toEqual([])
    expect(t.mem().life).toBe('done')
    const intent = { wanted: 'up', paused: false, by: 'operator', at: 2 } as const
    expect(t.kinds(10, { intent })).toEqual(['start'])
  })
  test('a task that is done stays done when the record of intents is lost', () => {
    const t = up({ kind: 'task', restart: 'transient' })
    const intent = { wanted: 'up', paused: false, by: 'operator', at: 2 } as const
    t.kinds(10, { intent })
    expect(t.kinds(10, { sighting: dead('exit') })).toEqual(['note:exit', 'clean'])
    const lost = { wanted: 'up', paused: false, by: 'default', at: 0 } as const
    expect(t.kinds(10, { sighting: missing, intent: lost })).toEqual([])
    expect(t.mem().life).toBe('done')
  })
  test.each([
    ['permanent', 'exit', true],
    ['permanent', 'failure', true],
    ['transient', 'exit', false],
    ['transient', 'failure', true],
    ['temporary', 'exit', false],
    ['temporary', 'signal', false],
  ] as const)('policy %s after %s: started again %s', (restart, cause, again) => {
    const t = up({ restart })
    expect(t.kinds(10, { sighting: dead(cause) }).includes('start')).toBe(again)
  })
  test('losing the tmux server is one incident and no strike', () => {
    const t = up()
    t.seen = { ...t.seen, server: 'none', serverId: undefined }
    expect(t.kinds(10, { sighting: missing })).toEqual(['note:tmux-lost', 'start'])
    expect(t.mem().restarts).toEqual([])
    report(t, 'start', true)
    t.seen = { ...t.seen, server: 'up', serverId: 's2' }
    expect(t.kinds(10, { sighting: alive() })).toEqual(['note:tmux-back'])
  })
  test('a server replaced between two looks is noticed by its id', () => {
    const t = up()
    t.seen = { ...t.seen, serverId: 's2' }
    expect(t.kinds(10, { sighting: missing })).toEqual(['note:tmux-lost', 'note:tmux-back', 'start'])
    expect(t.mem().restarts).toEqual([])
  })
  test('wanted down: cleans a dead pane, finishes an interrupted stop, starts nothing', () => {
    const intent = { wanted: 'down', paused: false, by: 'operator', at: 2 } as const
    const t = up()
    expect(t.kinds(10, { intent })).toEqual(['stop'])
    expect(t.kinds(10, { busy: true })).toEqual([])
    expect(t.kinds(10, { busy: false, sighting: dead('signal') })).toEqual(['clean'])
    expect(t.kinds(10, { sighting: missing })).toEqual([])
    expect(t.mem().life).toBe('stopped')
    expect(t.kinds(10, { intent: { ...intent, wanted: 'up', at: 3 } })).toEqual(['start'])
    expect(t.mem().restarts).toEqual([])
  })
})

describe('usage limits', () => {
  const banner = (until?: number) =>
    makeReading('limited', {
      until,
      limit: { kind: until === undefined ? 'unparsed' : 'banner', text: 'resets 3pm' },
    })

  function held(untilMs: number | undefined, spec = {}): Table {
    const t = up({ wake: { promptPath: '/w', intervalMs: minute }, watch: 'heal+stall', ...spec })
    const until = untilMs === undefined ? undefined : t.now.wall + untilMs
    expect(t.kinds(1000, { sighting: alive(banner(until)), queued: 1, kickoffPending: true })).toEqual([])
    expect(t.acts()).toMatchObject([{ kind: 'hold', first: true }])
    return t
  }

  test('one look is not enough, and two looks within milliseconds are one', () => {
    const t = up()
    expect(t.kinds(1000, { sighting: alive(banner()) })).toEqual([])
    expect(t.kinds(5)).toEqual([])
    expect(t.kinds(995)).toEqual(['hold'])
  })
  test('nothing is done to a limited agent before its reset plus slack, then it is probed', () => {
    const t = held(hour)
    for (let at = 0; at < hour; at += minute) expect(t.kinds(minute)).toEqual([])
    expect(t.kinds(50_000)).toEqual([])
    expect(t.mem().life).toBe('held')
    expect(t.acts(minute)).toMatchObject([{ kind: 'probe', hold: { nudges: 1 } }])
  })
  test('a wall-clock jump lifts nothing early', () => {
    const t = held(hour)
    t.now = { wall: t.now.wall + 72 * hour, mono: t.now.mono }
    expect(t.kinds(minute)).toEqual([])
    t.now = { wall: t.now.wall - 200 * hour, mono: t.now.mono }
    expect(t.kinds(minute)).toEqual([])
    expect(t.kinds(hour)).toEqual(['probe'])
  })
  test('a reset a month away is waited for; one farther away is not believed', () => {
    const month = held(31 * 24 * hour)
    expect(month.mem().hold?.untilMono).toBeGreaterThanOrEqual(month.now.mono + 31 * 24 * hour)
    const t = held(33 * 24 * hour)
    expect(t.mem().hold?.untilMono).toBe(t.now.mono + 5 * minute)
  })
  test('probes widen while the banner keeps lying', () => {
    const t = held(undefined)
    const waits: number[] = []
    for (let i = 0; i < 6; i++) {
      const { untilMono } = t.mem().hold!
      waits.push((untilMono - t.now.mono) / minute)
      t.look(untilMono - t.now.mono)
    }
    expect(waits).toEqual([5, 5, 10, 20, 40, 60])
  })
  test('a new banner after a probe sets a new reset', () => {
    const t = held(undefined)
    t.look(5 * minute)
    const limit = { kind: 'banner', text: 'resets 9pm' } as const
    const sighting = alive(makeReading('limited', { until: t.now.wall + 3 * hour, limit }))
    expect(t.kinds(1000, { sighting })).toEqual([])
    expect(t.acts()).toMatchObject([{ kind: 'hold', first: false }])
    expect(t.mem().hold!.untilMono).toBeGreaterThan(t.now.mono + 2.9 * hour)
  })
  test('the same old banner after a probe is no new reset', () => {
    const t = held(hour)
    t.look(hour + 2 * minute)
    const { untilMono } = t.mem().hold!
    const sighting = alive(banner(t.now.wall + 23 * hour))
    for (let i = 0; i < 5; i++) expect(t.kinds(1000, { sighting })).toEqual([])
    expect(t.mem().hold!.untilMono).toBe(untilMono)
  })
  test('lifts at once when it works, and after two looks without the banner', () => {
    expect(held(hour).kinds(1000, { sighting: alive(makeReading('working')) })).toEqual(['lift'])
    const t = held(hour)
    expect(t.kinds(1000, { sighting: alive() })).toEqual([])
    expect(t.kinds()).toEqual(['lift'])
    expect(t.kinds()).toEqual(['kickoff'])
  })
  test('a limited agent that dies is started only if that sends no prompt, and stays held', () => {
    const arg = held(hour)
    expect(arg.kinds(1000, { sighting: dead('signal') })).toEqual(['note:exit'])
    expect(arg.mem().life).toBe('held')
    expect(arg.kinds(hour + 2 * minute)).toEqual(['start'])
    const ping = held(hour, { backend: 'mail' })
    expect(ping.kinds(1000, { sighting: dead('signal') })).toEqual(['note:exit', 'start'])
    report(ping, 'start', true)
    const fresh = alive(makeReading('idle'), { pane: makePane({ panePid: 300 }) })
    for (let i = 0; i < 10; i++) expect(ping.kinds(1000, { sighting: fresh })).toEqual([])
    expect(ping.mem().life).toBe('held')
  })
  test('a limited agent is not killed for another reason', () => {
    const t = held(hour)
    const foreign = alive(banner(), { pane: makePane({ command: 'two' }) })
    for (let i = 0; i < 5; i++) expect(t.kinds(1000, { sighting: foreign, wantedLaunch: 'L2' })).toEqual([])
  })
})

describe('what is wrong with a living agent', () => {
  test('fatal text needs two looks and a second source', () => {
    const t = up()
    expect(t.kinds(1000, { sighting: alive(makeReading('failing')) })).toEqual([])
    expect(t.acts()).toMatchObject([
      { kind: 'restart', cause: 'fatal', verify: { predicate: 'fatal', panePid: 101 } },
    ])
    expect(t.mem().restarts).toHaveLength(1)
    const screenOnly = makeReading('failing', {
      claims: [{ source: 'screen', says: 'fatal', evidence: 'x' }],
    })
    const lone = up()
    expect(lone.look(1000, { sighting: alive(screenOnly) }).wantCpu).toEqual(['a'])
    for (let i = 0; i < 5; i++) expect(lone.kinds()).toEqual([])
    lone.look(1000, { sighting: alive(screenOnly, { cpuBusy: false }) })
    expect(lone.kinds()).toEqual(['restart'])
  })
  test('an overloaded service is no reason to kill', () => {
    const t = up()
    const overloaded = alive(makeReading('failing', { failClass: 'overload' }))
    for (let i = 0; i < 5; i++) expect(t.kinds(1000, { sighting: overloaded })).toEqual([])
  })
  test('a fatal look that does not come again is forgotten', () => {
    const t = up()
    for (let i = 0; i < 5; i++) {
      expect(t.kinds(1000, { sighting: alive(makeReading('failing')) })).toEqual([])
      expect(t.kinds(1000, { sighting: alive(makeReading('working')) })).toEqual([])
    }
  })
  test('a withdrawn kill costs no strike', () => {
    for (const more of [{ withdrawn: true }, { retryable: true }]) {
      const t = up()
      t.look(1000, { sighting: alive(makeReading('failing')) })
      t.look()
      report(t, 'restart', false, more)
      expect(t.kinds()).toEqual([])
      expect(t.mem().restarts).toEqual([])
      expect(t.memory.fleet.failures).toEqual([])
    }
  })
  test('another backend in the pane needs two looks; a shell, its own program or work is no reason', () => {
    const other = (command: string, state: 'idle' | 'working' = 'idle') =>
      alive(makeReading(state), { pane: makePane({ command }) })
    const t = up()
    expect(t.kinds(1000, { sighting: other('two') })).toEqual([])
    expect(t.acts()).toMatchObject([{ kind: 'restart', cause: 'mismatch', verify: { command: 'two' } }])
    for (const sighting of [other('bash'), other('one'), other('two', 'working')]) {
      const calm = up()
      for (let i = 0; i < 5; i++) expect(calm.kinds(1000, { sighting })).toEqual([])
    }
  })
  test('a dialog is never a reason, and nothing is typed into it', () => {
    const t = up({ watch: 'heal+stall' }, {}, { backend: makeBackend('one', { stallIdleMs: 2000 }) })
    const sighting = alive(makeReading('asking'), { cpuBusy: false })
    for (let i = 0; i < 50; i++) {
      expect(t.kinds(minute, { sighting, queued: 3, kickoffPending: true })).toEqual([])
    }
    expect(t.mem().life).toBe('up')
  })
  test('a changed launch restarts it once, at a turn boundary, without a strike', () => {
    const t = up()
    const working = alive(makeReading('working'))
    expect(t.kinds(1000, { sighting: working, wantedLaunch: 'L2' })).toEqual([])
    expect(t.acts(1000, { sighting: alive() })).toMatchObject([{ kind: 'restart', cause: 'changed' }])
    report(t, 'restart', true)
    const fresh = alive(makeReading('idle'), { pane: makePane({ panePid: 300 }) })
    for (let i = 0; i < 5; i++) expect(t.kinds(1000, { sighting: fresh })).toEqual([])
    expect(t.mem().restarts).toEqual([])
  })
  test('apply_now restarts a changed agent that works', () => {
    const t = up({}, { applyNow: true })
    const working = alive(makeReading('working'))
    expect(t.kinds(1000, { sighting: working, wantedLaunch: 'L2' })).toEqual(['restart'])
  })
  test('a kill that would repeat too often waits, then parks it alive', () => {
    const t = up({}, { governor: { intensity: 1, parkAfter: 2 } })
    const failing = (panePid: number) => alive(makeReading('failing'), { pane: makePane({ panePid }) })
    t.look(1000, { sighting: failing(1) })
    t.look()
    report(t, 'restart', true)
    t.look(1000, { sighting: failing(2) })
    expect(t.kinds()).toEqual(['note:back-off'])
    expect(t.mem().life).toBe('backing-off')
    expect(t.kinds()).toEqual(['restart'])
    report(t, 'restart', true)
    t.look(1000, { sighting: failing(3) })
    expect(t.kinds()).toEqual(['park'])
    for (let i = 0; i < 5; i++) expect(t.kinds(1000, { queued: 1 })).toEqual([])
    expect(t.mem().life).toBe('parked')
  })
  test('not watched: nothing is done about its process', () => {
    const t = up({ watch: 'none' })
    const intent = { wanted: 'down', paused: false, by: 'operator', at: 1 } as const
    for (const state of ['failing', 'limited'] as const) {
      for (let i = 0; i < 5; i++) {
        const sighting = alive(makeReading(state))
        expect(t.kinds(1000, { sighting, wantedLaunch: 'L2' })).toEqual([])
        expect(t.kinds(1000, { sighting, intent })).toEqual([])
      }
    }
    const { intent: upAgain } = table().agent
    expect(t.kinds(1000, { sighting: dead('failure'), intent: upAgain })).toEqual(['note:exit', 'clean'])
  })
})

describe('stalls', () => {
  const quick = { backend: makeBackend('one', { stallIdleMs: 10 * second }) }
  const quiet = (state: 'idle' | 'waiting' = 'idle', waitingUntil?: number) =>
    alive(makeReading(state, waitingUntil === undefined ? {} : { waitingUntil }), { cpuBusy: false })

  test('idle for long without CPU: nudged once, then restarted', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    t.agent = { ...t.agent, sighting: quiet() }
    expect(watch(t, 30)?.[0]).toBe('nudge')
    const [kind, after] = watch(t, 60)!
    expect(kind).toBe('restart')
    expect(after).toBeGreaterThanOrEqual(10)
    expect(t.mem().restarts).toHaveLength(1)
  })
  test('the reminder on the screen of a frozen one is no work: it is not reminded again', () => {
    const moves = (cpuBusy: boolean) =>
      alive(
        makeReading('working', {
          claims: [{ source: 'change', says: 'active', evidence: 'it has just changed' }],
        }),
        { cpuBusy },
      )
    const remind = (afterwards: ReturnType<typeof moves>) => {
      const t = up({ watch: 'heal+stall' }, {}, quick)
      t.agent = { ...t.agent, sighting: quiet() }
      expect(watch(t, 30)?.[0]).toBe('nudge')
      report(t, 'nudge', true)
      for (let i = 0; i < 2; i++) expect(t.kinds(1000, { sighting: afterwards })).toEqual([])
      t.agent = { ...t.agent, sighting: quiet() }
      return watch(t, 60)!
    }
    const [kind, after] = remind(moves(false))
    expect([kind, after >= 10]).toEqual(['restart', true])
    expect(remind(moves(true))[0]).toBe('nudge')
    expect(remind(alive(makeReading('working'), { cpuBusy: false }))[0]).toBe('nudge')
  })
  test('idle for hours under watch heal is its own business', () => {
    const t = up({}, {}, quick)
    t.agent = { ...t.agent, sighting: quiet() }
    expect(watch(t, 10_000)).toBeUndefined()
  })
  test('a process tree that uses the CPU vetoes, and nothing happens before a sample', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    t.agent = { ...t.agent, sighting: alive(makeReading('idle'), { cpuBusy: true }) }
    expect(watch(t, 100)).toBeUndefined()
    t.agent = { ...t.agent, sighting: alive(makeReading('idle')) }
    expect(watch(t, 100)).toBeUndefined()
    expect(t.look().wantCpu).toEqual(['a'])
  })
  test('time in which nobody looked is not idle time', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    t.agent = { ...t.agent, sighting: quiet() }
    for (let i = 0; i < 2; i++) {
      expect(t.kinds(hour)).toEqual([])
      expect(t.kinds()).toEqual([])
    }
  })
  test('a failed scan adds nothing to the idle clock', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    const before = t.mem().idle!.ms
    for (let i = 0; i < 50; i++) {
      expect(t.kinds(1000, { sighting: { kind: 'unknown', why: 'deadline' } })).toEqual([])
    }
    t.look(10, { sighting: quiet() })
    expect(t.mem().idle!.ms).toBeLessThanOrEqual(before + 10)
  })
  test('work clears the idle clock', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    for (let i = 0; i < 100; i++) {
      const sighting = i % 8 === 7 ? alive(makeReading('working')) : quiet()
      expect(t.kinds(1000, { sighting })).toEqual([])
    }
  })
  test('a declared waiting is honoured to its end plus grace, whatever the wall clock does', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    t.agent = { ...t.agent, sighting: quiet('waiting', t.now.wall + 10 * minute) }
    expect(watch(t, 60)).toBeUndefined()
    t.now = { wall: t.now.wall + 6 * hour, mono: t.now.mono }
    expect(watch(t, 500)).toBeUndefined()
    t.now = { wall: t.now.wall - 50 * hour, mono: t.now.mono }
    expect(watch(t, 500)?.[0]).toBe('restart')
  })
  test('a waiting that was declared unseen, before the wall clock jumped, is honoured too', () => {
    const t = up({ watch: 'heal+stall' }, {}, quick)
    t.look(1000, { sighting: alive(makeReading('working')) })
    const waitingUntil = t.now.wall + 10 * minute
    t.look(1000, { sighting: { kind: 'unknown', why: 'deadline' } })
    t.now = { wall: t.now.wall + 6 * hour, mono: t.now.mono }
    t.agent = { ...t.agent, sighting: quiet('waiting', waitingUntil) }
    expect(watch(t, 590)).toBeUndefined()
    expect(watch(t, 500)?.[0]).toBe('restart')
  })
  test('an old WAITING-UNTIL on the screen of a new run kills nobody', () => {
    const t = up({ watch: 'heal+stall' }, {}, { backend: makeBackend('one', { stallIdleMs: hour }) })
    const marker = t.now.wall + 10 * second
    t.agent = { ...t.agent, sighting: quiet('waiting', marker) }
    expect(watch(t, 200)?.[0]).toBe('restart')
    report(t, 'restart', true)
    const pane = makePane({ panePid: 300 })
    t.look(1000, { sighting: alive(makeReading('idle'), { pane, cpuBusy: false }) })
    const stale = makeReading('waiting', { waitingUntil: marker })
    t.agent = { ...t.agent, sighting: alive(stale, { pane, cpuBusy: false }) }
    expect(watch(t, 1000)).toBeUndefined()
  })
  test('a WAITING-UNTIL that a run begins with is an old one', () => {
    const t = table({ watch: 'heal+stall' })
    t.agent = { ...t.agent, sighting: quiet('waiting', t.now.wall - hour) }
    expect(watch(t, 200)).toBeUndefined()
  })
  test('one kill in a stall window', () => {
    const backend = makeBackend('one', { stallIdleMs: 10 * second, patterns: {} })
    const t = up({ watch: 'heal+stall' }, {}, { backend })
    t.agent = { ...t.agent, sighting: quiet() }
    expect(watch(t, 30)?.[0]).toBe('restart')
    report(t, 'restart', true)
    t.look(1000, { sighting: { ...quiet(), pane: makePane({ panePid: 300 }) } })
    const [kind, after] = watch(t, 60)!
    expect([kind, after >= 10]).toEqual(['restart', true])
  })
})

describe('messages', () => {
  test('types to an agent that can take it, one thing at a time, the kickoff first', () => {
    const t = up()
    expect(t.kinds(10, { kickoffPending: true, queued: 2 })).toEqual(['kickoff'])
    expect(t.kinds(10, { busy: true })).toEqual([])
    expect(t.kinds(10, { busy: false, kickoffPending: false })).toEqual(['deliver'])
  })
  test('a message waits for the end of a turn, unless it was sent to cut in', () => {
    const t = up()
    const working = alive(makeReading('working'))
    for (let i = 0; i < 5; i++) expect(t.kinds(1000, { sighting: working, queued: 1 })).toEqual([])
    expect(t.kinds(1000, { sighting: working, queued: 2, cutsIn: true })).toEqual(['deliver'])
    report(t, 'deliver', true)
    expect(t.kinds(1000, { sighting: alive(), queued: 1, cutsIn: false })).toEqual(['deliver'])
  })
  test('output alone is no turn, where a turn would show itself', () => {
    const draws = alive(makeReading('working', { rule: 'screen-changes' }))
    const tells = makeBackend('one', { patterns: { active: 'esc to interrupt' } })
    expect(up().kinds(1000, { sighting: draws, queued: 1, backend: tells })).toEqual(['deliver'])
    const dumb = makeBackend('one', { patterns: {} })
    expect(up().kinds(1000, { sighting: draws, queued: 1, backend: dumb })).toEqual([])
  })
  test('a message that could not be typed rests before the next try', () => {
    const t = up()
    t.look(10, { queued: 1 })
    report(t, 'deliver', false)
    expect(t.kinds(10)).toEqual([])
    expect(t.kinds(1000)).toEqual(['deliver'])
  })
  test.each(['asking', 'shell', 'failing', 'limited'] as const)('types nothing into %s', (state) => {
    const t = up({ wake: { promptPath: '/w', intervalMs: 1000 } })
    const reading = makeReading(state, { failClass: 'overload' })
    expect(t.kinds(10, { sighting: alive(reading), kickoffPending: true, queued: 1 })).toEqual([])
    expect(t.kinds(10, { kickoffPending: false, queued: 0 })).toEqual([])
  })
  test('types nothing to a paused agent', () => {
    const t = up()
    const intent = { wanted: 'up', paused: true, by: 'operator', at: 2 } as const
    expect(t.kinds(10, { intent, kickoffPending: true, queued: 1 })).toEqual([])
    expect(t.mem().life).toBe('held')
  })
  test('wakes by interval without drift, not while it works, and honours a new interval at once', () => {
    const t = table({ wake: { promptPath: '/w', intervalMs: 10_000 } })
    t.look(0, { sighting: alive() })
    const due: number[] = []
    const from = t.now.mono
    for (let i = 0; i < 45; i++) {
      const sighting = alive(makeReading(i > 17 && i < 22 ? 'working' : 'idle'))
      if (t.kinds(1000, { sighting }).includes('wake')) due.push((t.now.mono - from) / 1000)
    }
    expect(due).toEqual([10, 23, 30, 40])
    const spec = { ...t.agent.spec, wake: { promptPath: '/w', intervalMs: 1000 } }
    expect(t.kinds(100, { spec })).toEqual(['wake'])
    expect(t.kinds(5000, { spec: { ...spec, wake: undefined } })).toEqual([])
  })
})

describe('phases', () => {
  const phase = { index: 0, count: 2, done: false, autoAdvance: true, complete: false, moving: false }

  test('advances on DONE, leaves loop agents to the move, completes after the last', () => {
    const t = up({ kind: 'loop' })
    t.seen = { ...t.seen, phase: { ...phase, done: true } }
    expect(t.acts(10, { sighting: missing })).toMatchObject([{ kind: 'advance', from: 0, to: 1 }])
    t.seen = { ...t.seen, phase: { ...phase, done: true, moving: true } }
    expect(t.kinds()).toEqual([])
    t.seen = { ...t.seen, phase: { ...phase, index: 1 } }
    expect(t.kinds()).toEqual(['start'])
    expect(t.mem().restarts).toEqual([])
    report(t, 'start', true)
    t.look(10, { sighting: alive() })
    t.seen = { ...t.seen, phase: { ...phase, index: 1, done: true } }
    expect(t.kinds()).toEqual(['complete'])
    t.seen = { ...t.seen, phase: { ...phase, index: 1, done: true, complete: true } }
    expect(t.kinds(1000, { sighting: missing })).toEqual([])
    expect(t.mem()).toMatchObject({ life: 'stopped', because: 'sequence complete' })
  })
  test('does not move without auto_advance, nor while a loop agent is inside a limit', () => {
    const t = up({ kind: 'loop' })
    t.seen = { ...t.seen, phase: { ...phase, done: true, autoAdvance: false } }
    expect(t.kinds()).toEqual([])
    t.seen = { ...t.seen, phase }
    t.look(1000, { sighting: alive(makeReading('limited')) })
    t.look()
    t.seen = { ...t.seen, phase: { ...phase, done: true } }
    expect(t.kinds()).toEqual([])
  })
  test('a move that failed rests before the next try', () => {
    const t = up({ kind: 'loop' })
    t.seen = { ...t.seen, phase: { ...phase, done: true } }
    t.look()
    report(t, 'advance', false)
    expect(t.kinds(10)).toEqual([])
    expect(t.kinds(1000)).toEqual(['advance'])
  })
  test('sends no wake after completion', () => {
    const t = up({ wake: { promptPath: '/w', intervalMs: 1000 } })
    t.seen = { ...t.seen, phase: { ...phase, complete: true } }
    expect(t.kinds(5000)).toEqual([])
  })
})
