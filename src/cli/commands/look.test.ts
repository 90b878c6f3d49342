import { expect, test } from 'vitest'
import type { FleetEvent, StatusReport, WhyReport } from '../../core/index.ts'
import type { PhaseSight } from '../../daemon/control/control.ts'
import { fakeStatus, NOON, play } from '../testing/fake-deps.ts'

const attention = ['scout is parked since 11:58: it exited 5 times in a minute', 'evil \x1b]0;title\x07']
const status = (parts: Partial<StatusReport>) => ({
  control: { status: () => Promise.resolve(fakeStatus(parts)) },
})

test('status --json prints the report as it is', async () => {
  const played = await play(['status', '--json'], status({ attention }))
  expect(played.exit).toBe(0)
  expect(JSON.parse(played.out)).toEqual(JSON.parse(JSON.stringify(fakeStatus({ attention }))))
})

test('status --check exits 3 and prints only what needs a person', async () => {
  expect(await play(['status', '--check'], status({ attention }))).toMatchObject({
    exit: 3,
    out: `${attention[0]}\nevil \\x1b]0;title\\x07\n`,
  })
  expect(await play(['status', '--check'], status({}))).toMatchObject({ exit: 0, out: '' })
  const json = await play(['status', '--check', '--json'], status({ attention }))
  expect(json.exit).toBe(3)
  expect(JSON.parse(json.out)).toEqual({ version: 1, attention })
})

test('status --watch redraws in place until it is interrupted, then shows the cursor again', async () => {
  const stop = new AbortController()
  let looks = 0
  const slept: number[] = []
  const played = await play(['status', '--watch', '2s'], {
    control: {
      status: () => {
        looks += 1
        if (looks === 3) stop.abort()
        return Promise.resolve(fakeStatus())
      },
    },
    deps: {
      sleep: (ms) => {
        slept.push(ms)
        return Promise.resolve()
      },
    },
    io: { tty: true, columns: 80, rows: 24, interrupted: () => stop.signal },
  })
  expect(played).toMatchObject({ exit: 0, closed: true })
  expect(looks).toBe(3)
  expect(slept).toEqual([2000, 2000, 2000])
  expect(played.out.split('\x1b[H')).toHaveLength(4)
  expect(played.out.endsWith('\x1b[?25h')).toBe(true)
})

test('status --watch never draws more rows than the terminal has', async () => {
  const stop = new AbortController()
  const played = await play(['status', '-w'], {
    control: {
      status: () => {
        stop.abort()
        return Promise.resolve(fakeStatus({ attention: Array.from({ length: 60 }, (_, n) => `line ${n}`) }))
      },
    },
    io: { tty: true, columns: 80, rows: 10, interrupted: () => stop.signal },
  })
  expect(played.out.split('\n')).toHaveLength(10)
})

test('plan says what would be done, or that nothing would', async () => {
  const plan = [{ agent: 'scout', action: 'start', because: 'its session is missing' }]
  const lines = await play(['plan'], { control: { plan: () => Promise.resolve(plan) } })
  expect(lines.out).toBe(' scout  start  its session is missing\n')
  const json = await play(['plan', '--json'], { control: { plan: () => Promise.resolve(plan) } })
  expect(JSON.parse(json.out)).toEqual({ version: 1, plan })
  expect((await play(['plan'])).out).toBe(' nothing to do\n')
})

const why: WhyReport = {
  agent: 'scout',
  life: 'parked',
  because: 'it crashed 5 times',
  reading: {
    state: 'shell',
    rule: 'process-first',
    claims: [{ source: 'process', says: 'shell', evidence: 'the pane runs bash' }],
  },
  decisions: [{ at: NOON - 1000, action: 'park', because: '5 restarts', evidence: ['exit 1\x07'] }],
  plan: [],
}

test('why shows the decisions with their evidence', async () => {
  const played = await play(['why', 'scout'], { control: { why: () => Promise.resolve(why) } })
  expect(played.out).toMatchInlineSnapshot(`
    "scout is parked: it crashed 5 times
    reads shell (rule: process-first)
      process says shell: the pane runs bash
    decisions, newest last:
      11:59:59 park: 5 restarts
          exit 1\\x07
    next tick:
      nothing to do
    "
  `)
  const json = await play(['why', 'scout', '--json'], { control: { why: () => Promise.resolve(why) } })
  expect(JSON.parse(json.out)).toEqual({ version: 1, ...why })
  expect(await play(['why', 'web'])).toMatchObject({ exit: 2, calls: [] })
})

const view = (parts: Partial<PhaseSight> = {}): PhaseSight => ({
  phases: ['one', 'two', 'three'].map((id) => ({ id, plan: '', status: `${id}.md` })),
  index: 1,
  done: false,
  complete: false,
  why: 'two.md has no DONE marker on origin/main',
  ...parts,
})
const phases = (parts: Partial<PhaseSight> = {}) => ({
  control: {
    phase: () => Promise.resolve(view(parts)),
    setPhase: (_expect: number, to: number) => Promise.resolve(view({ ...parts, index: to })),
  },
})

test.each([
  [['phase'], 'phase two [2/3] seq: one two three\n', ['phase()']],
  [['phase', 'show'], 'phase two [2/3] seq: one two three\n', ['phase()']],
  [['phase', 'next'], 'phase idx now 2 (three)\n', ['phase()', 'setPhase(1, 2, "operator")']],
  [['phase', 'set', '0'], 'phase idx now 0 (one)\n', ['phase()', 'setPhase(1, 0, "operator")']],
  [['phase', 'set', 'three'], 'phase idx now 2 (three)\n', ['phase()', 'setPhase(1, 2, "operator")']],
  [
    ['phase', 'why'],
    'phase two [2/3] seq: one two three\n  is in progress: two.md has no DONE marker on origin/main\n',
    ['phase()'],
  ],
])('agents %j', async (argv, out, calls) => {
  expect(await play(argv, phases())).toMatchObject({ exit: 0, out, calls })
})

test('a phase whose marker stands still is left again at once, which is said', async () => {
  const played = await play(['phase', 'set', '0'], phases({ done: true, why: 'one.md says "## DONE"' }))
  expect(played.out).toBe(
    'phase idx now 0 (one)\n  it is done already (one.md says "## DONE"), and with auto_advance it is left again at once: ' +
      'take the marker out and push that first\n',
  )
})

test('phase next at the last one says so and changes nothing', async () => {
  const played = await play(['phase', 'next'], phases({ index: 2 }))
  expect(played).toMatchObject({ exit: 0, calls: ['phase()'] })
  expect(played.out).toBe('phase idx now 2 (three)\n  it is the last phase already; nothing was changed\n')
})

test.each([
  [['set', '3']],
  [['set', '--', '-1']],
  [['set', '-1']],
  [['set', '1.5']],
  [['set', 'four']],
  [['set']],
  [['prev']],
  [['show', 'x']],
])('phase %j is refused, nothing is written', async (words) => {
  const played = await play(['phase', ...words], phases())
  expect(played.exit).toBe(2)
  expect(played.calls.filter((each) => each.startsWith('setPhase'))).toEqual([])
})

test('a phase out of range names the valid ones', async () => {
  expect((await play(['phase', 'set', '7'], phases())).err).toContain(
    'Write 0 to 2, or an id: one, two, three.',
  )
})

test('phase without phases and phase --json', async () => {
  expect(await play(['phase'])).toMatchObject({ exit: 0, out: 'no [loop].phases configured\n' })
  expect(await play(['phase', 'next'])).toMatchObject({ exit: 0, calls: ['phase()'] })
  expect(JSON.parse((await play(['phase', '--json'], phases())).out)).toEqual({
    version: 1,
    id: 'two',
    position: 2,
    total: 3,
    ...view(),
  })
})

const event = (seq: number, parts: Partial<FleetEvent> = {}): FleetEvent => ({
  seq,
  at: NOON - 60_000 + seq * 1000,
  kind: 'exit',
  agent: 'scout',
  because: 'its process was killed',
  signal: 9,
  ...parts,
})

function reader(stored: FleetEvent[], live: FleetEvent[] = []) {
  const asked: unknown[] = []
  const events = () =>
    Promise.resolve({
      read: (filter?: unknown) => {
        asked.push(filter)
        return Promise.resolve(stored)
      },
      follow: async (listener: (each: FleetEvent) => void) => {
        for (const each of live) listener(each)
        await new Promise((resolve) => setImmediate(resolve))
      },
      verify: () => Promise.resolve({ kind: 'ok' as const, events: 0 }),
    })
  return { asked, deps: { events } }
}

test('events prints a line each, the last 50 unless asked otherwise', async () => {
  const { asked, deps } = reader([event(1), event(2, { because: 'a\nb' })])
  const played = await play(['events'], { deps })
  expect(asked).toEqual([{ last: 50 }])
  expect(played.out).toBe(
    '11:59:01 exit          scout its process was killed signal=9\n11:59:02 exit          scout a\\nb signal=9\n',
  )
})

test('events hands its filters on', async () => {
  const { asked, deps } = reader([])
  await play(['events', '--since', '2h', '--agent', '007', '-n', '3'], { deps })
  await play(['events', '--since', '30d'], { deps })
  await play(['events', '--since', '2026-06-10T11:00:00'], { deps })
  expect(asked).toEqual([
    { agent: '007', sinceMs: NOON - 7_200_000, last: 3 },
    { sinceMs: NOON - 30 * 86_400_000 },
    { sinceMs: new Date(2026, 5, 10, 11).getTime() },
  ])
  for (const words of [
    ['--since', 'yesterday'],
    ['-n', 'many'],
    ['-n', '-5'],
  ]) {
    expect((await play(['events', ...words], { deps })).exit).toBe(2)
  }
})

test('events -f shows what comes, and nothing twice', async () => {
  const { deps } = reader([event(1), event(2)], [event(2), event(3), event(4, { agent: 'other' })])
  const played = await play(['events', '-f', '--json', '--agent', 'scout'], { deps })
  const seqs = played.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).seq)
  expect(seqs).toEqual([1, 2, 3])
})

test('events --json is one document', async () => {
  const { deps } = reader([event(1)])
  expect(JSON.parse((await play(['events', '--json'], { deps })).out)).toEqual({
    version: 1,
    events: [event(1)],
  })
})

const logs = (lines: string[] | 'absent', chunks: string[] = []) => ({
  deps: {
    logs: () =>
      Promise.resolve({
        tail: (path: string, count: number) =>
          Promise.resolve(lines === 'absent' ? lines : [`${path} ${count}`, ...lines]),
        follow: async (_path: string, listener: (text: string) => void) => {
          for (const chunk of chunks) listener(chunk)
        },
      }),
  },
})
const dir = '/home/dev/project/.agents'

test('logs makes control characters visible, and leaves them alone with --raw', async () => {
  const lines = ['\x1b[31mred\x1b[0m\r', 'a\tb']
  const shown = await play(['logs', 'scout'], logs(lines))
  expect(shown.out).toBe(`${dir}/p-scout.log 50\n\\x1b[31mred\\x1b[0m\na\tb\n`)
  const raw = await play(['logs', 'scout', '--raw', '-n', '9'], logs(lines))
  expect(raw.out).toBe(`${dir}/p-scout.log 9\n${lines[0]}\n${lines[1]}\n`)
})

test('logs finds services and the watchdog by name', async () => {
  expect((await play(['logs', 'web'], logs([]))).out).toBe(`${dir}/p-web.log 50\n`)
  expect((await play(['logs', 'watchdog'], logs([]))).out).toBe(`${dir}/p-watchdog.log 50\n`)
})

test('logs of a name that is a path stay in the log folder', async () => {
  expect((await play(['logs', '../../etc/x'], logs([]))).exit).toBe(2)
})

test('logs -f shows whole lines as they come', async () => {
  const played = await play(['logs', 'scout', '-f', '-n', '1'], logs([], ['on', 'e\r\ntwo\x07\nthr']))
  expect(played.out).toBe(`${dir}/p-scout.log 1\none\ntwo\\x07\n`)
})

test('a missing log is an error, and a name that nothing has is wrong usage that offers the nearest', async () => {
  const missing = await play(['logs', 'scout'], logs('absent'))
  expect(missing).toMatchObject({ exit: 1, err: expect.stringContaining('It has not been started yet') })
  for (const verb of ['logs', 'attach']) {
    const played = await play([verb, 'scuot'], { deps: { ...logs('absent').deps, ...tmux('no').deps } })
    expect([verb, played.exit]).toEqual([verb, 2])
    expect(played.err).toMatch(/Did you mean scout\? Known: .*watchdog/)
  }
})

const tmux = (has: 'yes' | 'no' | 'no-server' | 'no-tmux', exit = 0, terminal = true) => {
  const attached: unknown[] = []
  return {
    attached,
    deps: {
      attacher: () =>
        Promise.resolve({
          hasSession: () => Promise.resolve(has),
          canAttach: () => terminal,
          attach: (server: unknown, session: string) => {
            attached.push([server, session])
            return Promise.resolve(exit)
          },
        }),
    },
  }
}

test('attach gives the terminal to the session of that name', async () => {
  const { attached, deps } = tmux('yes')
  expect((await play(['attach', '007'], { deps })).exit).toBe(0)
  expect(attached).toEqual([[{ kind: 'name', name: 'p' }, 'p-007']])
  expect((await play(['attach', '007'], { deps: tmux('yes', 1).deps })).exit).toBe(1)
  const none = tmux('yes', 0, false)
  const played = await play(['attach', '007'], { deps: none.deps })
  expect(played).toMatchObject({ exit: 1, err: expect.stringContaining('agents logs 007 -f') })
  expect(none.attached).toEqual([])
})

test.each([
  ['no', 1, 'There is no session p-scout.'],
  ['no-server', 1, 'No tmux server runs'],
  ['no-tmux', 5, 'Install it: get tmux'],
] as const)('attach without a session (%s) exits %i', async (has, exit, text) => {
  const { attached, deps } = tmux(has)
  const played = await play(['attach', 'scout'], { deps })
  expect(played.exit).toBe(exit)
  expect(played.err).toContain(text)
  expect(attached).toEqual([])
})
