import fc from 'fast-check'
import { expect } from 'vitest'
import { createTown } from '../../../src/town/town.ts'
import { test } from '../../support/redis.ts'
import { BOXES, play, type Step } from './mailbox-model.ts'

const box = fc.nat({ max: BOXES - 1 })
const message = fc.nat({ max: 5 })
const messages = fc.oneof(
  fc.constant('claimed' as const),
  fc.uniqueArray(message, { minLength: 1, maxLength: 4 }),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      message,
      box,
      place: fc.constantFrom('tail', 'tail', 'head', 'urgent'),
      by: fc.constantFrom('ours', 'ours', 'tt'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('claim' as const),
      box,
      count: fc.integer({ min: 1, max: 6 }),
      presented: fc.boolean(),
      dies: fc.boolean(),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('present', 'present', 'ack', 'nack', 'renew'),
      box,
      messages,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('read' as const), box, message }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('revive' as const), box, message }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), box, to: box }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('junk' as const),
      box,
      list: fc.constantFrom('inbox', 'urgent'),
      junk: fc.nat({ max: 5 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('look', 'forget scripts') }) },
)

test('any short history of a mailbox keeps INV-13 to INV-19 and INV-21, step by step', async ({ bench }) => {
  const town = createTown('model', bench.raw, Date.now)
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, size: 'max', maxLength: 60 }), async (steps) => {
      expect(await play(town, steps)).toBeUndefined()
    }),
    { numRuns: Number(process.env.AGENTS_RUNS ?? 80) },
  )
}, 600_000)
