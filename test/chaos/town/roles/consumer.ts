import { claim, giveBack, type Held } from '../../../../src/town/inbox/claim.ts'
import { acknowledge } from '../../../../src/town/inbox/settle.ts'
import { textOf } from '../../../../src/town/wire/message.ts'
import { type Actor, hashOf } from '../actor.ts'

/** As `agents inbox take` and `ack`: claims and shows in one step; gives some back, forgets some until their lease ends. */
export function consume(actor: Actor): () => Promise<void> {
  const { town, part, journal, random, pause, mode, insist } = actor
  return async () => {
    const since = Date.now()
    const count = random.int(1, 8)
    const options = { count, leaseMs: 700, by: part.name, presented: true }
    // A claim whose answer is lost is not repeated: its messages come back marked.
    const claimed = await insist('claim', () => claim(town, part.agent, options))
    if (claimed === undefined) return
    for (const { message, envelope } of claimed.held) {
      const hash = hashOf(textOf(message.content))
      journal.note({ op: 'present', id: message.id, to: part.agent, times: envelope.presented, hash, since })
    }
    for (const held of claimed.held) {
      const mood = mode() === 'drain' ? 1 : random.next()
      if (mood < part.drops / 2)
        await insist('nack', () => giveBack(town, part.agent, [held.message.id], 'not now'))
      else if (mood >= part.drops) await settle(actor, held)
    }
    if (claimed.held.length === 0) await pause(random.int(5, 30))
  }
}

export async function settle({ town, part, journal, insist }: Actor, { message }: Held): Promise<void> {
  const { id } = message
  const since = Date.now()
  journal.note({ op: 'ack', id, to: part.agent })
  const found = (await insist('ack', () => acknowledge(town, part.agent, [id])))?.get(id)
  if (found?.kind === 'acknowledged')
    journal.note({ op: 'acked', id, to: part.agent, before: found.before, told: found.at, since })
  else if (found !== undefined) journal.note({ op: 'odd', what: `ack: ${found.kind}`, id })
}
