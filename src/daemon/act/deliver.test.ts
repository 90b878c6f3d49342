import { expect, test } from 'vitest'
import type { PaneSight } from '../../core/index.ts'
import type { World } from '../world.ts'
import { ageOf } from './deliver.ts'

const pane = { panePid: 7, createdAt: 1_000_000 } as PaneSight
const world = (age: () => Promise<number | undefined>): World =>
  ({ procs: { age }, clock: { now: () => ({ wall: 1_000_000 - 3_000_000, mono: 0 }) } }) as unknown as World

test('an agent that began a moment ago is young, also when the clock was set back by an hour meanwhile', async () => {
  expect(
    await ageOf(
      world(async () => 80),
      pane,
    ),
  ).toBe(80)
})

test('where the system does not tell, the clock is asked', async () => {
  expect(
    await ageOf(
      world(async () => undefined),
      pane,
    ),
  ).toBe(3_000_000)
  expect(
    await ageOf(
      world(() => Promise.reject(new Error('no table'))),
      pane,
    ),
  ).toBe(3_000_000)
})
