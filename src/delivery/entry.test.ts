import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Entry, entryStates, presentedText, type Step, stepped, textKept } from './entry.ts'

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.constantFrom<Step>(
    { kind: 'stage', pane: '%1:1' },
    { kind: 'void', why: 'no' },
    { kind: 'stand' },
    { kind: 'submit', wasIdle: true },
    { kind: 'return' },
    { kind: 'keep', why: 'kept' },
    { kind: 'see', by: 'turn' },
    { kind: 'acknowledge' },
    { kind: 'wait', why: 'busy' },
    { kind: 'fail', why: 'gone' },
  ),
)
const fresh: Entry = {
  id: 'm',
  agent: 'a',
  kind: 'send',
  text: 't',
  state: 'queued',
  queuedAt: 0,
  presented: 0,
}
const order = (entry: Entry): number => entryStates.indexOf(entry.state)

test('whatever comes in whatever order, an entry is never further than what happened to it', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      let entry = fresh
      for (const [at, one] of steps.entries()) {
        const before = entry
        entry = stepped(before, one, at + 1)
        expect(entry.presented).toBeGreaterThanOrEqual(0)
        // Never typed: neither staged nor read. The time of a state is there as soon as the state is.
        if (entry.presented === 0) expect(['queued', 'failed']).toContain(entry.state)
        if (entry.state === 'staged') expect(entry.stagedAt).toBeDefined()
        if (entry.state === 'submitted') expect(entry.submittedAt).toBeDefined()
        if (entry.state === 'seen') expect([entry.seenAt, entry.seenBy]).not.toContain(undefined)
        if (entry.state === 'acknowledged') expect(entry.acknowledgedAt).toBeDefined()
        // What an agent acknowledged stays so (INV-15); what was seen is not typed again.
        if (before.state === 'acknowledged') expect(entry).toBe(before)
        if (before.state === 'seen') expect(order(entry)).toBeGreaterThanOrEqual(order(before))
      }
    }),
    { numRuns: 500 },
  )
})

test('each presentation after the first is marked, and says which it is', () => {
  expect([0, 1, 2].map((presented) => presentedText({ text: 't', presented }))).toEqual([
    't',
    't (redelivery 1)',
    't (redelivery 2)',
  ])
})

test('of what has arrived the beginning is kept, never half of a character; what waits, failed or may be typed again is whole', () => {
  const text = `${'x'.repeat(textKept - 1)}🙂 and more`
  const typed = [{ kind: 'stage', pane: '%1:1' } as const, { kind: 'submit', wasIdle: true } as const]
  const submitted = typed.reduce((entry: Entry, one) => stepped(entry, one, 1), { ...fresh, text })
  expect(submitted.text).toBe(text)
  const short = `${'x'.repeat(textKept - 1)}…`
  expect(stepped(submitted, { kind: 'see', by: 'turn' }, 2).text).toBe(short)
  expect(stepped(submitted, { kind: 'acknowledge' }, 2).text).toBe(short)
  expect(stepped({ ...fresh, text }, { kind: 'fail', why: 'gone' }, 2).text).toBe(text)
  const whole = { ...submitted, text: 'y'.repeat(textKept) }
  expect(stepped(whole, { kind: 'see', by: 'turn' }, 2).text).toBe(whole.text)
})
