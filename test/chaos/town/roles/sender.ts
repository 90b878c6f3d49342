import { type Draft, sendMessage } from '../../../../src/town/inbox/send.ts'
import { newId } from '../../../../src/town/wire/ids.ts'
import { type Actor, hashOf } from '../actor.ts'
import { mailboxes } from '../cast.ts'

const SIGNS = [
  'a',
  'ß',
  '🙂',
  '\0',
  '\n',
  '\u202e',
  '"',
  '\\',
  '\x1b[201~',
  '; rm',
  '#{x}',
  '`',
  '中',
  '\ud800',
  ' ',
]

/** One message after the other, each until it is acknowledged; some are sent again under their id. */
export function send({ town, part, journal, random, insist, pause, mode }: Actor): () => Promise<void> {
  // Grows over all lives of this actor.
  let n = Date.now() * 1000
  return async () => {
    if (mode() !== 'run') return pause(10)
    const to = random.pick(Object.values(mailboxes))
    const urgent = random.chance(0.2)
    const text = Array.from({ length: random.int(1, 30) }, () => random.pick(SIGNS)).join('')
    const draft: Draft = {
      id: newId(),
      from: part.agent,
      to,
      content: { type: 'task', description: text },
      urgent,
    }
    const { id = '' } = draft
    n += 1
    const list = urgent ? 'urgent' : 'inbox'
    journal.note({ op: 'send', id, from: part.agent, to, n, list, hash: hashOf(text) })
    for (let times = random.chance(0.1) ? 2 : 1; times > 0; times -= 1) {
      const since = Date.now()
      const sent = await insist('send', () => sendMessage(town, draft, { unlimited: true }))
      if (sent === undefined) return
      journal.note({ op: 'sent', id, repeated: sent.repeated, since })
    }
    await pause(random.int(0, 6))
  }
}
