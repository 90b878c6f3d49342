import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { StateStore } from '../adapters/files/types.ts'
import type { Clock } from '../core/index.ts'
import { lookOnce } from './look.ts'
import { createMemoryStore, createModelRepo } from './model.fixture.ts'
import type { Stream } from './streams.ts'
import type { HandoffDeps, PingDraft } from './types.ts'

const stream: Stream = {
  key: 'k',
  repo: '/r',
  remote: 'origin',
  branch: undefined,
  routes: [
    {
      id: 'claim',
      pattern: '^claim',
      to: 'adversary',
      message: '',
      repo: '/r',
      remote: 'origin',
      branch: undefined,
    },
  ],
  inboxes: [],
  stateSubdir: 'machine-docs',
  asked: true,
}

const clock: Clock = { now: () => ({ wall: 0, mono: 0 }), sleep: async () => undefined, bootId: () => 'b' }

/** The daemon's outside, which dies before or after the effect of its `dieAt`-th call. */
function mortal(repo: ReturnType<typeof createModelRepo>, store: StateStore, outbox: Map<string, PingDraft>) {
  return (dieAt: number, after: boolean): HandoffDeps => {
    let calls = 0
    const step = async <T>(effect: () => Promise<T>): Promise<T> => {
      calls += 1
      if (calls === dieAt && !after) throw new Error('killed')
      const done = await effect()
      if (calls === dieAt && after) throw new Error('killed')
      return done
    }
    return {
      git: {
        ...repo.git,
        fetch: (...a) => step(() => repo.git.fetch(...a)),
        pin: (...a) => step(() => repo.git.pin(...a)),
      },
      store: { ...store, save: (...a) => step(() => store.save(...a)) },
      clock,
      watch: () => ({ update: () => undefined, close: async () => undefined }),
      match: (source, text) => new RegExp(source, 'i').test(text),
      emit: (ping) => step(async () => void (outbox.has(ping.id) || outbox.set(ping.id, ping))),
      report: () => undefined,
    }
  }
}

const commands = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('push' as const), claim: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('rebase' as const), count: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('drop' as const), count: fc.nat(4) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat(9) }) },
    {
      weight: 5,
      arbitrary: fc.record({ kind: fc.constant('look' as const), dieAt: fc.nat(8), after: fc.boolean() }),
    },
  ),
  { maxLength: 40 },
)

it('pings every claim that stands on the branch once, whatever is rewritten and wherever it is killed (INV-27)', async () => {
  await fc.assert(
    fc.asyncProperty(commands, async (script) => {
      const repo = createModelRepo()
      const outbox = new Map<string, PingDraft>()
      const start = mortal(repo, createMemoryStore(), outbox)
      const tips = [repo.tip()]
      repo.push('claim: before the first sight')
      const old = repo.line(repo.tip()).map((one) => one.fingerprint)
      let mind = { branch: undefined, tip: undefined, record: undefined, loaded: undefined }
      const look = async (dieAt: number, after: boolean) => {
        const [looked] = await Promise.allSettled([lookOnce(start(dieAt, after), stream, mind)])
        if (looked.status === 'rejected')
          mind = { branch: undefined, tip: undefined, record: undefined, loaded: undefined }
      }
      await look(0, false)
      for (const step of script) {
        if (step.kind === 'push') repo.push(step.claim ? 'claim: it' : 'other')
        else if (step.kind === 'rebase') repo.rebase(step.count)
        else if (step.kind === 'drop') repo.drop(step.count)
        else if (step.kind === 'restore') repo.restore(tips[step.which % tips.length]!)
        else await look(step.dieAt, step.after)
        tips.push(repo.tip())
      }
      await look(0, false)
      const told = [...outbox.values()].flatMap((ping) => ping.commits)
      const prints = told.map((hash) => repo.line(hash)[0]!.fingerprint)
      expect(new Set(prints).size).toBe(prints.length)
      const claims = repo.line(repo.tip()).filter((one) => one.subject.startsWith('claim'))
      for (const claim of claims)
        expect(prints.includes(claim.fingerprint)).toBe(!old.includes(claim.fingerprint))
    }),
    { numRuns: 1500 },
  )
})
