import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { alive, dead, report, table } from '../../test/simulator/bench.ts'
import { hour, makeReading, minute } from '../../test/simulator/build.ts'
import { copyAgent, emptyAgent, emptyMemory } from './empty.ts'
import { adoptHold, migrateMemory, resetAgent } from './memory.ts'

const limited = makeReading('limited', { limit: { kind: 'unparsed', text: 'limit' } })

describe('memory over a restart of the watchdog', () => {
  test('within one boot nothing that matters is lost', () => {
    const t = table({ wake: { promptPath: '/w', intervalMs: minute } })
    t.look(0, { sighting: alive(limited) })
    t.look()
    const again = migrateMemory(t.memory, true, t.now)
    expect(again.agents.a).toMatchObject({ hold: t.mem().hold, wake: t.mem().wake, run: t.mem().run })
    expect(again.fleet.serverId).toBe('s1')
    expect(again.agents.a?.idle).toBeUndefined()
  })
  test('a back-off goes on where it was', () => {
    const t = table({}, { governor: { intensity: 0 } })
    t.look(0, { sighting: alive() })
    t.look(10, { sighting: dead() })
    t.memory = migrateMemory(t.memory, true, t.now)
    expect(t.kinds(10)).toEqual([])
    expect(t.kinds(990)).toEqual(['start'])
  })
  test('after another boot strikes count as fresh, a limit ends by the wall clock, parked stays parked', () => {
    const t = table({}, { governor: { intensity: 9 } })
    t.look(0, { sighting: alive() })
    t.look(10, { sighting: dead() })
    report(t, 'start', true)
    t.look(10, { sighting: alive(limited) })
    t.look()
    const left = t.mem().hold!.until - t.now.wall
    const boot = { wall: t.now.wall + minute, mono: 5000 }
    const again = migrateMemory(t.memory, false, boot).agents.a!
    expect(again.restarts).toEqual([5000])
    expect(again.hold?.untilMono).toBe(5000 + left - minute)
    expect(again.wake).toBeUndefined()
    const parked = table()
    parked.look(0, { sighting: dead('missing-binary') })
    parked.memory = migrateMemory(parked.memory, false, { wall: 1, mono: 1 })
    parked.now = { wall: 1, mono: 1 }
    expect(parked.acts(hour)).toMatchObject([{ kind: 'clean' }])
  })
  test('whatever was on the disk, a memory comes out', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.boolean(), (junk, sameBoot) => {
        const fields = ['restarts', 'backoff', 'parked', 'hold', 'wake', 'waiting', 'finished', 'run', 'life']
        const agent = Object.fromEntries(fields.map((field) => [field, junk]))
        const loaded = {
          agents: { a: agent, b: junk },
          fleet: { failures: junk, breaker: junk, starts: junk },
        }
        for (const one of [junk, loaded]) {
          const memory = migrateMemory(one, sameBoot, { wall: 10, mono: 10 })
          const t = table()
          t.memory = memory
          t.look()
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('what operators change in it', () => {
  test('a reset forgets strikes and parking, and closes the breaker', () => {
    const t = table()
    t.look(0, { sighting: dead('missing-binary') })
    t.memory.fleet.breaker = { openedAt: 0, nextTry: hour, step: 9 }
    t.memory = resetAgent(t.memory, 'a')
    expect(t.kinds()).toEqual(['start'])
    expect(t.mem().restarts).toEqual([])
    expect(resetAgent(emptyMemory(), 'nobody')).toEqual(emptyMemory())
  })
  test('a limit record from the disk is taken over, unless memory knows better', () => {
    const hold = { until: 1_000_000_000 + hour, untilMono: 1_000_000 + hour, nudges: 0, text: 'found' }
    const t = table()
    t.memory = adoptHold(t.memory, 'a', hold, 1)
    t.look(0, { sighting: alive(limited), queued: 1 })
    expect(t.kinds(minute)).toEqual([])
    expect(t.mem().life).toBe('held')
    const other = { ...hold, text: 'other' }
    expect(adoptHold(t.memory, 'a', other, 1).agents.a?.hold?.text).toBe('found')
  })
})

test('a copy has every field', () => {
  expect(copyAgent(emptyAgent(7))).toEqual(emptyAgent(7))
  expect(Object.keys(copyAgent(emptyAgent(7)))).toEqual(Object.keys(emptyAgent(7)))
})
