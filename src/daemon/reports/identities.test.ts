import { expect, test } from 'vitest'
import type { Crew } from '../engine.ts'
import { createIdentities } from './identities.ts'

const KEY = 'a'.repeat(64)

/** A state folder in memory, and agents that all run. */
function fleetOf(count: number) {
  const agents = Array.from({ length: count }, (_, at) => ({ name: `a${at}` }))
  const runs = new Map(agents.map(({ name }) => [name, 'one.1']))
  const disk = new Map([['/s/report.key', { text: `${KEY}\n`, at: 0 }]])
  const reads: string[] = []
  const clock = { mono: 0 }
  const world = {
    fleet: () => ({ agents, stateDir: '/s' }),
    clock: { now: () => ({ mono: clock.mono, wall: clock.mono }) },
    files: { modifiedAt: async (path: string) => disk.get(path)?.at },
    store: {
      loadText: async (path: string) => {
        reads.push(path)
        const found = disk.get(path)
        return found === undefined ? { kind: 'absent' } : { kind: 'ok', text: found.text }
      },
      saveText: async (path: string, text: string) => void disk.set(path, { text, at: clock.mono }),
    },
    locks: {},
    report: () => undefined,
  }
  const sighting = ({ name }: { name: string }) => ({ kind: 'alive', pane: { tag: { run: runs.get(name) } } })
  const identities = createIdentities(() => ({ world, observer: { sighting } }) as unknown as Crew)
  return {
    disk,
    runs,
    reads,
    /** Looks each second for so long. */
    async keepFor(seconds: number) {
      for (let second = 0; second < seconds; second += 1) {
        await identities.keep()
        clock.mono += 1_000
      }
    },
  }
}

test('every session gets its token file at once, and one that nobody touches is not read over and over', async () => {
  const fleet = fleetOf(30)
  await fleet.keepFor(1)
  expect([...fleet.disk.keys()].filter((path) => path.startsWith('/s/identity/'))).toHaveLength(30)
  await fleet.keepFor(120)
  fleet.reads.length = 0
  await fleet.keepFor(120)
  expect(fleet.reads).toEqual([])
})

test('a token file that was removed, changed, or made with another key is written anew within half a minute', async () => {
  const fleet = fleetOf(3)
  await fleet.keepFor(70)
  const good = new Map(fleet.disk)
  fleet.disk.delete('/s/identity/a0')
  fleet.disk.set('/s/identity/a1', { text: 'another', at: 69_500 })
  await fleet.keepFor(32)
  for (const name of ['a0', 'a1'])
    expect(fleet.disk.get(`/s/identity/${name}`)?.text).toBe(good.get(`/s/identity/${name}`)?.text)
  fleet.disk.set('/s/report.key', { text: `${'b'.repeat(64)}\n`, at: 103_000 })
  await fleet.keepFor(32)
  for (const name of ['a0', 'a1', 'a2'])
    expect(fleet.disk.get(`/s/identity/${name}`)?.text).not.toBe(good.get(`/s/identity/${name}`)?.text)
})

test('a session that was started anew has its own at once; of the known ones ten are looked at in a tick', async () => {
  const fleet = fleetOf(200)
  await fleet.keepFor(1)
  const before = fleet.disk.get('/s/identity/a7')?.text
  fleet.runs.set('a7', 'two.2')
  await fleet.keepFor(1)
  expect(fleet.disk.get('/s/identity/a7')?.text).not.toBe(before)
  await fleet.keepFor(27)
  fleet.reads.length = 0
  await fleet.keepFor(3)
  expect(fleet.reads.filter((path) => path.startsWith('/s/identity/')).length).toBeLessThanOrEqual(20)
})
