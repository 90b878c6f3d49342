import type { HandoffSpec } from '../core/index.ts'
import { recordName } from './cursor.ts'
import { type Followed, lookOnce } from './look.ts'
import { streamsOf } from './streams.ts'
import type { HandoffDeps } from './types.ts'

/**
 * Looks once at every branch that was never looked at, before the agents start: the first sight of a branch pings
 * nothing (row 84), so a claim that an agent pushes in its first second would otherwise be taken for an old one.
 */
export async function takeFirstSight(deps: HandoffDeps, handoff: HandoffSpec): Promise<void> {
  await Promise.allSettled(
    streamsOf(handoff).map(async (stream) => {
      const { repo, remote, branch } = stream
      if (branch !== undefined) {
        const known = await deps.store.load(recordName(repo, remote, branch), (value) => value)
        if (known.kind !== 'absent') return
      }
      const mind: Followed = { branch: undefined, tip: undefined, record: undefined, loaded: undefined }
      await lookOnce(deps, stream, mind)
    }),
  )
}
