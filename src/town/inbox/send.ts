import { sendScript } from '../lua/send.ts'
import { refusal } from '../refusals.ts'
import { repeated } from '../repeat.ts'
import { type Town, textsOf } from '../town.ts'
import { newId, SUPERVISOR } from '../wire/ids.ts'
import { type Content, encodeMessage, textOf } from '../wire/message.ts'
import type { Priority } from '../wire/task-record.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'

export interface Draft {
  /** Another one for each message; the same again is the same message. @default a new one */
  id?: string | undefined
  from: string
  to: string
  content: Content
  /** Into the list of urgent ones, which is read first. */
  urgent?: boolean | undefined
  /** `high` and `urgent` go before all that waits. @default 'normal' */
  priority?: Priority | undefined
  /** First message of its thread. */
  thread?: string | undefined
  /** How an agent of a fleet shall be told: see `Envelope.mode`. */
  mode?: Envelope['mode']
}

export interface Sent {
  id: string
  /** It was sent before: nothing was done now. */
  repeated: boolean
  envelope: Envelope
}

/** What protects a mailbox (reliability.md rows 116, 120 and section 3 row 50). */
export const quotas = {
  /** Messages a minute of one sender, to everybody. */
  aMinute: 100,
  /** Turns a minute of two that answer each other. */
  turnsAMinute: 20,
  /** Messages that wait in one inbox. */
  waiting: 100_000,
  /** Of the text of a message. Bytes. */
  bytes: 1024 * 1024,
}

/**
 * Puts a message into an inbox. It is stored when this resolves; where the answer gets lost it is sent again under its id,
 * which stores it once.
 * @param opts.unlimited without the quotas of a minute: for programs that fill a town
 * @throws {UserError} TOWN_MESSAGE_LONG, TOWN_SELF (exit 2), TOWN_AGENT_GONE (exit 2), TOWN_INBOX_FULL, TOWN_TOO_OFTEN, TOWN_LOOP
 */
export async function sendMessage(
  town: Town,
  draft: Draft,
  opts: { unlimited?: boolean } = {},
): Promise<Sent> {
  const { from, to, content, priority = 'normal', urgent = false, thread } = draft
  const id = draft.id ?? newId()
  const bytes = Buffer.byteLength(textOf(content))
  if (bytes > quotas.bytes) throw refusal(['long', String(bytes)])
  // People may leave themselves a note.
  if (from === to && from !== SUPERVISOR) throw refusal(['self'])
  const message = { id, from, to, content, priority, createdAt: town.now(), correlation: thread }
  const { keys } = town
  const [first, second] = from < to ? [from, to] : [to, from]
  const args = [
    to,
    id,
    encodeMessage(message),
    from,
    urgent ? 'urgent' : priority === 'high' || priority === 'urgent' ? 'head' : 'tail',
    thread ?? '',
    opts.unlimited === true ? 0 : quotas.aMinute,
    quotas.turnsAMinute,
    quotas.waiting,
    to === SUPERVISOR ? 0 : 1,
    draft.mode ?? '',
  ]
  const reply = textsOf(
    await repeated(() =>
      town.redis.script(sendScript, [keys.root, keys.rate(from, 'all'), keys.rate(first, second)], args),
    ),
  )
  const [word, ...said] = reply
  const envelope = decodeEnvelope(said[0])
  if ((word !== 'sent' && word !== 'known') || envelope === undefined) throw refusal([word ?? '', ...said])
  return { id, repeated: word === 'known', envelope }
}
