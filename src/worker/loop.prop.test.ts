import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FakeTown, type Script } from './testing/fake-town.ts'

const content = fc.constantFrom(
  { type: 'task', description: 'do' } as const,
  { type: 'query', question: 'why?' } as const,
  { type: 'informational', summary: 'so it is' } as const,
  { type: 'confirmation', ack_type: { type: 'thanks' } } as const,
  { type: 'ping' } as const,
)
const script: fc.Arbitrary<Script> = fc.oneof(
  fc.record({ tookMs: fc.integer({ min: 0, max: 5_000 }), status: fc.constantFrom(0, 0, 0, 1, 137) }),
  fc.constant({ hangs: true }),
  fc.constant({ unstarted: 'ENOENT' }),
  fc.constant({ status: 1, tail: 'usage limit' }),
)

test('whatever fails: a message waits, is claimed, done or dead, never in two of these places and never in none', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(content, fc.boolean()), { maxLength: 12 }),
      fc.array(script, { maxLength: 12 }),
      fc.array(fc.boolean(), { maxLength: 60 }),
      fc.option(fc.integer({ min: 0, max: 120_000 })),
      async (contents, scripts, faults, stopAt) => {
        const town = new FakeTown()
        const sent = contents.map(([one, urgent]) => town.send(one, { urgent }).message.id)
        town.scripts.push(...scripts)
        town.fails = () => faults.shift() === true
        const census = (): string[] => [
          ...town.inbox.map(({ message }) => message.id),
          ...town.claimed.map(({ message }) => message.id),
          ...town.done,
          ...town.dead,
        ]
        town.onSleep = () => {
          expect(census().sort()).toEqual([...sent].sort())
          if ((stopAt !== null && town.mono > stopAt) || town.mono > 4_000_000) town.stop.abort()
        }
        await town.run({ roundTimeoutMs: 3_000 })
        expect(census().sort()).toEqual([...sent].sort())
        for (const id of town.shown.keys()) expect(town.shown.get(id)).toBeLessThanOrEqual(3)
      },
    ),
    { numRuns: 60 },
  )
})
