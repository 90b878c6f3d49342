import {
  claim,
  giveBack,
  type Held,
  heldBy,
  note,
  PRESENTATIONS,
  renew,
} from '../../../../src/town/inbox/claim.ts'
import { textOf } from '../../../../src/town/wire/message.ts'
import { type Actor, hashOf } from '../actor.ts'
import { settle } from './consumer.ts'

const LEASE = 700

/** As the watchdog: claims first, writes down that it presents, presents, and takes up what an earlier life had claimed. */
export function deliver(actor: Actor): () => Promise<void> {
  const { town, part, journal, random, pause, insist } = actor

  async function present({ message, envelope }: Held, since: number): Promise<void> {
    const { id } = message
    const times = envelope.presented + 1
    const noted = await insist('note', async () => {
      await note(town, part.agent, { state: 'staged' }, [{ id, presented: times }])
      // It was claimed for too long and is somebody else's now.
      return (await renew(town, part.agent, [id], LEASE)) === 1
    })
    if (noted !== true) return
    journal.note({ op: 'present', id, to: part.agent, times, hash: hashOf(textOf(message.content)), since })
  }

  return async () => {
    const since = Date.now()
    const options = { count: random.int(1, 8), leaseMs: LEASE, by: 'delivery' }
    const held = await insist('claim', async () => {
      const before = await heldBy(town, part.agent, 'delivery')
      return before.length > 0 ? before : (await claim(town, part.agent, options)).held
    })
    if (held === undefined) return
    for (const one of held) {
      // An earlier life was killed each time: it becomes a dead letter.
      if (one.envelope.presented >= PRESENTATIONS) {
        await insist('give up', () => giveBack(town, part.agent, [one.message.id], 'its reader died of it'))
        continue
      }
      await present(one, since)
      if (actor.mode() === 'drain' || !random.chance(part.drops)) await settle(actor, one)
    }
    await pause(held.length === 0 ? random.int(5, 30) : 0)
  }
}
