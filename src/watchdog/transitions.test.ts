import { describe, expect, test } from 'vitest'
import { alive, dead, missing, table } from '../../test/simulator/bench.ts'
import { makePane, makeReading } from '../../test/simulator/build.ts'
import type { FailClass, Reading } from '../core/index.ts'
import { type Marks, noMarks, transitions } from './transitions.ts'
import type { AskSeen, PhaseSeen, Sighting } from './types.ts'

const tick = 1000
const asks = (question: string, row = 3): Reading =>
  makeReading('asking', {
    claims: [{ source: 'screen', says: 'asking', evidence: `line ${row}: ${question}` }],
  })
const fails = (failClass: FailClass): Reading =>
  makeReading('failing', {
    failClass,
    claims: [{ source: 'screen', says: 'fatal', evidence: 'line 1: Invalid API key' }],
  })

/** Looks once a second at one agent; answers what was told at each look. */
function watch() {
  const { agent } = table()
  let marks: Marks = noMarks
  let at = 0
  return {
    look(reading: Reading | Sighting, panePid = 101, afterMs = tick, ask?: AskSeen): string[] {
      at += afterMs
      const sighting: Sighting =
        'kind' in reading ? reading : alive(reading, { pane: makePane({ panePid }), lookAt: at })
      const next = transitions(marks, { agents: [{ ...agent, sighting, ask }], phase: undefined }, tick)
      marks = next.marks
      return next.drafts.map((draft) => `${draft.kind} ${draft.because ?? ''}`)
    },
    restart() {
      marks = JSON.parse(JSON.stringify(marks)) as Marks
    },
  }
}

const idle = makeReading('idle')
const gone = (question: string): string => `asked-gone no question stands any more; it was: ${question}`

describe('what is told of an agent', () => {
  test('a question, at its second look, once, and that it is gone', () => {
    const w = watch()
    expect(w.look(idle)).toEqual([])
    expect(w.look(asks('Proceed?'))).toEqual([])
    expect(w.look(asks('Proceed?'))).toEqual(['asking Proceed?'])
    for (let i = 0; i < 5; i++) expect(w.look(asks('Proceed?'))).toEqual([])
    expect(w.look(idle)).toEqual([])
    expect(w.look(idle)).toEqual([gone('Proceed?')])
    expect(w.look(idle)).toEqual([])
  })
  test('nothing that stands at one look alone, however often it comes and goes', () => {
    const w = watch()
    for (let i = 0; i < 20; i++) expect([...w.look(asks('Proceed?')), ...w.look(idle)]).toEqual([])
  })
  test('two looks within a few milliseconds are one', () => {
    const w = watch()
    w.look(asks('Proceed?'))
    expect(w.look(asks('Proceed?'), 101, 20)).toEqual([])
    expect(w.look(asks('Proceed?'), 101, 20)).toEqual([])
    expect(w.look(asks('Proceed?'), 101, tick)).toEqual(['asking Proceed?'])
  })
  test('an unknown screen and a failed scan end nothing', () => {
    const w = watch()
    w.look(asks('Proceed?'))
    w.look(asks('Proceed?'))
    for (const nothing of [makeReading('unknown'), { kind: 'unknown', why: 'deadline' } as const])
      for (let i = 0; i < 4; i++) expect(w.look(nothing)).toEqual([])
    expect(w.look(asks('Proceed?'))).toEqual([])
  })
  test('another question is told too; a moved cursor, a counter or a scrolled line is none', () => {
    const w = watch()
    w.look(asks('❯ 1. Yes'))
    w.look(asks('❯ 1. Yes'))
    for (const same of [asks('  1. Yes'), asks('❯ 1. Yes', 7), asks('  2. Yes')])
      expect([...w.look(same), ...w.look(same)]).toEqual([])
    w.look(asks('Delete it?'))
    expect(w.look(asks('Delete it?'))).toEqual(['asking Delete it?'])
  })
  test('a dialog by its question; one that a rule answers only when it still stands after ten seconds', () => {
    const ask = (choice: AskSeen['choice']): AskSeen => ({
      fingerprint: 'f',
      dialog: 'any-permission',
      kind: 'permission',
      question: 'Run it?',
      choice,
    })
    const person = ask({ kind: 'ask', why: 'no rule' })
    const w = watch()
    w.look(asks('❯ 1. Yes'), 101, tick, person)
    expect(w.look(asks('❯ 1. Yes'), 101, tick, person)).toEqual(['asking Run it?'])
    expect(w.look(asks('  1. No'), 101, tick, person)).toEqual([])
    const rule = ask({ kind: 'answer', rule: 'r', option: 'Yes', maxPerHour: 1 })
    const quiet = watch()
    for (let i = 0; i < 10; i++) expect(quiet.look(asks('1. Yes'), 101, tick, rule)).toEqual([])
    expect(quiet.look(asks('1. Yes'), 101, tick, rule)).toEqual(['asking Run it?'])
  })
  test('a question ends with its agent, and the next run may ask the same', () => {
    const w = watch()
    w.look(asks('Trust?'))
    w.look(asks('Trust?'))
    expect(w.look(dead())).toEqual(['asked-gone the agent that asked has ended'])
    expect(w.look(missing)).toEqual([])
    w.look(asks('Trust?'), 102)
    expect(w.look(asks('Trust?'), 102)).toEqual(['asking Trust?'])
    w.look(asks('Trust?'), 103)
    expect(w.look(asks('Trust?'), 103)).toEqual(['asking Trust?'])
  })
  test('a failure with its class, over a restart, until it is really over', () => {
    const w = watch()
    w.look(fails('auth'))
    expect(w.look(fails('auth'))).toEqual(['failing Invalid API key'])
    expect(w.look(dead())).toEqual([])
    w.look(fails('auth'), 102)
    expect(w.look(fails('auth'), 102)).toEqual([])
    w.look(fails('billing'), 102)
    expect(w.look(fails('billing'), 102)).toEqual(['failing Invalid API key'])
    w.look(idle, 102)
    expect(w.look(idle, 102)).toEqual(['recovered no longer failing (billing)'])
  })
  test('from failing to asking both are told', () => {
    const w = watch()
    w.look(fails('auth'))
    w.look(fails('auth'))
    w.look(asks('Log in?'))
    expect(w.look(asks('Log in?'))).toEqual(['recovered no longer failing (auth)', 'asking Log in?'])
  })
  test('nothing twice over a restart of the watchdog', () => {
    const w = watch()
    w.look(asks('Proceed?'))
    w.look(asks('Proceed?'))
    w.restart()
    for (let i = 0; i < 4; i++) expect(w.look(asks('Proceed?'))).toEqual([])
  })
  test('the same marks come back while nothing changes', () => {
    const { agent } = table()
    const seen = { agents: [{ ...agent, sighting: alive(idle, { lookAt: 1 }) }], phase: undefined }
    const first = transitions(noMarks, seen, tick).marks
    expect(transitions(first, seen, tick).marks).toBe(first)
  })
})

describe('what is told of a phase', () => {
  const phase = (index: number, done: boolean): PhaseSeen => ({
    index,
    count: 3,
    done,
    autoAdvance: true,
    complete: false,
    moving: false,
  })
  test('that it is done, once each, also while the remote is not known', () => {
    let marks = noMarks
    const look = (seen: PhaseSeen): unknown[] => {
      const next = transitions(marks, { agents: [], phase: seen }, tick)
      marks = next.marks
      return next.drafts.map((draft) => [draft.kind, draft.phase])
    }
    expect(look(phase(0, false))).toEqual([])
    expect(look(phase(0, true))).toEqual([['phase-done', 0]])
    expect(look(phase(0, true))).toEqual([])
    expect(look(phase(0, false))).toEqual([])
    expect(look(phase(0, true))).toEqual([])
    expect(look(phase(1, false))).toEqual([])
    expect(look(phase(1, true))).toEqual([['phase-done', 1]])
  })
})
