import { expect, test } from 'vitest'
import type { AgentSpec } from '../../core/index.ts'
import type { Held } from '../../town/inbox/claim.ts'
import { townKeys } from '../../town/keys.ts'
import type { Town } from '../../town/town.ts'
import type { Engine } from '../engine.ts'
import type { World } from '../world.ts'
import { createFollowUp } from './follow-up.ts'
import { newTended } from './tended.ts'

const spec = { name: 'a', inbox: 'deliver' } as AgentSpec
const held = {
  message: { id: 'm', content: { type: 'task', description: 'x' } },
  envelope: { seq: 1, state: 'seen', claimedAt: 500, presented: 1 },
} as Held

/** An agent that is paused over what it was shown, and which scripts are called for it. */
function tending() {
  const clock = { mono: 1_000_000, wall: 1_000_000 }
  const called: string[] = []
  const world = {
    clock: { now: () => ({ ...clock }) },
    fleet: () => ({ town: { leaseMs: 900_000 }, agents: [spec] }),
    outbox: { peek: () => ({ entries: [] }) },
    intents: { peek: () => ({ agents: { a: { paused: true } } }) },
    report: () => undefined,
  } as unknown as World
  const pane = { paneId: '%1', panePid: 1, createdAt: 100 }
  const observer = { sighting: () => ({ kind: 'alive', pane, reading: { state: 'working' } }) }
  const engine = { crew: () => ({ world, observer }), memory: () => ({ agents: {}, accounts: {} }) }
  const town = {
    keys: townKeys('shop'),
    now: () => clock.wall,
    redis: {
      script: async ({ name }: { name: string }) => {
        called.push(name)
        return ['renewed', '1']
      },
    },
  } as unknown as Town
  const followUp = createFollowUp(world, () => engine as unknown as Engine)
  const state = { ...newTended(), held: [held] }
  const look = async (): Promise<string[]> => {
    called.length = 0
    await followUp(town, spec, 'id', state)
    return [...called]
  }
  return { clock, look }
}

test('a lease is renewed when its time has come by either clock: one stands while the machine sleeps, the other may be set back', async () => {
  const { clock, look } = tending()
  expect(await look()).toContain('renew')
  expect(await look()).toEqual([])
  // It slept: the clock on the wall went on, by which Redis ends leases.
  clock.wall += 3_600_000
  expect(await look()).toContain('renew')
  expect(await look()).toEqual([])
  clock.wall -= 7_200_000
  clock.mono += 60_000
  expect(await look()).toContain('renew')
})
