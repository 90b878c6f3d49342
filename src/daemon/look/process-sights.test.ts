import { expect, test } from 'vitest'
import { makeAgent, makeBackend, makeFleet, makePane } from '../../../test/simulator/build.ts'
import type { ReadingState } from '../../core/index.ts'
import type { World } from '../world.ts'
import { createProcessSights, type Seen } from './process-sights.ts'

/** A world of which only time, the process table and the log are asked. */
function bench(startsProcess = false) {
  const at = { mono: 1_000_000, wall: 5_000_000 }
  const asked = { tables: 0 }
  const spec = makeAgent('a')
  const fleet = makeFleet([spec])
  const tree = [{ pid: 101, start: 's', command: 'sh', state: 'S', cpuMs: 0 }]
  const world = {
    fleet: () => fleet,
    clock: { now: () => ({ ...at }) },
    files: { size: async () => 0 },
    procs: {
      startsProcess,
      table: async () => {
        asked.tables += 1
        return { tree: () => tree }
      },
    },
  } as unknown as World
  const sights = createProcessSights(world)
  const pane = makePane()
  const look = async (state: ReadingState, afterMs = 1_000, suspect = false): Promise<void> => {
    at.mono += afterMs
    at.wall += afterMs
    const seen: Seen[] = [{ spec, pane, state }]
    await sights.sample(seen, new Set(suspect ? ['a'] : []))
  }
  return { sights, pane, look, asked, tree }
}

test('an agent at work is not looked at; a doubtful one seldom, whatever the pace of the looks', async () => {
  const t = bench()
  for (let i = 0; i < 20; i += 1) await t.look('working')
  // The round itself is due every ten seconds, and finds nobody doubtful.
  expect(t.asked.tables).toBe(0)
  for (let i = 0; i < 30; i += 1) await t.look('idle')
  expect(t.asked.tables).toBe(3)
  expect(t.sights.claims(t.pane).map(({ source }) => source)).toEqual(['process', 'cpu', 'output'])
})

test('a suspect is looked at at every look, and what is known goes out of date', async () => {
  const t = bench()
  await t.look('limited', 1_000, true)
  await t.look('limited', 1_000, true)
  expect(t.asked.tables).toBe(2)
  expect(t.sights.claims(t.pane)).toHaveLength(3)
  expect(t.sights.claims({ ...t.pane, panePid: 5 })).toEqual([])
  await t.look('working', 20_000)
  expect(t.sights.claims(t.pane)).toEqual([])
})

test('where a look costs a process, only suspects are worth it', async () => {
  const t = bench(true)
  for (let i = 0; i < 60; i += 1) await t.look('idle')
  expect(t.asked.tables).toBe(0)
  await t.look('idle', 1_000, true)
  expect(t.asked.tables).toBe(1)
})

test('the backend’s own program is known under a wrapper, until it has left', async () => {
  const t = bench()
  const backend = makeBackend('claude', { processName: 'claude' })
  await t.look('shell')
  expect(t.sights.programRuns(t.pane, backend)).toBe(false)
  t.tree.push({ pid: 102, start: 's', command: 'claude', state: 'S', cpuMs: 0 })
  await t.look('shell', 10_000)
  expect(t.sights.programRuns(t.pane, backend)).toBe(true)
  t.tree.pop()
  await t.look('idle', 10_000)
  expect(t.sights.programRuns(t.pane, backend)).toBe(false)
})
