import { moveMail } from '../../../../src/town/move.ts'
import type { Actor } from '../actor.ts'
import { mailboxes } from '../cast.ts'

/** As `agents reclaim --to`: what was sent to one that is gone goes to another. Does so until the end of a drain. */
export function move({ town, part, insist, pause, random }: Actor): () => Promise<void> {
  return async () => {
    await insist('move', () => moveMail(town, part.agent, mailboxes.taken))
    await pause(random.int(10, 60))
  }
}
