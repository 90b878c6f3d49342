import { reclaimFrom } from '../../../../src/town/agents/reclaim.ts'
import type { Actor } from '../actor.ts'
import { mailboxes } from '../cast.ts'

/** As `agents reclaim --to`: what was sent to one that is gone goes to another. Does so until the end of a drain. */
export function move({ town, part, insist, pause, random }: Actor): () => Promise<void> {
  const agent = { id: mailboxes.taken, name: 'taken', record: undefined }
  return async () => {
    await insist('move', () => reclaimFrom(town, part.agent, { kind: 'agent', agent }))
    await pause(random.int(10, 60))
  }
}
