import { describe, expect, test } from 'vitest'
import { alive, report, table } from '../../test/simulator/bench.ts'
import { hour, makeReading } from '../../test/simulator/build.ts'
import { whyAsked } from './dialog.ts'
import type { AskSeen } from './types.ts'

type Table = ReturnType<typeof table>

const ask = (fingerprint = 'one', choice: Partial<AskSeen['choice']> = {}): AskSeen => ({
  fingerprint,
  dialog: 'any-trust',
  kind: 'trust',
  question: 'Trust?',
  choice: { kind: 'answer', rule: 'r', option: 'Yes', maxPerHour: 2, ...choice } as AskSeen['choice'],
})
const asking = alive(makeReading('asking'))
const shows = (t: Table, one: AskSeen | undefined) =>
  t.kinds(1000, { sighting: one === undefined ? alive() : asking, ask: one })

function up(): Table {
  const t = table()
  t.look(0, { sighting: alive() })
  t.look()
  return t
}

describe('a dialog that a rule may answer', () => {
  test('is answered at the second look that finds it, and once', () => {
    const t = up()
    expect(shows(t, ask())).toEqual([])
    expect(shows(t, ask())).toEqual(['answer'])
    report(t, 'answer', false, { retryable: false })
    for (let i = 0; i < 20; i += 1) expect(shows(t, ask())).toEqual([])
    expect(whyAsked(t.mem(), ask().choice, t.now.mono)).toContain('still stands')
  })

  test('two looks at different dialogs are none', () => {
    const t = up()
    expect(shows(t, ask('one'))).toEqual([])
    expect(shows(t, ask('two'))).toEqual([])
    expect(shows(t, ask('two'))).toEqual(['answer'])
  })

  test('the same question after an answer that worked is a new dialog, up to the rule’s number in an hour', () => {
    const t = up()
    for (let i = 0; i < 2; i += 1) {
      shows(t, ask())
      expect(shows(t, ask())).toEqual(['answer'])
      report(t, 'answer', true)
    }
    shows(t, ask())
    expect(shows(t, ask())).toEqual([])
    expect(whyAsked(t.mem(), ask().choice, t.now.mono)).toContain('2 times within an hour')
    expect(t.kinds(hour, { sighting: asking, ask: ask() })).toEqual(['answer'])
  })

  test('what was withdrawn costs nothing and is tried again', () => {
    const t = up()
    shows(t, ask())
    shows(t, ask())
    report(t, 'answer', false, { retryable: true, withdrawn: true })
    const kinds = [1, 2, 3].flatMap(() => shows(t, ask()))
    expect(kinds).toEqual(['answer'])
    expect(t.mem().answered).toHaveLength(1)
  })

  test('one look without it is no end of it, two are', () => {
    const t = up()
    shows(t, ask())
    const since = t.mem().asking!.since
    shows(t, undefined)
    shows(t, ask())
    expect(t.mem().asking!.since).toBe(since)
    shows(t, undefined)
    shows(t, undefined)
    expect(t.mem().asking).toBeUndefined()
  })

  test('nothing is decided for a dialog that no rule answers, nor for a paused agent', () => {
    const t = up()
    for (let i = 0; i < 3; i += 1) expect(shows(t, ask('one', { kind: 'ask', why: 'none' }))).toEqual([])
    expect(t.mem().asking?.fingerprint).toBe('one')
  })

  test('of a limited agent is answered only when it is the limit’s menu, after the limit is on record', () => {
    const limited = alive(makeReading('limited', { limit: { kind: 'unparsed', text: 'Usage limit' } }))
    const look = (t: Table, kind: string) => t.kinds(1000, { sighting: limited, ask: { ...ask(), kind } })
    const other = up()
    expect([1, 2, 3, 4, 5].flatMap(() => look(other, 'permission'))).toEqual(['hold'])
    const menu = up()
    expect([1, 2, 3, 4, 5].flatMap(() => look(menu, 'limit-menu'))).toEqual(['hold', 'answer'])
    expect(menu.mem().life).toBe('held')
  })
})
