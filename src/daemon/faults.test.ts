import { describe, expect, test } from 'vitest'
import { makeAgent, makeFleet } from '../../test/simulator/build.ts'
import type { EventDraft } from '../core/index.ts'
import { decide } from '../watchdog/decide.ts'
import { emptyMemory, resetAgent } from '../watchdog/memory.ts'
import type { AgentSeen, Decide, Memory, Observation } from '../watchdog/types.ts'
import { decideForAll } from './faults.ts'

const names = ['a', 'b', 'c']
const fleet = makeFleet(names.map((name) => makeAgent(name)))

function seenOf(name: string): AgentSeen {
  return {
    spec: fleet.agents.find((spec) => spec.name === name)!,
    effectiveModel: '',
    backend: fleet.backends.one,
    sighting: { kind: 'missing' },
    busy: false,
    intent: { wanted: 'up', paused: false, by: 'default', at: 1 },
    blocked: undefined,
    wantedLaunch: 'L',
    runningLaunch: undefined,
    kickoffPending: false,
    queued: 0,
    cutsIn: false,
  }
}

/** A fleet whose check of the agents in `bad` throws. */
function bench(bad: Set<string>) {
  const events: EventDraft[] = []
  const thrower: Decide = (want, seen, ...rest) => {
    const one = seen.agents.find((a) => bad.has(a.spec.name))
    if (one !== undefined) throw new TypeError(`cannot read ${one.spec.name}`)
    return decide(want, seen, ...rest)
  }
  const all = decideForAll(thrower, (event) => events.push(event))
  let memory: Memory = emptyMemory()
  let mono = 1_000_000
  const seen: Observation = {
    server: 'up',
    serverId: 's',
    agents: names.map(seenOf),
    phase: undefined,
    outcomes: [],
  }
  return {
    events,
    memory: () => memory,
    reset: (name: string) => {
      memory = resetAgent(memory, name)
    },
    tick: (afterMs = 1000) => {
      mono += afterMs
      const decision = all(fleet, seen, memory, { mono, wall: mono }, () => 0.5)
      memory = decision.memory
      return decision.actions.flatMap((one) => ('agent' in one && one.kind === 'start' ? [one.agent] : []))
    },
  }
}

describe('an agent whose check throws', () => {
  test('the others are decided on; it is said once, and after five ticks it is parked with the error', () => {
    const b = bench(new Set(['b']))
    expect(b.tick().sort()).toEqual(['a', 'c'])
    expect(b.memory().agents.b).toMatchObject({
      life: 'unknown',
      because: expect.stringContaining('cannot read b'),
    })
    for (let i = 0; i < 20; i++) b.tick(10)
    expect(b.memory().agents.b?.parked).toBeUndefined()
    for (let i = 0; i < 4; i++) b.tick()
    expect(b.memory().agents.b).toMatchObject({ life: 'parked', parked: { cause: 'fault' } })
    for (let i = 0; i < 10; i++) expect(b.tick()).not.toContain('b')
    expect(b.events.map((event) => event.kind)).toEqual(['trouble', 'park'])
    expect(b.events[1]?.because).toContain('5 times in a row: TypeError: cannot read b')
  })
  test('four times are forgotten when it goes well again', () => {
    const bad = new Set(['b'])
    const b = bench(bad)
    for (let i = 0; i < 4; i++) b.tick()
    bad.clear()
    expect(b.tick()).toContain('b')
    bad.add('b')
    for (let i = 0; i < 4; i++) b.tick()
    expect(b.memory().agents.b?.parked).toBeUndefined()
  })
  test('a reset tries it again, and mended it runs', () => {
    const bad = new Set(['b'])
    const b = bench(bad)
    for (let i = 0; i < 5; i++) b.tick()
    bad.clear()
    expect(b.tick()).not.toContain('b')
    b.reset('b')
    expect(b.tick()).toContain('b')
  })
  test('what is nobody’s alone is thrown on', () => {
    const b = bench(new Set(names))
    expect(() => b.tick()).toThrow('cannot read a')
  })
})
