import { describe, expect, it } from 'vitest'
import type { GitOutcome } from '../adapters/git/types.ts'
import type { Clock, HandoffSpec, RouteSpec } from '../core/index.ts'
import { afterLandmark, freshOf } from './cursor.ts'
import { createHandoffs, type PingDraft, placesOf } from './index.ts'
import { pingText } from './message.ts'
import { createMemoryStore, createModelRepo } from './model.fixture.ts'

const route = (id: string, pattern: string, to: string, message = ''): RouteSpec => ({
  id,
  pattern,
  to,
  message,
  repo: '/r',
  remote: 'origin',
  branch: undefined,
})

const handoff: HandoffSpec = {
  enabled: true,
  repo: '/r',
  stateSubdir: 'machine-docs',
  remote: 'origin',
  branch: undefined,
  routes: [route('claim', '^claim', 'adversary'), route('review', '^review', 'builder')],
  inboxes: [],
}

/** Time that moves only when told to. */
function createFakeClock() {
  let mono = 0
  const sleepers = new Set<{ at: number; wake: () => void }>()
  const clock: Clock = {
    now: () => ({ wall: 1_000_000 + mono, mono }),
    bootId: () => 'b',
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: mono + ms, wake: resolve }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper)
          reject(signal.reason)
        })
      }),
  }
  const settle = () => new Promise((done) => setTimeout(done, 5))
  async function advance(ms: number): Promise<void> {
    await settle()
    const until = mono + ms
    for (;;) {
      const next = [...sleepers].sort((a, b) => a.at - b.at)[0]
      if (next === undefined || next.at > until) break
      mono = Math.max(mono, next.at)
      sleepers.delete(next)
      next.wake()
      await settle()
    }
    mono = until
  }
  return { clock, advance, waits: () => [...sleepers].map((one) => one.at - mono) }
}

function createWorld(options: { fail?: () => GitOutcome<string> | undefined } = {}) {
  const repo = createModelRepo()
  const time = createFakeClock()
  const pings: PingDraft[] = []
  const events: string[] = []
  let fetches = 0
  let change: () => void = () => undefined
  const store = createMemoryStore()
  const handoffs = createHandoffs({
    git: {
      ...repo.git,
      async fetch(...args) {
        fetches += 1
        return options.fail?.() ?? repo.git.fetch(...args)
      },
    },
    store,
    clock: time.clock,
    watch: (_, onChange) => {
      change = onChange
      return { update: () => undefined, close: async () => undefined }
    },
    match: (source, text) => new RegExp(source, 'i').test(text),
    emit: async (ping) => void pings.push(ping),
    report: (draft) => void events.push(`${draft.kind}: ${draft.because}`),
    random: () => 0.5,
  })
  return { repo, time, pings, events, store, handoffs, fetches: () => fetches, change: () => change() }
}

describe('the ping of a batch', () => {
  it('names count and newest hash, and never a subject', () => {
    const hash = '1a2b3c4d'.repeat(5)
    expect(pingText(route('claim', '', ''), 2, hash, 'main')).toBe(
      'watchdog ping: 2 gate claims were pushed to main (newest 1a2b3c4). Pull, read and verify them.',
    )
    expect(pingText(route('claim', '', ''), 1, hash, 'main')).toBe(
      'watchdog ping: a gate claim was pushed to main (newest 1a2b3c4). Pull, read and verify it.',
    )
    expect(pingText(route('review', '', ''), 1, hash, 'main')).toContain(
      'a review verdict or finding was pushed',
    )
    expect(pingText(route('route-1', '', ''), 3, hash, 'main')).toContain(
      '3 commits of the route route-1 were',
    )
  })
  it('replaces the slots of a template once, and shows only names', () => {
    const text = pingText(
      route('r', '', '', '{count} {hash} {branch} {route} {x} $&'),
      2,
      'a'.repeat(40),
      'a{count}`$(x)',
    )
    expect(text).toBe('2 aaaaaaa a_count____x_ r {x} $&')
  })
})

describe('what is news after a force-push', () => {
  const commit = (fingerprint: string) => ({ hash: fingerprint, subject: '', author: '', fingerprint })
  it('forgives each dropped fingerprint once', () => {
    expect(freshOf([commit('a'), commit('a'), commit('b')], ['a', 'c'])).toEqual({
      fresh: [commit('a'), commit('b')],
      dropped: ['c'],
    })
  })
  it('is what stands after the newest landmark', () => {
    expect(afterLandmark(['a', 'b', 'c'].map(commit), ['x', 'b'])).toEqual([commit('c')])
    expect(afterLandmark(['a'].map(commit), [])).toEqual([commit('a')])
  })
})

it('looks for a state file in the state folder first, then at the top', () => {
  expect(placesOf('machine-docs', 'STATUS.md')).toEqual(['machine-docs/STATUS.md', 'STATUS.md'])
  expect(placesOf('./a/b/', 'x/STATUS.md')).toEqual(['a/b/STATUS.md', 'STATUS.md'])
  for (const none of ['', '.', './']) expect(placesOf(none, 'S.md')).toEqual(['S.md'])
})

describe('following a branch', () => {
  it('records the tip at first sight and pings what comes after it', async () => {
    const w = createWorld()
    w.repo.push('claim: old')
    w.handoffs.configure(handoff, [], 1000)
    await w.time.advance(10)
    expect(w.pings).toEqual([])
    w.repo.push('claim: one')
    w.repo.push('review: and claim')
    w.repo.push('Claim: two')
    await w.time.advance(1000)
    expect(w.pings.map((ping) => [ping.agent, ping.commits.length])).toEqual([
      ['adversary', 2],
      ['builder', 1],
    ])
    expect(w.pings[0]!.id).toBe(`handoff-claim-${w.repo.tip()}`)
    await w.time.advance(5000)
    expect(w.pings).toHaveLength(2)
    await w.handoffs.close()
  })

  it('fetches at once when a ref moves, and once for a burst', async () => {
    const w = createWorld()
    w.handoffs.configure(handoff, [], 60_000)
    await w.time.advance(2000)
    // The second look is for pushes that came before the watcher saw the folders.
    expect(w.fetches()).toBe(2)
    w.repo.push('claim: one')
    for (let n = 0; n < 20; n += 1) w.change()
    await w.time.advance(20)
    expect([w.fetches(), w.pings.length]).toEqual([3, 1])
    await w.time.advance(1000)
    expect(w.fetches()).toBe(3)
    await w.handoffs.close()
  })

  it('backs off from a remote in trouble and reports it once, and its end once', async () => {
    let down = true
    const w = createWorld({ fail: () => (down ? { kind: 'retry', why: 'no route' } : undefined) })
    w.handoffs.configure(handoff, [], 1000)
    await w.time.advance(3_600_000)
    expect(w.fetches()).toBeLessThan(25)
    expect(w.time.waits()[0]).toBeLessThanOrEqual(300_000)
    expect(w.events).toEqual(['git-trouble: no route'])
    expect(w.handoffs.state()[0]).toMatchObject({
      trouble: { code: 'retry', why: 'no route' },
      lastOkAt: undefined,
    })
    expect(w.handoffs.look()).toEqual({ kind: 'unknown', why: 'no route' })
    down = false
    w.handoffs.resetFor('the network is back')
    await w.time.advance(200)
    expect(w.events.at(-1)).toContain('can be read again')
    expect(w.handoffs.state()[0]!.trouble).toBe(undefined)
    expect(w.handoffs.look().kind).toBe('tip')
    await w.handoffs.close()
  })

  it('keeps the cursor over a new configuration and asks the new routes', async () => {
    const w = createWorld()
    w.handoffs.configure(handoff, [], 1000)
    await w.time.advance(10)
    w.repo.push('done: one')
    w.handoffs.configure({ ...handoff, routes: [route('done', '^done', 'planner')] }, [], 1000)
    await w.time.advance(200)
    expect(w.pings.map((ping) => ping.agent)).toEqual(['planner'])
    await w.handoffs.close()
  })

  it('goes on from the landmarks when the commit of the cursor is gone', async () => {
    const w = createWorld()
    w.repo.push('claim: old')
    w.handoffs.configure(handoff, [], 1000)
    await w.time.advance(10)
    const lost = w.repo.tip()
    w.repo.rebase(1)
    w.repo.push('claim: new')
    w.repo.lose(lost)
    await w.time.advance(1000)
    expect(w.pings.map((ping) => ping.commits)).toEqual([[w.repo.tip()]])
    await w.handoffs.close()
  })

  it('goes on from the pinned ref when its record is damaged', async () => {
    const w = createWorld()
    w.handoffs.configure(handoff, [], 1000)
    await w.time.advance(10)
    await w.handoffs.close()
    for (const name of w.store.files.keys()) w.store.files.set(name, 'rubbish')
    w.repo.push('claim: while damaged')
    const again = createHandoffs({
      git: w.repo.git,
      store: w.store,
      clock: w.time.clock,
      watch: () => ({ update: () => undefined, close: async () => undefined }),
      match: (source, text) => new RegExp(source, 'i').test(text),
      emit: async (ping) => void w.pings.push(ping),
      report: (draft) => void w.events.push(`${draft.kind}: ${draft.because}`),
    })
    again.configure(handoff, [], 1000)
    await w.time.advance(10)
    expect(w.pings).toHaveLength(1)
    expect(w.events.join()).toContain('as pinned')
    await again.close()
  })
})
