import { describe, expect, test } from 'vitest'
import { alive, dead, missing, report, table } from '../../test/simulator/bench.ts'
import { hour, makeFleet, makePane, makeReading, minute } from '../../test/simulator/build.ts'
import { migrateMemory } from './memory.ts'
import { releaseHold } from './release.ts'
import { createOverlay } from './sidestepped.ts'
import { stillHolds } from './still-holds.ts'

type Table = ReturnType<typeof table>

const banner = (until: number, text = 'resets 3pm') =>
  makeReading('limited', { until, limit: { kind: 'banner', text } })

/** As the watchdog does it: what an agent runs on follows its memory. */
function overlay(t: Table): void {
  const own = { ...t.fleet, agents: [{ ...t.agent.spec, backend: 'one', model: '' }] }
  const spec = createOverlay()(own, t.memory).agents[0]!
  t.agent = { ...t.agent, spec, backend: t.fleet.backends[spec.backend], effectiveModel: spec.model }
}

function look(t: Table, ms = 1000, change: Parameters<Table['look']>[1] = {}): string[] {
  overlay(t)
  const kinds = t.kinds(ms, change)
  for (const kind of kinds) if (!kind.startsWith('note')) report(t, kind as never, true)
  overlay(t)
  return kinds
}

const pane = (panePid: number, state: Parameters<typeof makeReading>[0] = 'working') =>
  alive(makeReading(state), { pane: makePane({ panePid }) })

/** Limited for an hour on its own backend `one`, and gone to `to`. */
function away(to = 'two'): Table {
  const t = table({ onLimit: { kind: 'switch', to } })
  t.look(0, { sighting: alive() })
  look(t)
  look(t, 1000, { sighting: alive(banner(t.now.wall + hour)) })
  expect(look(t)).toEqual(['hold'])
  expect(look(t)).toEqual(['sidestep'])
  expect(look(t)).toEqual(['restart'])
  return t
}

describe('on_limit = { switch = … }', () => {
  test('goes on with the other backend when the limit is confirmed, and stays there while it lasts', () => {
    const t = away()
    expect(t.agent.spec.backend).toBe('two')
    expect(t.mem().hold).toBeUndefined()
    expect(t.memory.fleet.clocks).toMatchObject([{ account: 'one', evidence: { agent: 'a' } }])
    for (let i = 0; i < 50; i++) expect(look(t, minute, { sighting: pane(300) })).toEqual([])
    expect(t.mem()).toMatchObject({ life: 'up', restarts: [] })
    expect(look(t, 1000, { sighting: pane(300, 'idle'), queued: 1 })).toEqual(['deliver'])
  })
  test('comes back at a turn boundary when the limit is over, as the first that asks', () => {
    const t = away()
    look(t, 1000, { sighting: pane(300) })
    for (let i = 0; i < 5; i++) expect(look(t, 20 * minute)).toEqual([])
    expect(look(t, 1000, { sighting: pane(300, 'idle') })).toEqual(['sidestep'])
    expect(t.agent.spec.backend).toBe('one')
    expect(t.memory.fleet.clocks[0]?.canary?.agent).toBe('a')
    expect(look(t)).toEqual(['restart'])
    look(t, 1000, { sighting: pane(400) })
    look(t)
    expect(t.memory.fleet.clocks[0]?.open?.by).toBe('a')
    expect(t.mem()).toMatchObject({ life: 'up', restarts: [] })
    expect(t.mem().sidestep).toBeUndefined()
    for (let i = 0; i < 5; i++) expect(look(t)).toEqual([])
  })
  test('is still limited there: the wait grows, and it goes elsewhere again', () => {
    const t = away()
    expect(look(t, hour + 2 * minute, { sighting: pane(300, 'idle') })).toEqual(['sidestep'])
    expect(look(t)).toEqual(['restart'])
    const stale = alive(banner(t.now.wall + 23 * hour), { pane: makePane({ panePid: 400 }) })
    look(t, 1000, { sighting: stale })
    expect(look(t)).toEqual(['hold'])
    expect(look(t)).toEqual(['sidestep'])
    const left = t.memory.fleet.clocks[0]!.untilMono - t.now.mono
    expect(left).toBeLessThan(11 * minute)
    expect(left).toBeGreaterThan(4 * minute)
  })
  test('not when the other account is limited as well: then it waits', () => {
    const t = table({ onLimit: { kind: 'switch', to: 'two' } })
    t.look(0, { sighting: alive() })
    look(t)
    t.fleet = {
      ...t.fleet,
      backends: { ...t.fleet.backends, two: { ...t.fleet.backends.two!, account: 'one' } },
    }
    look(t, 1000, { sighting: alive(banner(t.now.wall + hour)) })
    expect(look(t)).toEqual(['hold'])
    for (let i = 0; i < 20; i++) expect(look(t, minute)).toEqual([])
    expect(t.mem().life).toBe('held')
  })
  test('another model of its own backend, until that one is limited, too', () => {
    const t = away('small')
    expect(t.agent.spec).toMatchObject({ backend: 'one', model: 'small', modelForced: true })
    for (let i = 0; i < 20; i++) expect(look(t, 1000, { sighting: pane(300) })).toEqual([])
    look(t, 1000, {
      sighting: alive(banner(t.now.wall + 2 * hour, 'small is used up'), {
        pane: makePane({ panePid: 300 }),
      }),
    })
    expect(look(t)).toEqual(['hold'])
    for (let i = 0; i < 20; i++) expect(look(t, minute)).toEqual([])
    expect(t.mem().life).toBe('held')
  })
  test('a dead one is started elsewhere; a restart of the watchdog forgets nothing', () => {
    const t = table({ onLimit: { kind: 'switch', to: 'two' } })
    t.look(0, { sighting: alive() })
    look(t)
    look(t, 1000, { sighting: alive(banner(t.now.wall + hour)) })
    look(t)
    expect(look(t, 1000, { sighting: dead('signal') })).toEqual(['note:exit', 'sidestep'])
    t.memory = migrateMemory(JSON.parse(JSON.stringify(t.memory)), true, t.now)
    overlay(t)
    expect(t.agent.spec.backend).toBe('two')
    expect(look(t)).toContain('start')
    expect(look(t, 1000, { sighting: pane(300) })).toEqual([])
    expect(look(t, hour, { sighting: missing }).filter((kind) => kind !== 'note:exit')).toEqual(['start'])
  })
  test('a limit that no time lifts sends it elsewhere for good; `resume` brings it back', () => {
    const t = table({ onLimit: { kind: 'switch', to: 'two' } })
    t.look(0, { sighting: alive() })
    look(t)
    const broke = makeReading('limited', { limit: { kind: 'blocked', text: 'Credit balance is too low' } })
    look(t, 1000, { sighting: alive(broke) })
    expect([look(t), look(t), look(t)].flat()).toEqual(['hold', 'sidestep', 'restart'])
    for (let i = 0; i < 20; i++) expect(look(t, hour, { sighting: pane(300, 'idle') })).toEqual([])
    t.memory = releaseHold(t.memory, 'a', { account: 'two', model: '', sidestepped: false }, t.now)!
    expect(look(t)).toEqual(['sidestep'])
    expect(t.agent.spec.backend).toBe('one')
  })
})

test('the knife: a switch is not made while it works, nor of another process', () => {
  const verify = { paneId: '%1', panePid: 101, predicate: 'switch' } as const
  const fresh = { pane: makePane(), cpuBusy: undefined, wanted: true }
  expect(stillHolds(verify, { ...fresh, reading: makeReading('limited') }).holds).toBe(true)
  expect(stillHolds(verify, { ...fresh, reading: makeReading('working') }).holds).toBe(false)
  expect(
    stillHolds(verify, { ...fresh, pane: makePane({ panePid: 7 }), reading: makeReading('idle') }).holds,
  ).toBe(false)
})

test('the config is the same object as long as nobody is elsewhere', () => {
  const fleet = makeFleet([])
  const overlay = createOverlay()
  expect(overlay(fleet, undefined)).toBe(fleet)
  expect(overlay(fleet, { agents: {}, fleet: table().memory.fleet })).toBe(fleet)
  const t = away()
  const own = { ...t.fleet, agents: [{ ...t.agent.spec, backend: 'one', model: '' }] }
  const elsewhere = overlay(own, t.memory)
  expect(elsewhere.agents[0]?.backend).toBe('two')
  expect(overlay(own, structuredClone(t.memory))).toBe(elsewhere)
})
