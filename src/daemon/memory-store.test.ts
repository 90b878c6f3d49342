import { expect, test } from 'vitest'
import { emptyAgent, emptyMemory } from '../watchdog/memory.ts'
import type { AgentMemory, FleetMemory, Memory } from '../watchdog/types.ts'
import { lastingOf, lastsAs } from './memory-store.ts'

const memoryOf = (agent: Partial<AgentMemory>, fleet: Partial<FleetMemory> = {}): Memory => ({
  agents: { a: { ...emptyAgent(0), ...agent } },
  fleet: { ...emptyMemory().fleet, ...fleet },
})

const same = (a: Memory, b: Memory) => lastsAs(lastingOf(a), lastingOf(b))

test.each<[string, Partial<AgentMemory>]>([
  ['a life', { life: 'up' }],
  ['a strike', { restarts: [5] }],
  ['another strike of as many', { restarts: [6] }],
  ['a run', { run: '%1:2' }],
  ['a step aside', { sidestep: { backend: 'codex' } as AgentMemory['sidestep'] }],
])('%s is saved', (_what, change) => {
  const before = memoryOf(
    change.restarts === undefined ? {} : { restarts: change.restarts.length > 0 ? [1] : [] },
  )
  expect(same(memoryOf(change), before)).toBe(false)
  expect(same(memoryOf(change), memoryOf(structuredClone(change)))).toBe(true)
})

test('a server, a clock, and an agent that came or went are saved', () => {
  const clocks = [{ account: 'x', until: 5 }] as unknown as FleetMemory['clocks']
  expect(same(memoryOf({}, { serverId: '1:2' }), memoryOf({}))).toBe(false)
  expect(same(memoryOf({}, { clocks }), memoryOf({}))).toBe(false)
  expect(same(memoryOf({}, { clocks }), memoryOf({}, { clocks: structuredClone(clocks) }))).toBe(true)
  expect(same(memoryOf({}), emptyMemory())).toBe(false)
  expect(same(emptyMemory(), memoryOf({}))).toBe(false)
})

test('what moves at each look is not', () => {
  expect(same(memoryOf({ lookAt: 1, upSince: 2 }), memoryOf({ lookAt: 9, upSince: 9 }))).toBe(true)
})
