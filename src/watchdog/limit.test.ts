import { describe, expect, test } from 'vitest'
import { alive, dead, missing, report, table } from '../../test/simulator/bench.ts'
import { hour, makePane, makeReading, minute, second } from '../../test/simulator/build.ts'
import type { LimitSeen } from '../core/index.ts'
import { closedClock, releaseHold } from './release.ts'

type Table = ReturnType<typeof table>

const limited = (until: number | undefined, limit: Partial<LimitSeen> = {}) =>
  makeReading('limited', {
    until,
    limit: { kind: until === undefined ? 'unparsed' : 'banner', text: 'resets 3pm', ...limit },
  })

function up(...args: Parameters<typeof table>): Table {
  const t = table(...args)
  t.look(0, { sighting: alive() })
  t.look()
  return t
}

const spender = { account: 'one', model: '', sidestepped: false }

describe('a limit that no time lifts', () => {
  function blocked(): Table {
    const t = up({ watch: 'heal+stall' })
    const reading = limited(undefined, { kind: 'blocked', text: 'Credit balance is too low' })
    t.look(1000, { sighting: alive(reading) })
    expect(t.acts()).toMatchObject([{ kind: 'hold', hold: { asks: 'blocked' } }])
    return t
  }
  test('is never probed: a person must act', () => {
    const t = blocked()
    for (let i = 0; i < 200; i++) expect(t.kinds(minute, { queued: 2 })).toEqual([])
    expect(t.mem()).toMatchObject({
      life: 'held',
      because: expect.stringContaining('Credit balance'),
      restarts: [],
    })
    expect(t.memory.fleet.clocks).toMatchObject([{ kind: 'blocked' }])
  })
  test('is over when the screen says otherwise, or it works', () => {
    const t = blocked()
    t.look(1000, { sighting: alive() })
    expect(t.kinds()).toEqual(['lift'])
    expect(blocked().kinds(1000, { sighting: alive(makeReading('working')) })).toEqual(['lift'])
  })
  test('an agent that dies of it is not started', () => {
    const t = blocked()
    t.look(1000, { sighting: dead('signal') })
    for (let i = 0; i < 20; i++) expect(t.kinds(hour, { sighting: missing })).toEqual([])
    expect(t.mem().life).toBe('held')
  })
  test('`resume` asks at once', () => {
    const t = blocked()
    t.look(hour)
    t.memory = releaseHold(t.memory, 'a', spender, t.now)!
    expect(t.kinds(10)).toEqual(['probe'])
    expect(t.mem().hold?.asks).toBeUndefined()
  })
})

describe('on_limit = "ask"', () => {
  test('nothing is typed after the reset either, until `resume`', () => {
    const t = up({ onLimit: { kind: 'ask' } })
    t.look(1000, { sighting: alive(limited(t.now.wall + hour)) })
    expect(t.acts()).toMatchObject([{ kind: 'hold', hold: { asks: 'policy' } }])
    for (let i = 0; i < 300; i++) expect(t.kinds(minute, { queued: 1 })).toEqual([])
    t.memory = releaseHold(t.memory, 'a', spender, t.now)!
    expect(t.kinds(10)).toEqual(['probe'])
  })
})

describe('evidence', () => {
  test('what the CLI itself recorded needs no second look', () => {
    const t = up()
    const recorded = limited(t.now.wall + hour, { source: 'transcript' })
    expect(t.kinds(1000, { sighting: alive(recorded) })).toEqual(['hold'])
    expect(t.memory.fleet.clocks).toMatchObject([{ evidence: { agent: 'a', source: 'transcript' } }])
  })
  test('a program that ends at its limit is not started into it again and again', () => {
    const t = up()
    const reading = limited(t.now.wall + hour)
    const sighting = { ...dead('limit'), reading } as ReturnType<typeof dead>
    expect(t.kinds(1000, { sighting })).toEqual(['note:exit', 'hold'])
    report(t, 'hold', true)
    for (let i = 0; i < 30; i++) expect(t.kinds(minute)).toEqual([])
    t.look(29 * minute)
    t.look(3 * minute)
    expect(t.mem().life).toBe('starting')
    report(t, 'start', true)
    t.look(1000, { sighting: alive(makeReading('unknown'), { pane: makePane({ panePid: 300 }) }) })
    // It ends the same way: the same words name no new reset, and the wait grows.
    const again = { ...dead('limit', 300), reading } as ReturnType<typeof dead>
    expect(t.kinds(1000, { sighting: again })).toEqual(['note:exit', 'hold'])
    report(t, 'hold', true)
    expect(t.kinds(4 * minute)).toEqual([])
    expect(t.kinds(2 * minute)).toEqual(['start'])
    expect(t.mem().restarts).toEqual([])
  })
  test('a spinner after the probe and the same banner again: the wait grows, and no other day is waited for', () => {
    const t = up()
    t.look(1000, { sighting: alive(limited(t.now.wall + hour)) })
    t.look()
    expect(t.kinds(hour + 2 * minute)).toEqual(['probe'])
    report(t, 'probe', true)
    expect(t.kinds(1000, { sighting: alive(makeReading('working')) })).toEqual(['lift'])
    report(t, 'lift', true)
    // The bare time of its banner reads as tomorrow's now.
    const tomorrow = limited(t.now.wall + 23 * hour)
    t.look(3000, { sighting: alive(tomorrow) })
    expect(t.kinds()).toEqual(['hold'])
    const left = t.mem().hold!.untilMono - t.now.mono
    expect(left / minute).toBeGreaterThanOrEqual(5)
    expect(left / minute).toBeLessThanOrEqual(10)
  })
  test('another limit soon after one that was over is waited out to its own reset, however often', () => {
    const t = up()
    for (const text of ['resets 3:01pm', 'resets 3:07pm', 'resets 3:12pm', 'resets 3:18pm']) {
      t.look(1000, { sighting: alive(limited(t.now.wall + 3 * minute, { text })) })
      expect(t.kinds()).toEqual(['hold'])
      report(t, 'hold', true)
      const left = t.mem().hold!.untilMono - t.now.mono
      expect(left / minute).toBeGreaterThan(2.9)
      expect(left / minute).toBeLessThan(4.5)
      expect(t.memory.fleet.clocks).toMatchObject([{ tries: 0, evidence: { text } }])
      expect(t.kinds(left + second)).toEqual(['probe'])
      report(t, 'probe', true)
      expect(t.kinds(1000, { sighting: alive(makeReading('working')) })).toEqual(['lift'])
      report(t, 'lift', true)
      t.look(minute, { sighting: alive() })
    }
  })
  test('a question that could not be typed is asked again soon, and makes no wait longer', () => {
    const t = up()
    t.look(1000, { sighting: alive(limited(t.now.wall + hour)) })
    t.look()
    expect(t.kinds(hour + 2 * minute)).toEqual(['probe'])
    for (const wait of [30, 60, 120]) {
      report(t, 'probe', false, { retryable: true, because: 'somebody has begun to type in its composer' })
      expect(t.kinds(100)).toEqual([])
      expect(t.kinds((wait - 2) * second)).toEqual([])
      expect(t.kinds(3 * second)).toEqual(['probe'])
    }
    report(t, 'probe', true)
    expect(t.kinds(4 * minute)).toEqual([])
    expect(t.kinds(2 * minute)).toEqual(['probe'])
    expect(t.memory.fleet.clocks[0]?.tries).toBe(2)
  })
  test('an account that is limited is not started by hand, unless it is its turn', () => {
    const t = up()
    t.look(1000, { sighting: alive(limited(t.now.wall + hour)) })
    t.look()
    expect(closedClock(t.memory, 'b', spender, t.now.mono)?.account).toBe('one')
    expect(closedClock(t.memory, 'b', { ...spender, account: 'two' }, t.now.mono)).toBeUndefined()
    const released = releaseHold(t.memory, 'a', spender, t.now)!
    expect(closedClock(released, 'a', spender, t.now.mono)).toBeUndefined()
    expect(releaseHold(t.memory, 'a', { ...spender, account: 'two' }, t.now)).toBeDefined()
  })
  test('a limit of one model holds the agents of that model alone', () => {
    const t = up()
    t.look(1000, { sighting: alive(limited(t.now.wall + hour, { window: 'opus' })), effectiveModel: 'big' })
    t.look()
    expect(t.memory.fleet.clocks).toMatchObject([{ window: 'opus', modelOnly: true, models: ['big'] }])
    expect(closedClock(t.memory, 'b', { ...spender, model: 'big' }, t.now.mono)).toBeDefined()
    expect(closedClock(t.memory, 'b', { ...spender, model: 'small' }, t.now.mono)).toBeUndefined()
  })
})

describe('an overloaded service', () => {
  const overloaded = alive(makeReading('failing', { failClass: 'overload' }))
  function ladder(t: Table, seconds: number): number[] {
    const asked: number[] = []
    for (let i = 1; i <= seconds; i++) {
      if (!t.kinds(1000, { sighting: overloaded }).includes('carry-on')) continue
      asked.push(i)
      report(t, 'carry-on', true)
    }
    return asked
  }
  test('the agent is asked to carry on after 30 s, 1, 2, 5, 5 … minutes; no kill, no strike, no stall', () => {
    const t = up({ watch: 'heal+stall' })
    const asked = ladder(t, 1200)
    expect(asked[0]).toBeGreaterThanOrEqual(30)
    expect(asked[0]).toBeLessThan(35)
    expect(asked.slice(1).map((at, i) => at - asked[i]!)).toEqual([60, 120, 300, 300, 300])
    expect(t.mem()).toMatchObject({ life: 'up', restarts: [] })
    expect(t.mem().because).toContain('overloaded')
  })
  test('a spinner between two errors is no health; half a minute of work is, and the ladder begins anew', () => {
    const t = up()
    ladder(t, 40)
    for (let i = 0; i < 5; i++) t.look(1000, { sighting: alive(makeReading('working')) })
    expect(ladder(t, 40)).toEqual([])
    for (let i = 0; i < 40; i++) t.look(1000, { sighting: alive(makeReading('working')) })
    expect(t.mem().overload).toBeUndefined()
    const [first] = ladder(t, 40)
    expect(first).toBeGreaterThanOrEqual(30)
  })
  test('one that tries again by itself is left alone', () => {
    const t = up()
    for (let i = 0; i < 600; i++) {
      expect(t.kinds(second, { sighting: alive(makeReading('working', { failClass: 'overload' })) })).toEqual(
        [],
      )
    }
  })
  test('an agent that ends for it is started by the same ladder, without a strike', () => {
    const t = up()
    const waits: number[] = []
    for (let n = 0; n < 5; n++) {
      const pid = 500 + n
      t.look(1000, { sighting: dead('overload', pid) })
      const from = t.now.mono
      let kinds: string[] = []
      while (!kinds.includes('start')) kinds = t.kinds(1000)
      waits.push(Math.round((t.now.mono - from) / second))
      report(t, 'start', true)
      t.look(1000, { sighting: alive(undefined, { pane: makePane({ panePid: pid + 1 }) }) })
    }
    expect(waits).toEqual([30, 60, 120, 300, 300])
    expect(t.mem().restarts).toEqual([])
  })
})
