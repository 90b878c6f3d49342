import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { EventDraft } from '../../core/index.ts'
import { createVerifier, decodeLine, encodeEvent, GENESIS } from './event-chain.ts'

function chain(drafts: EventDraft[]): string[] {
  let head = GENESIS
  return drafts.map((draft, index) => {
    const line = encodeEvent(draft, 1_000 + index, head)
    head = line.head
    return line.text.slice(0, -1)
  })
}

function verdictOf(lines: string[]) {
  const next = createVerifier()
  for (const line of lines) {
    const verdict = next(decodeLine(line))
    if (verdict.kind === 'broken') return verdict
  }
  return { kind: 'ok' as const }
}

const drafts = fc.array(
  fc.record({
    kind: fc.constant('trouble' as const),
    because: fc.string({ unit: 'binary' }),
    more: fc.jsonValue(),
  }),
  { minLength: 3, maxLength: 12 },
)

test('a whole chain is good, holds no raw control character, and one event a line', () => {
  fc.assert(
    fc.property(drafts, (given) => {
      const lines = chain(given)
      expect(verdictOf(lines).kind).toBe('ok')
      for (const line of lines) expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f\u2028-\u202e]/)
      expect(lines.map((line) => JSON.parse(line).because)).toEqual(given.map(({ because }) => because))
    }),
  )
})

test('a line that is changed, taken out, moved or doubled breaks it, unless it is the last', () => {
  fc.assert(
    fc.property(drafts, fc.nat(), (given, pick) => {
      const lines = chain(given)
      const at = pick % (lines.length - 1)
      const without = lines.filter((_, index) => index !== at)
      if (at > 0) expect(verdictOf(without).kind).toBe('broken')
      const changed = lines.with(at, lines[at]!.replace('"trouble"', '"kill"'))
      expect(verdictOf(changed).kind).toBe('broken')
      expect(verdictOf(lines.with(at, 'junk')).kind).toBe(at === 0 ? verdictOf(without).kind : 'broken')
      expect(verdictOf(lines.toSpliced(at, 0, lines[at]!)).kind).toBe('broken')
      const swapped = lines.with(at, lines[at + 1]!).with(at + 1, lines[at]!)
      expect(verdictOf(swapped).kind).toBe('broken')
    }),
  )
})

test('a torn line between good ones is passed over', () => {
  const lines = chain([{ kind: 'start' }, { kind: 'exit' }, { kind: 'exit' }])
  expect(verdictOf([lines[0]!, lines[1]!.slice(0, 20), lines[1]!, lines[2]!]).kind).toBe('ok')
})

test('a draft cannot forge its number, time or links', () => {
  const { event, text } = encodeEvent({ kind: 'start', seq: 99, at: 5, prev: 'x', hash: 'y' }, 1_000, GENESIS)
  expect(event).toEqual({ kind: 'start', seq: 1, at: 1_000 })
  expect(verdictOf([text.trim()]).kind).toBe('ok')
})
