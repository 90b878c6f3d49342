import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Clock } from '../core/index.ts'
import { checkRecord, recordName } from './cursor.ts'
import { type Followed, lookOnce } from './look.ts'
import { createMemoryStore, createModelRepo } from './model.fixture.ts'
import type { Stream } from './streams.ts'
import type { HandoffDeps, PingDraft } from './types.ts'

const stream: Stream = {
  key: 'k',
  repo: '/r',
  remote: 'origin',
  branch: undefined,
  routes: [
    { id: 'c', pattern: '^claim', to: 'b', message: '', repo: '/r', remote: 'origin', branch: undefined },
  ],
  inboxes: [],
  stateSubdir: 'machine-docs',
  asked: true,
}
const clock: Clock = { now: () => ({ wall: 0, mono: 0 }), sleep: async () => undefined, bootId: () => 'b' }

/** The model repository with a network and a disk that fail by a script: one word for each call to git. */
function flaky(repo: ReturnType<typeof createModelRepo>, words: readonly string[]) {
  const read: { from: string; to: string }[] = []
  let at = 0
  const may = async <T>(call: () => Promise<T>, ok: () => void = () => undefined): Promise<T> => {
    const word = words[at++ % words.length] ?? 'ok'
    if (word === 'retry') return { kind: 'retry', why: 'the network is down' } as T
    if (word === 'broken') return { kind: 'broken', code: 'damage', why: 'a pack is damaged', fix: '' } as T
    ok()
    return call()
  }
  const { git } = repo
  const failing: HandoffDeps['git'] = {
    ...git,
    trackedBranch: (...a) => may(() => git.trackedBranch(...a)),
    fetch: (...a) => may(() => git.fetch(...a)),
    commitsBetween: (repository, from, to, limit) =>
      may(
        () => git.commitsBetween(repository, from, to, limit),
        () => read.push({ from, to }),
      ),
    recent: (repository, to, limit) =>
      may(
        () => git.recent(repository, to, limit),
        () => read.push({ from: '', to }),
      ),
    touchedBetween: (...a) => may(() => git.touchedBetween(...a)),
    pin: (...a) => may(() => git.pin(...a)),
    show: (...a) => may(() => git.show(...a)),
  }
  return { failing, read }
}

const word = fc.constantFrom('ok', 'ok', 'ok', 'retry', 'broken')
const script = fc.array(
  fc.record({
    edit: fc.constantFrom('claim', 'claim', 'other', 'rebase', 'drop'),
    words: fc.array(word, { minLength: 1, maxLength: 8 }),
    /** A new watchdog looks: what was in memory is gone. */
    anew: fc.boolean(),
  }),
  { maxLength: 25 },
)

it('moves only to a commit whose range was read in that very look, whatever fails (INV-28)', async () => {
  let moves = 0
  let failures = 0
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const repo = createModelRepo()
      const store = createMemoryStore()
      const outbox = new Map<string, PingDraft>()
      let mind: Followed = { branch: undefined, tip: undefined, record: undefined, loaded: undefined }
      const cursor = async (): Promise<string | undefined> => {
        const found = await store.load(recordName('/r', 'origin', 'main'), checkRecord)
        return found.kind === 'ok' ? found.value.position.cursor : undefined
      }
      const look = async (words: readonly string[]) => {
        const { failing, read } = flaky(repo, words)
        const before = await cursor()
        const trouble = await lookOnce(
          {
            git: failing,
            store,
            clock,
            watch: () => ({ update: () => undefined, close: async () => undefined }),
            match: (source, text) => new RegExp(source, 'i').test(text),
            emit: async (ping) => void outbox.set(ping.id, ping),
            report: () => undefined,
          },
          stream,
          mind,
        )
        const after = await cursor()
        if (trouble !== undefined) failures += 1
        if (after === before) return
        moves += 1
        expect(trouble).toBeUndefined()
        const ranges = read.filter(({ from, to }) => to === after && (from === before || from === ''))
        expect(ranges.length).toBeGreaterThan(0)
      }
      await look(['ok'])
      for (const { edit, words, anew } of steps) {
        if (edit === 'claim' || edit === 'other') repo.push(edit === 'claim' ? 'claim: it' : 'other')
        else if (edit === 'rebase') repo.rebase(2)
        else repo.drop(1)
        if (anew) mind = { branch: undefined, tip: undefined, record: undefined, loaded: undefined }
        await look(words)
      }
      await look(['ok'])
      expect(await cursor()).toBe(repo.tip())
    }),
    { numRuns: 500 },
  )
  expect(moves).toBeGreaterThan(500)
  expect(failures).toBeGreaterThan(500)
})
