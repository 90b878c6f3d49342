import { expect, test } from 'vitest'
import type { AgentSpec } from '../../core/index.ts'
import type { World } from '../world.ts'
import { createCarrier } from './carry.ts'
import { createLedger, newcomer } from './ledger.ts'

const spec = { name: 'a' } as AgentSpec
const id = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa'

test('an order is behind us when the watchdog has looked since, and not before: the town would be told the old state again', async () => {
  const ledger = createLedger({ save: async () => undefined }, { agents: { a: newcomer(id, 0) } })
  const events: string[] = []
  const world = {
    clock: { now: () => ({ wall: 5, mono: 5 }) },
    report: (event: { kind: string }) => events.push(event.kind),
  } as unknown as World
  let see: () => void = () => undefined
  const sight = new Promise<void>((resolve) => {
    see = resolve
  })
  const done: string[] = []
  const control = {
    down: async (names: readonly string[]) => {
      done.push(...names)
      return []
    },
  }
  const carrier = createCarrier(
    world,
    ledger,
    () => control as never,
    () => sight,
    (error) => {
      throw error
    },
  )
  await carrier.take(spec, 'kill', 'stopped', 'shop')
  await expect.poll(() => done).toEqual(['a'])
  expect(events).toEqual(['town-order'])
  expect(ledger.state.agents.a?.order).toMatchObject({ order: 'kill', carried: false })
  see()
  await expect.poll(() => ledger.state.agents.a?.order?.carried).toBe(true)
})
