import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sanitisePaste } from '../core/text.ts'
import { deliverFirst } from './courier.ts'
import { flat } from './desk.ts'
import { maxPresentations } from './entry.ts'
import { Crash, createModel, faults, type Model } from './model.fixture.ts'
import { enqueue, waiting } from './outbox.ts'
import { pasteOf } from './paste-text.ts'

/** What a message may look like: words, lines, marks that composers use, control characters, pictures. */
const text = fc
  .array(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 12 }),
      fc.constantFrom('\n', '> ', '│', '世界', '🙂', '\x1b[201~', '(redelivery 1)', '  ', '\t', ';'),
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((parts) => parts.join(''))
  // A last line of nothing but marks cannot be told from an empty composer.
  .filter((one) => flat(sanitisePaste(one).trimEnd().split('\n').at(-1)!) !== '')

const plan = fc.array(fc.constantFrom(...faults, 'none' as const, 'none' as const, 'none' as const), {
  maxLength: 60,
})

/** Delivers until nothing waits, starting anew after each crash, as the watchdog does. */
async function drain(model: Model): Promise<void> {
  let post = model.post()
  for (let round = 0; round < 400 && waiting(model.outbox(), 'a').length > 0; round += 1) {
    await deliverFirst(post, model.to()).then(
      () => undefined,
      (error: unknown) => {
        if (!(error instanceof Crash)) throw error
        post = model.post()
      },
    )
    await post.clock.sleep(100)
  }
}

const times = <T>(list: readonly T[], of: T): number => list.filter((one) => one === of).length

test('killed at any step, cut off from tmux, swallowed or restarted: nothing is lost, doubled unmarked, joined or out of order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(text, { minLength: 1, maxLength: 4, selector: key }),
      plan,
      async (texts, faults) => {
        const model = createModel(faults)
        // The same id twice is one message (INV-16).
        for (const [at, one] of [...texts.entries(), ...texts.entries()])
          model.enqueue((box) => enqueue(box, { id: `m${at}`, agent: 'a', kind: 'send', text: one }, at))
        await drain(model)
        const entries = model.outbox().entries
        // INV-13: each of them is settled, and what counts as submitted was heard.
        expect(
          entries.map(({ state }) => state).filter((state) => state !== 'submitted' && state !== 'failed'),
        ).toEqual([])
        for (const entry of entries) {
          const base = pasteOf(entry.text)
          const forms = [base, ...[1, 2].map((n) => pasteOf(`${entry.text} (redelivery ${n})`))]
          const presented = forms.reduce((sum, form) => sum + times(model.pasted, form), 0)
          if (entry.state === 'submitted') expect(model.heard.some((one) => forms.includes(one))).toBe(true)
          else expect(entry.presented).toBe(maxPresentations)
          // INV-14.
          expect(times(model.pasted, base)).toBeLessThanOrEqual(1)
          expect(presented).toBeLessThanOrEqual(Math.min(maxPresentations, 1 + model.hit))
        }
        // INV-18, and never two texts in one: what is heard is one presentation, as it was sanitised.
        for (const one of model.heard) expect(model.pasted).toContain(one)
        // INV-17: first presentations come in the order of the queue.
        const firsts = texts.map((one) => model.pasted.indexOf(pasteOf(one))).filter((at) => at >= 0)
        expect(firsts).toEqual([...firsts].sort((a, b) => a - b))
      },
    ),
    { numRuns: 400 },
  )
})

test('without a fault each message is pasted once, and its key pressed once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (texts) => {
      const model = createModel([])
      for (const [at, one] of texts.entries())
        model.enqueue((box) => enqueue(box, { id: `m${at}`, agent: 'a', kind: 'send', text: one }, at))
      await drain(model)
      expect(model.pasted).toEqual(texts.map(pasteOf))
      expect(model.heard).toEqual(model.pasted)
    }),
    { numRuns: 200 },
  )
})

/** Texts that differ only in their blanks look alike in a composer. */
const key = (one: string): string => flat(sanitisePaste(one))
