import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { StateStore } from '../../../src/adapters/files/types.ts'
import { createGit } from '../../../src/adapters/git/index.ts'
import { watchFolders } from '../../../src/adapters/watch/index.ts'
import type { Clock, HandoffSpec, RouteSpec } from '../../../src/core/index.ts'
import {
  createHandoffs,
  type Handoffs,
  type PingDraft,
  type WatchFolders,
} from '../../../src/handoff/index.ts'
import { createMemoryStore } from '../../../src/handoff/model.fixture.ts'
import { test as base, importCommits, type RepoSandbox } from '../../support/repo.ts'

const clock: Clock = {
  now: () => ({ wall: Date.now(), mono: performance.now() }),
  bootId: () => 'b',
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const timer = setTimeout(resolve, ms)
      signal?.addEventListener('abort', () => {
        clearTimeout(timer)
        reject(signal.reason)
      })
    }),
}

const watch: WatchFolders = (paths, onChange) => {
  const started = watchFolders(paths, onChange)
  return {
    update: (next) => void started.then((watcher) => watcher.update(next)),
    close: async () => (await started).close(),
  }
}

interface Fleet {
  handoffs: Handoffs
  pings: PingDraft[]
  events: string[]
  store: StateStore
  /** Ends this daemon and starts the next one on the same state. */
  restart(): Promise<Fleet>
}

function spec(repo: RepoSandbox, more: Partial<HandoffSpec> = {}): HandoffSpec {
  const route = (id: string, pattern: string, to: string): RouteSpec => ({
    id,
    pattern,
    to,
    message: '',
    repo: more.repo ?? repo.work.dir,
    remote: 'origin',
    branch: undefined,
  })
  return {
    enabled: true,
    repo: repo.work.dir,
    stateSubdir: 'machine-docs',
    remote: 'origin',
    branch: undefined,
    routes: [route('claim', '^claim', 'adversary'), route('review', '^review', 'builder')],
    inboxes: [{ file: 'ADVERSARY-INBOX.md', agent: 'adversary' }],
    ...more,
  }
}

interface Start {
  pollMs?: number
  agents?: string[]
  handoff?: HandoffSpec
}

const test = base.extend<{ start: (options?: Start) => Fleet }>({
  start: async ({ repo }, use) => {
    const closers: (() => Promise<void>)[] = []
    const open = (options: Start, store: StateStore, pings: PingDraft[], events: string[]): Fleet => {
      const git = createGit({ env: repo.env, deadlineMs: 5000 })
      const handoffs = createHandoffs({
        git,
        store,
        clock,
        watch,
        match: (source, text) => new RegExp(source, 'i').test(text),
        emit: async (ping) => void (pings.some((one) => one.id === ping.id) || pings.push(ping)),
        report: (draft) => void events.push(`${draft.kind}: ${draft.because}`),
      })
      const agents = (options.agents ?? []).map((dir, n) => ({ name: `a${n}`, dir }))
      handoffs.configure(options.handoff ?? spec(repo), agents, options.pollMs ?? 60_000)
      const close = async () => {
        await git.close()
        await handoffs.close()
      }
      closers.push(close)
      const restart = async () => {
        await close()
        return open(options, store, pings, events)
      }
      return { handoffs, pings, events, store, restart }
    }
    await use((options = {}) => open(options, createMemoryStore(), [], []))
    for (const close of closers) await close()
  },
})

const ready = (fleet: Fleet) => expect.poll(() => fleet.handoffs.look().kind).toBe('tip')
const told = (fleet: Fleet) => fleet.pings.map((ping) => `${ping.agent} ${ping.commits.length || ping.kind}`)

describe('a push', () => {
  test('to a bare remote on this machine is noticed by its refs, long before the next poll', async ({
    repo,
    start,
  }) => {
    const other = await repo.clone('b')
    const fleet = start()
    await ready(fleet)
    await expect.poll(() => fleet.handoffs.state()[0]!.lastOkAt).toBeDefined()
    await new Promise((done) => setTimeout(done, 300))
    await other.commit('claim: one')
    await other.push('origin', 'main')
    await expect.poll(() => fleet.pings.length, { interval: 10, timeout: 3000 }).toBe(1)
    expect(fleet.pings[0]).toMatchObject({
      agent: 'adversary',
      text: expect.stringMatching(/^watchdog ping: a gate/),
    })
  })

  test('from an agent to a remote that cannot be watched is noticed in the agent’s clone', async ({
    repo,
    start,
  }) => {
    const agent = await repo.clone('agent')
    await mkdir(join(agent.dir, 'deep'))
    // As a remote behind a network looks: no folder of it is known.
    await repo.work.git('config', 'url.file:///.insteadOf', 'git@host:')
    await repo.work.git('remote', 'set-url', 'origin', `git@host:${repo.origin.slice(1)}`)
    const fleet = start({ agents: [join(agent.dir, 'deep')] })
    await ready(fleet)
    await new Promise((done) => setTimeout(done, 300))
    await agent.commit('review: two')
    await agent.push('origin', 'main')
    await expect.poll(() => told(fleet), { interval: 10, timeout: 3000 }).toEqual(['builder 1'])
  })

  test('of 10,000 claims is one ping (row 85)', async ({ repo, start }) => {
    const fleet = start({ pollMs: 200 })
    await ready(fleet)
    await importCommits(repo.origin, 'main', 10_000, (n) => `claim: ${n}`)
    await expect.poll(() => fleet.pings.length, { timeout: 15_000 }).toBe(1)
    expect(fleet.pings[0]!.text).toContain('10000 gate claims were pushed to main')
    await new Promise((done) => setTimeout(done, 500))
    expect(fleet.pings).toHaveLength(1)
  })

  test('made while the watchdog was down is pinged after its start, and once (row 38)', async ({
    repo,
    start,
  }) => {
    let fleet = start()
    await ready(fleet)
    await expect.poll(() => fleet.store.load('x', () => undefined)).toBeDefined()
    await expect.poll(() => fleet.handoffs.state()[0]!.lastOkAt).toBeDefined()
    const other = await repo.clone('b')
    await fleet.restart()
    await other.commit('claim: one')
    await other.push('origin', 'main')
    fleet = await fleet.restart()
    await expect.poll(() => told(fleet)).toEqual(['adversary 1'])
    fleet = await fleet.restart()
    await ready(fleet)
    expect(told(fleet)).toEqual(['adversary 1'])
  })

  test('by force, with the old tip pruned, loses no claim and repeats none (row 83)', async ({
    repo,
    start,
  }) => {
    const fleet = start({ pollMs: 100 })
    await ready(fleet)
    const builder = await repo.clone('b')
    const base = await builder.git('rev-parse', 'HEAD')
    await builder.commit('claim: one', { 'one.txt': '1' })
    await builder.push('origin', 'main')
    await expect.poll(() => told(fleet)).toEqual(['adversary 1'])
    await builder.git('branch', 'kept')
    await builder.git('reset', '-q', '--hard', base)
    await builder.commit('tidy up', { 'tidy.txt': 't' })
    await builder.git('cherry-pick', 'kept')
    await builder.commit('claim: two', { 'two.txt': '2' })
    await builder.push('--force', 'origin', 'main')
    await repo.at(repo.origin).git('gc', '-q', '--prune=now')
    await repo.work.git('gc', '-q', '--prune=now')
    await expect.poll(() => told(fleet)).toEqual(['adversary 1', 'adversary 1'])
    expect(fleet.pings[1]!.commits).toEqual([await builder.git('rev-parse', 'HEAD')])
    await new Promise((done) => setTimeout(done, 300))
    expect(fleet.pings).toHaveLength(2)
  })
})

describe('an inbox', () => {
  test('is announced once, also over a restart, and again when rewritten with the same text', async ({
    repo,
    start,
  }) => {
    const other = await repo.clone('b')
    const path = 'machine-docs/ADVERSARY-INBOX.md'
    await other.commit('mail', { [path]: 'please look\n' })
    await other.push('origin', 'main')
    let fleet = start({ pollMs: 100 })
    await expect.poll(() => told(fleet)).toEqual(['adversary inbox'])
    expect(fleet.pings[0]!.text).toContain(path)
    await other.commit('else', { 'x.txt': 'x' })
    await other.push('origin', 'main')
    const tip = await other.git('rev-parse', 'HEAD')
    fleet = await fleet.restart()
    await expect.poll(() => fleet.handoffs.look()).toEqual({ kind: 'tip', hash: tip })
    await new Promise((done) => setTimeout(done, 200))
    expect(fleet.pings).toHaveLength(1)
    await other.git('rm', '-q', path)
    await other.commit('read it')
    await other.commit('mail again', { [path]: 'please look\n' })
    await other.push('origin', 'main')
    await expect.poll(() => fleet.pings.length).toBe(2)
  })

  test('at the top level is found, and an empty one is none', async ({ repo, start }) => {
    const other = await repo.clone('b')
    await other.commit('empty', { 'ADVERSARY-INBOX.md': '\n \n' })
    await other.push('origin', 'main')
    const fleet = start({ pollMs: 100 })
    await ready(fleet)
    expect(fleet.pings).toEqual([])
    await other.commit('full', { 'ADVERSARY-INBOX.md': 'now' })
    await other.push('origin', 'main')
    await expect.poll(() => fleet.pings[0]?.text).toContain('watchdog ping: ADVERSARY-INBOX.md holds')
  })
})

describe('trouble', () => {
  test('with no repository is one event with its cure, and DONE knows that nothing can be pushed', async ({
    repo,
    start,
  }) => {
    const fleet = start({ pollMs: 30, handoff: spec(repo, { repo: repo.root }) })
    await expect.poll(() => fleet.handoffs.state()[0]!.trouble?.code).toBe('no-repo')
    expect(fleet.handoffs.look().kind).toBe('nothing')
    await new Promise((done) => setTimeout(done, 300))
    expect(fleet.events.filter((event) => event.startsWith('git-trouble'))).toHaveLength(1)
  })

  test('that nobody asked for is no event', async ({ repo, start }) => {
    const fleet = start({ pollMs: 30, handoff: spec(repo, { repo: repo.root, enabled: false }) })
    await expect.poll(() => fleet.handoffs.look().kind).toBe('nothing')
    expect(fleet.events).toEqual([])
  })
})
