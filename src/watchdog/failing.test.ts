import { describe, expect, test } from 'vitest'
import { alive, dead, report, table } from '../../test/simulator/bench.ts'
import { hour, makePane, makeReading, minute } from '../../test/simulator/build.ts'
import type { FailClass } from '../core/index.ts'
import { quietSources } from './heal.ts'
import { resetAgent } from './memory.ts'
import { whyStuck } from './stuck.ts'

type Table = ReturnType<typeof table>

const failing = (failClass: FailClass) => alive(makeReading('failing', { failClass }))

function up(...args: Parameters<typeof table>): Table {
  const t = table(...args)
  t.look(0, { sighting: alive() })
  t.look()
  return t
}

describe('a failure that only a person ends', () => {
  test.each(['auth', 'billing'] as const)(
    '%s: held with its text, no restart, no strike, nothing typed',
    (failClass) => {
      const t = up({ watch: 'heal+stall' })
      for (let i = 0; i < 1000; i++) {
        expect(t.kinds(1000, { sighting: failing(failClass), queued: 1 })).toEqual([])
      }
      expect(t.mem()).toMatchObject({
        life: 'held',
        because: expect.stringContaining('fatal text'),
        restarts: [],
      })
      expect(t.mem().because).toContain('a person must')
      const { lifeSince } = t.mem()
      t.look()
      expect(t.mem().lifeSince).toBe(lifeSince)
      t.look(hour, { sighting: alive(makeReading('idle')), queued: 0 })
      expect(t.mem().life).toBe('up')
      expect(t.mem().because).toBeUndefined()
      // The time that it stood there is not idle time.
      expect(t.kinds(1000)).toEqual([])
    },
  )
  test('one look says nothing yet', () => {
    const t = up()
    t.look(1000, { sighting: failing('auth') })
    expect(t.mem().life).toBe('up')
    t.look(1000)
    expect(t.mem().life).toBe('held')
  })
  test('an agent that ends for it is started once more, then parked, without a strike; a reset opens it', () => {
    const t = up()
    expect(t.kinds(1000, { sighting: dead('auth') })).toEqual(['note:exit', 'start'])
    report(t, 'start', true)
    const again = { panePid: 102 }
    t.look(1000, { sighting: alive(undefined, { pane: makePane(again) }) })
    const acts = t.acts(1000, {
      sighting: { ...dead('auth', 102), evidence: ['status 1', 'screen: Please log in'] } as never,
    })
    expect(acts).toMatchObject([{ kind: 'park', cause: 'auth' }])
    expect(t.mem()).toMatchObject({
      life: 'parked',
      restarts: [],
      because: expect.stringContaining('Please log in'),
    })
    report(t, 'park', true)
    expect(t.acts(hour)).toMatchObject([{ kind: 'clean' }])
    report(t, 'clean', true)
    expect(t.kinds(hour, { sighting: { kind: 'missing' } })).toEqual([])
    t.memory = resetAgent(t.memory, 'a')
    expect(t.kinds(1000)).toEqual(['start'])
  })
  test('two ends of that sort far apart are two accidents', () => {
    const t = up()
    t.look(1000, { sighting: dead('billing') })
    report(t, 'start', true)
    t.look(1000, { sighting: alive(undefined, { pane: makePane({ panePid: 102 }) }) })
    expect(t.kinds(hour, { sighting: dead('billing', 102) })).toContain('start')
  })
})

describe('a failure that a restart mends', () => {
  test.each([
    ['context', true],
    ['crash', undefined],
    ['start', undefined],
    ['fatal', undefined],
  ] as const)('%s: restarted after two looks, counted, a new conversation: %s', (failClass, fresh) => {
    const t = up()
    expect(t.kinds(1000, { sighting: failing(failClass) })).toEqual([])
    const [action] = t.acts()
    expect(action).toMatchObject({ kind: 'restart', cause: failClass, verify: { predicate: 'fatal' } })
    expect((action as { fresh?: boolean }).fresh).toBe(fresh)
    expect(t.mem().restarts).toHaveLength(1)
  })
  test('what ended with a full conversation begins a new one', () => {
    const t = up()
    expect(t.acts(1000, { sighting: dead('context') })).toMatchObject([{ kind: 'start', fresh: true }])
    expect(t.mem().restarts).toHaveLength(1)
  })
  test('a restart of one with a full conversation that is not started at once is fresh all the same', () => {
    const t = up()
    t.look(1000, { sighting: failing('context') })
    t.look()
    report(t, 'restart', false, { cause: 'start', retryable: true, because: 'refused' })
    t.look(10, { sighting: { kind: 'missing' } })
    expect(t.acts()).toMatchObject([{ kind: 'start', fresh: true }])
  })
})

describe('a start that something of the project prevents', () => {
  const fault = { cause: 'config', retryable: false, because: 'the folder cannot be made' } as const

  test('waits longer each time, is said, costs no strike, and goes on when the obstacle is gone', () => {
    const t = table()
    const waits: number[] = []
    let last = t.now.mono
    t.look()
    for (let i = 0; i < 8; i++) {
      report(t, 'start', false, fault)
      t.look(1)
      expect(t.mem()).toMatchObject({
        life: 'backing-off',
        because: expect.stringContaining('cannot be made'),
      })
      expect(whyStuck(t.mem())).toBe('the folder cannot be made')
      while (t.acts(500).length === 0) expect(t.now.mono - last).toBeLessThan(2 * minute)
      waits.push(t.now.mono - last)
      last = t.now.mono
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waits[0]).toBeLessThan(2_100)
    expect(waits.at(-1)).toBeGreaterThan(29_000)
    expect(waits.at(-1)).toBeLessThan(31_000)
    expect(t.mem()).toMatchObject({ restarts: [] })
    expect(t.mem().parked).toBeUndefined()
    report(t, 'start', true)
    t.look(10, { sighting: alive() })
    expect(t.mem().life).toBe('up')
    expect(t.mem().retry).toBeUndefined()
  })
  test('tmux that refuses for a moment is not worth a word, for long it is', () => {
    const t = table()
    t.look()
    for (let i = 1; i <= 6; i++) {
      report(t, 'start', false, { cause: 'start', retryable: true, because: 'server exited' })
      t.look(1)
      expect(whyStuck(t.mem())).toBe(i < 5 ? undefined : 'server exited')
      expect(t.mem().life).toBe(i < 5 ? 'starting' : 'backing-off')
      while (t.acts(100).length === 0);
    }
  })
  test('taken down meanwhile, it is over', () => {
    const t = table()
    t.look()
    report(t, 'start', false, fault)
    t.look(1, { intent: { wanted: 'down', paused: false, by: 'operator', at: 2 } })
    expect(t.mem().life).toBe('stopped')
    expect(t.mem().retry).toBeUndefined()
  })
})

describe('what an agent says of itself', () => {
  test('what only the agent itself tells of is never a reason to end it', () => {
    const t = up({ watch: 'heal+stall' })
    for (let i = 0; i < 1000; i++) {
      expect(t.kinds(1000, { sighting: { ...failing('reported'), cpuBusy: false } as never })).toEqual([])
    }
    expect(t.mem()).toMatchObject({ life: 'held', restarts: [] })
  })
  test('while it says that it waits it is not idle, and its idleness begins after that', () => {
    const t = up({ watch: 'heal+stall' })
    const quiet = (state: 'idle' | 'waiting') =>
      ({ ...alive(makeReading(state)), cpuBusy: false, lookAt: t.now.mono }) as never
    for (let i = 0; i < 200; i++) t.look(1000, { sighting: quiet('idle') })
    for (let i = 0; i < 3600; i++) expect(t.kinds(1000, { sighting: quiet('waiting') })).toEqual([])
    let seconds = 0
    while (t.kinds(1000, { sighting: quiet('idle') }).length === 0 && seconds < 1000) seconds += 1
    expect(seconds).toBeGreaterThan(290)
    expect(seconds).toBeLessThan(310)
  })
})

test('what was sampled before a look is no second source for a kill, as it may be over', () => {
  const sampled = { source: 'cpu', says: 'quiet', evidence: 'x', at: 1, until: 2 } as const
  const now = { source: 'change', says: 'quiet', evidence: 'y' } as const
  const reading = makeReading('failing', { failClass: 'fatal', claims: [sampled] })
  expect(quietSources({ reading, cpuBusy: undefined })).toEqual([])
  expect(quietSources({ reading: { ...reading, claims: [sampled, now] }, cpuBusy: undefined })).toEqual(['y'])
})
