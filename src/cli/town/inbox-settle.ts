import { Exit, type ExitCode } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { findAgent } from '../../town/agents/agents.ts'
import { BATCH, claim, giveBack } from '../../town/inbox/claim.ts'
import { framed, lettersOf, newMark } from '../../town/inbox/frame.ts'
import { findMessage } from '../../town/inbox/mail.ts'
import { acknowledge, revive } from '../../town/inbox/settle.ts'
import { refusal } from '../../town/refusals.ts'
import { beginShown } from '../../town/tasks/present.ts'
import { stillAsked } from '../../town/tasks/still-asked.ts'
import { toJson } from '../text.ts'
import { type Desk, misused, onBehalf } from './inbox-desk.ts'
import { show } from './inbox-show.ts'

/** Claims messages and shows them. */
export async function take({ town, fleet, me, deps, call }: Desk, words: string[]): Promise<ExitCode> {
  const count = countOf(words)
  const taken = await claim(town, me.id, { count, leaseMs: fleet.town.leaseMs, by: 'take', presented: true })
  const held = await stillAsked(town, me.id, taken.held)
  await beginShown(
    town,
    me.id,
    held.map(({ message }) => message),
  )
  const letters = await lettersOf(town, held, ({ envelope }) => envelope.presented - 1)
  if (call.options.json === true) {
    const messages = letters.map(({ id, from, type, text, urgent, task, thread, before }, at) => {
      const { message } = held[at]!
      const sender = { id: message.from, name: from }
      return {
        id,
        type,
        from: sender,
        priority: message.priority,
        at: message.createdAt,
        thread,
        text,
        urgent,
        task,
        before,
      }
    })
    await deps.io.out(toJson({ version: 1, messages, leaseMs: fleet.town.leaseMs }))
    return Exit.done
  }
  // Whoever reads it, a person or a model, sees what is hidden in it; --json has it as it was written.
  const text = letters.length === 0 ? 'no messages' : visible(framed(letters, newMark()), { newlines: true })
  await deps.io.out(`${text}\n`)
  return Exit.done
}

function countOf(words: readonly string[]): number {
  const [word = String(BATCH), ...more] = words
  if (more.length === 0 && /^[1-9]\d{0,3}$/.test(word)) return Number(word)
  throw misused(['take', ...words])
}

/** They are done with: never shown again. */
export async function ack(desk: Desk, words: string[]): Promise<ExitCode> {
  if (words.length === 0) throw misused(['ack'])
  const { town, me, deps, call } = desk
  const ids = await Promise.all(words.map((word) => findMessage(town, me.id, word)))
  // A person reads the list; an agent has read what it was shown.
  const done = await acknowledge(town, me.id, ids, { unread: desk.byPeople })
  const acknowledged = [...done].flatMap(([id, acked]) =>
    acked.kind === 'acknowledged' ? [{ id, at: acked.at, before: acked.before }] : [],
  )
  const lines = acknowledged.map(
    ({ id, before }) => `${id} ${before ? 'was acknowledged before' : 'is acknowledged'}\n`,
  )
  await deps.io.out(call.options.json === true ? toJson({ version: 1, acknowledged }) : lines.join(''))
  for (const [id, acked] of done) {
    if (acked.kind === 'unknown') throw refusal(['message-unknown', id])
    if (acked.kind === 'unread') throw refusal(['message-unread', id])
  }
  return Exit.done
}

/** They go back to where they stood. */
export async function nack({ town, me, deps, call }: Desk, words: string[]): Promise<ExitCode> {
  if (words.length === 0) throw misused(['nack'])
  const ids = await Promise.all(words.map((word) => findMessage(town, me.id, word)))
  const reason = typeof call.options.reason === 'string' ? call.options.reason : ''
  const given = [...(await giveBack(town, me.id, ids, reason))].map(([id, result]) => ({ id, result }))
  const said = {
    queued: 'is back in the inbox',
    dead: 'is a dead letter now: it was shown three times',
    gone: 'is gone',
    free: 'is not claimed; nothing was changed',
  }
  const text = given.map(({ id, result }) => `${id} ${said[result]}\n`).join('')
  await deps.io.out(call.options.json === true ? toJson({ version: 1, given }) : text)
  return given.every(({ result }) => result === 'queued' || result === 'dead') ? Exit.done : Exit.failed
}

/** What was given up; `--requeue` brings one back. */
export async function dead(desk: Desk, words: string[]): Promise<ExitCode> {
  const { town, me, call, deps } = desk
  if (words.length > 1) throw misused(['dead', ...words])
  const whom = words[0] === undefined ? me : await findAgent(town, words[0])
  if (typeof call.options.requeue !== 'string') return show(desk, whom, ['dead'])
  const { me: allowed } = await onBehalf({ ...desk, call: { ...call, options: { of: whom.id } } })
  const id = await findMessage(town, allowed.id, call.options.requeue)
  await revive(town, allowed.id, id)
  await deps.io.out(
    call.options.json === true
      ? toJson({ version: 1, requeued: id })
      : `${id} is in the inbox of ${visible(whom.name)} again\n`,
  )
  return Exit.done
}
