import { describe, expect, test } from 'vitest'
import { makeBackend } from '../../test/simulator/build.ts'
import type { Entry } from './entry.ts'
import { type Glimpse, shownBy } from './seen.ts'

const backend = makeBackend('m', { patterns: { composer: '>', queued: 'kept for later' } })
const matches = (source: string, text: string) => new RegExp(source).test(text)
const text = 'please look at the build'
const entry: Entry = {
  id: 'm',
  agent: 'a',
  kind: 'send',
  text,
  state: 'submitted',
  queuedAt: 0,
  submittedAt: 1_000,
  presented: 1,
  wasIdle: true,
}

/** A conversation with a composer below it, the cursor at its end. */
function glimpse(above: string, draft: string, over: Partial<Glimpse> = {}): Glimpse {
  const rows = `${above}\n\n> ${draft}`
  return {
    text: rows,
    cursor: { row: rows.split('\n').length - 1, column: 2 + draft.length },
    reading: 'idle',
    at: 4_000,
    attended: false,
    ...over,
  }
}
const said = (seen: Glimpse, over: Partial<Entry> = {}) =>
  shownBy(matches, backend, { ...entry, ...over }, seen)

describe('a submitted message is', () => {
  test('seen when a turn begins where nothing ran', () => {
    expect(said(glimpse('…', '', { reading: 'working' }))).toBe('turn')
    expect(said(glimpse(`you: ${text}\nyes`, ''))).toBe('turn')
  })
  test('not seen by the work that ran before, nor by a look from before its key', () => {
    expect(said(glimpse('…', '', { reading: 'working' }), { wasIdle: false })).toBeUndefined()
    expect(said(glimpse('…', '', { reading: 'working', at: 1_000 }))).toBeUndefined()
  })
  test('not seen while nothing tells of it, or only the composer shows it', () => {
    expect(said(glimpse('an earlier reply', ''))).toBeUndefined()
    expect(said(glimpse('an earlier reply', text, { reading: 'working', at: 2_000 }))).toBeUndefined()
  })
  test("seen by the program's own note, also during a turn", () => {
    expect(said(glimpse('kept for later: 1', ''), { wasIdle: false })).toBe('queue-marker')
  })
  test('back in the composer: its key is due again, but not for ever, and not over a person', () => {
    expect(said(glimpse('…', text))).toBe('returned')
    expect(said(glimpse('…', text, { at: 1_500 }))).toBeUndefined()
    expect(said(glimpse('…', text, { attended: true }))).toBeUndefined()
    expect(said(glimpse('…', text), { returned: 3 })).toBeUndefined()
  })
  test('a short word on the screen proves nothing', () => {
    expect(said(glimpse('ok, done', ''), { text: 'ok' })).toBeUndefined()
    expect(said(glimpse('> ok\n\ndone', ''), { text: 'ok' })).toBe('turn')
  })
})
