import type { HandoffSpec } from '../core/index.ts'
import { createRunner } from './runner.ts'
import { streamKey, streamsOf } from './streams.ts'
import type { HandoffDeps, StreamView, TipLook } from './types.ts'

export { placesOf } from './inbox.ts'
export { lookAtTip } from './tip.ts'
export * from './types.ts'

export interface Handoffs {
  /**
   * Starts following what the config asks for; called again after a reload. What stays the same goes on undisturbed.
   * @param everyMs slowest allowed reaction to a push that no watcher tells of
   */
  configure(handoff: HandoffSpec, agents: readonly { name: string; dir: string }[], everyMs: number): void
  /** Looks at every branch now. */
  poke(): void
  /** Forgets every back-off and looks at once, e.g. after a network change. Cursors stay, always. */
  resetFor(reason: string): void
  /** The tip fetched last. */
  tip(repo: string, remote: string, branch: string | undefined): string | undefined
  /** What is known of the branch that carries the DONE markers. */
  look(): TipLook
  state(): StreamView[]
  close(): Promise<void>
}

/** Commits on followed branches become pings; see docs/decisions/0006-git-handoff-cursor.md. */
export function createHandoffs(deps: HandoffDeps): Handoffs {
  const runners = new Map<string, { asks: string; runner: ReturnType<typeof createRunner> }>()
  let clones: string[] = []
  let pollMs = 30_000
  let base = ''

  function configure(handoff: HandoffSpec, agents: readonly { dir: string }[], everyMs: number): void {
    const streams = streamsOf(handoff)
    base = streamKey(handoff.repo, handoff.remote, handoff.branch)
    clones = [...new Set(agents.map((agent) => agent.dir))]
    pollMs = everyMs
    for (const [key, { runner }] of runners)
      if (!streams.some((stream) => stream.key === key)) {
        runners.delete(key)
        void runner.close()
      }
    for (const stream of streams) {
      const asks = JSON.stringify([stream, clones])
      const there = runners.get(stream.key)
      if (there === undefined)
        runners.set(stream.key, {
          asks,
          runner: createRunner(
            deps,
            stream,
            () => clones,
            () => pollMs,
          ),
        })
      else if (there.asks !== asks) {
        there.asks = asks
        there.runner.update(stream)
      }
    }
  }

  const all = () => [...runners.values()].map(({ runner }) => runner)

  return {
    configure,
    poke: () => all().forEach((runner) => void runner.poke()),
    resetFor(reason) {
      const troubled = all().filter((runner) => runner.view().trouble !== undefined)
      if (troubled.length > 0)
        deps.report({ kind: 'git-trouble', because: `trying again at once: ${reason}` })
      for (const runner of all()) runner.retry()
    },
    tip: (repo, remote, branch) => runners.get(streamKey(repo, remote, branch))?.runner.view().tip,
    look: () => runners.get(base)?.runner.tipLook() ?? { kind: 'unknown', why: 'no branch is followed yet' },
    state: () => all().map((runner) => runner.view()),
    async close() {
      await Promise.all(all().map((runner) => runner.close()))
    },
  }
}
