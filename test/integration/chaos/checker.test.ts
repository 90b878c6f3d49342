import { describe, expect, test } from 'vitest'
import type { EventKind } from '../../../src/core/index.ts'
import { check } from '../../chaos/checker.ts'
import { governor } from '../../chaos/fleet.ts'
import type { Entry, Fact } from '../../chaos/history.ts'
import { planRounds } from '../../chaos/plan.ts'
import { createRandom } from '../../chaos/random.ts'
import { percentiles } from '../../chaos/report.ts'

const at = 1_000_000

const history = (...facts: (Fact | Entry)[]): Entry[] =>
  facts.map((fact, n) => ('at' in fact ? fact : { at: at + n * 10, ...fact }))

const invs = (...facts: (Fact | Entry)[]): string[] => check(history(...facts)).map(({ inv }) => inv)

const fault = (agents: string[], kills = false, silence = false): Fact => ({
  kind: 'fault',
  n: 1,
  name: 'x',
  agents,
  licence: { kills, silence },
  detail: '',
})
const event = (kind: EventKind, seq: number, more: object = {}): Fact => ({
  kind: 'event',
  event: { kind, seq, at, ...more },
})
const evidence = ['one thing', 'another thing']
const gone = (agent: string): Fact => ({ kind: 'gone', agent, pid: 7, start: '1' })
const ping = (text: string): Fact => ({
  kind: 'said',
  agent: 'adversary',
  what: 'bytes',
  pid: 7,
  saidAt: at,
  text,
})
const push = (hash: string): Fact => ({
  kind: 'push',
  hash,
  to: 'adversary',
  replaces: undefined,
  sure: true,
})
const [h1, h2, h3] = ['a', 'b', 'c'].map((one) => one.repeat(40)) as [string, string, string]
const short = (hash: string) => hash.slice(0, 7)

describe('the checker of the chaos suite', () => {
  test('finds nothing in a good history', () => {
    const good = invs(
      { kind: 'want', agent: 'alpha', wanted: 'up' },
      { kind: 'index', value: 0 },
      fault(['alpha']),
      gone('alpha'),
      event('exit', 1, { agent: 'alpha' }),
      event('start', 2, { agent: 'alpha' }),
      { kind: 'said', agent: 'alpha', what: 'start', pid: 8, saidAt: at, text: '' },
      { kind: 'due', what: 'alpha is back', inv: 'INV-2', boundMs: 100, tookMs: 20, sort: 'killed' },
      { kind: 'fault-end', n: 1 },
      push(h1),
      ping(`ping claim 1 ${short(h1)}`),
      { kind: 'index-may', to: 1, back: false },
      { kind: 'index', value: 1 },
      { kind: 'resource', name: 'descriptors', value: 20, limit: 30 },
      { kind: 'end' },
    )
    expect(good).toEqual([])
  })

  test.each<[string, (Fact | Entry)[]]>([
    ['INV-1', [{ kind: 'two', agent: 'alpha', pids: [7, 8], why: 'two main processes' }]],
    ['INV-2', [{ kind: 'due', what: 'back', inv: 'INV-2', boundMs: 100, tookMs: undefined, sort: 'x' }]],
    ['INV-2', [{ kind: 'due', what: 'back', inv: 'INV-2', boundMs: 100, tookMs: 101, sort: 'x' }]],
    ['INV-3', [{ kind: 'undead', agent: 'alpha', pid: 7, wantedDownAt: at - 2_000 }]],
    ['INV-5', [event('park', 1, { agent: 'alpha', because: 'too many' })]],
    ['INV-6', [{ kind: 'said', agent: 'limited', what: 'bytes', pid: 7, saidAt: at, text: 'y' }]],
    ['INV-6', [{ kind: 'said', agent: 'asker', what: 'signal', pid: 7, saidAt: at, text: 'SIGTERM' }]],
    ['INV-6', [gone('limited')]],
    ['INV-6', [fault(['alpha']), gone('limited')]],
    [
      'INV-7',
      [fault(['alpha'], true), event('kill', 1, { agent: 'alpha', cause: 'stall', evidence: ['one'] })],
    ],
    ['INV-7', [event('kill', 1, { agent: 'alpha', cause: 'stall', evidence })]],
    ['INV-7', [fault(['alpha']), event('kill', 1, { agent: 'alpha', cause: 'stall', evidence })]],
    ['INV-9', [{ kind: 'foreign', name: 'c-alph', why: 'ended' }]],
    ['INV-10', [event('exit', 1), event('exit', 3)]],
    [
      'INV-10',
      [
        { kind: 'said', agent: 'alpha', what: 'start', pid: 7, saidAt: at, text: '' },
        { at: at + 60_000, kind: 'end' },
      ],
    ],
    [
      'INV-24',
      [
        { kind: 'index', value: 3 },
        { kind: 'index', value: 2 },
      ],
    ],
    [
      'INV-24',
      [
        { kind: 'index', value: 3 },
        { kind: 'index', value: 4 },
      ],
    ],
    ['INV-26', [event('sequence-complete', 1), event('sequence-complete', 2)]],
    ['INV-27', [push(h1), { kind: 'end' }]],
    ['INV-27', [push(h1), push(h2), push(h3), ping(`ping claim 1 ${short(h3)}`), { kind: 'end' }]],
    ['INV-27', [push(h1), ping(`ping claim 1 ${short(h1)}`), ping(`ping claim 1 ${short(h1)}`)]],
    ['INV-27', [push(h1), push(h2), ping(`ping claim 1 ${short(h1)}`), ping(`ping claim 2 ${short(h2)}`)]],
    ['INV-28', [ping(`ping claim 1 ${short(h1)}`)]],
    ['INV-35', [{ kind: 'torn', file: 'memory.json', why: '{"v' }]],
    ['INV-39', [{ kind: 'resource', name: 'descriptors', value: 31, limit: 30 }]],
    ['INV-40', [{ kind: 'mode', path: 'state/memory.json', mode: '644' }]],
    ['INV-40', [{ kind: 'leak', where: 'the arguments of 7' }]],
  ])('says %s of %j', (inv, facts) => {
    expect(invs(...facts)).toContain(inv)
  })

  test('one push of several commits is one ping; a marked redelivery is no second one', () => {
    const facts = [push(h1), push(h2), ping(`ping claim 2 ${short(h2)}`)]
    expect(invs(...facts, ping(`ping claim 2 ${short(h2)} (redelivery 1)`), { kind: 'end' })).toEqual([])
  })

  test('a crash loop may be started as often as the limits allow, and once more is too often', () => {
    const start = (n: number): Entry => ({
      at: at + n,
      kind: 'said',
      agent: 'crasher',
      what: 'start',
      pid: n,
      saidAt: at + n,
      text: '',
    })
    const starts = Array.from({ length: governor.parkAfter + 1 }, (_, n) => start(n))
    expect(invs(...starts)).not.toContain('INV-4')
    expect(invs(...starts, start(99))).toContain('INV-4')
    const { event: one } = event('start', 1) as Extract<Entry, { kind: 'event' }>
    const loss = (cause: string): Entry => ({
      at,
      kind: 'event',
      event: { ...one, agent: 'crasher', cause },
    })
    expect(invs(loss('tmux-loss'), ...starts, start(99))).not.toContain('INV-4')
    expect(invs(loss('failure'), ...starts, start(99))).toContain('INV-4')
  })

  test('what a fault explains is explained only while it lasts', () => {
    const late: Entry = { at: at + 60_000, ...gone('limited') }
    expect(invs(fault(['limited']), gone('limited'))).toEqual([])
    expect(invs(fault(['limited']), { kind: 'fault-end', n: 1 }, late)).toEqual(['INV-6'])
  })
})

describe('the plan of a seed', () => {
  const text = (seed: number) =>
    JSON.stringify(
      planRounds(createRandom(seed), 500).map((round) => round.map(({ kind, ...rest }) => [kind.name, rest])),
    )

  test('is the same every time, and another for another seed', () => {
    expect(text(7)).toBe(text(7))
    expect(text(7)).not.toBe(text(8))
  })

  test('has the asked number of faults, and none that may not meet at once', () => {
    const rounds = planRounds(createRandom(1), 1_000)
    expect(rounds.flat().map(({ n }) => n)).toEqual(Array.from({ length: 1_000 }, (_, n) => n + 1))
    for (const round of rounds) {
      const tags = round.flatMap(({ kind, params }) =>
        kind.tags.map((tag) => (tag === 'agent' ? `agent:${params.agent}` : tag)),
      )
      expect(new Set(tags).size).toBe(tags.length)
      if (tags.includes('alone')) expect(round).toHaveLength(1)
    }
  })

  test('comes to every kind of fault within two thousand', () => {
    const seen = new Set(
      planRounds(createRandom(1), 2_000)
        .flat()
        .map(({ kind }) => kind.name),
    )
    expect(seen.size).toBeGreaterThanOrEqual(60)
  })
})

test('percentiles are of the measured values', () => {
  expect(percentiles([3, 1, 2])).toEqual({ count: 3, p50: 2, p99: 3, max: 3 })
  expect(percentiles([])).toEqual({ count: 0, p50: 0, p99: 0, max: 0 })
})
