import { literally } from '../keys.ts'
import { refusal } from '../refusals.ts'
import { type Town, textsOf } from '../town.ts'
import { isIdBeginning, parseId } from '../wire/ids.ts'
import { decodeMessage } from '../wire/message.ts'
import { messageIdOf } from '../wire/message-id.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'

/** What is known of a message of a mailbox; undefined for one that is in no place of it, or was forgotten. */
export async function envelopeOf(town: Town, agent: string, id: string): Promise<Envelope | undefined> {
  return decodeEnvelope(await town.redis.call('HGET', town.keys.mail(agent), id))
}

/**
 * The message of a mailbox that somebody means: its id, the beginning of it, or the name that its sender gave it.
 * @throws {UserError} TOWN_MESSAGE_UNKNOWN, TOWN_MESSAGE_AMBIGUOUS (exit 2)
 */
export async function findMessage(town: Town, agent: string, given: string): Promise<string> {
  const found = await seekMessage(town, agent, given)
  if (found === undefined) throw refusal(['message-unknown', given.trim()])
  return found
}

/** The same; undefined where the mailbox knows none. A whole id is looked for, too. */
export async function seekMessage(town: Town, agent: string, given: string): Promise<string | undefined> {
  const ref = given.trim()
  const whole = parseId(ref) ?? messageIdOf(ref)
  if ((await envelopeOf(town, agent, whole)) !== undefined) return whole
  const beginning = parseId(ref) ?? (isIdBeginning(ref) ? ref.toLowerCase() : undefined)
  const found = beginning === undefined ? [] : await begin(town, agent, beginning)
  if (found.length > 1) throw refusal(['message-ambiguous', ref, ...found.slice(0, 5)])
  return found[0]
}

/** Ids that begin so: of those that are known, and of the first thousand of each list. */
async function begin(town: Town, agent: string, ref: string): Promise<string[]> {
  const found = new Set<string>()
  const { keys } = town
  for (const key of [keys.mail(agent), keys.raw(agent)]) {
    let cursor = '0'
    do {
      const reply = await town.redis.call('HSCAN', key, cursor, 'MATCH', `${literally(ref)}*`, 'COUNT', 1000)
      const [next, fields] = Array.isArray(reply) ? reply : ['0', []]
      textsOf(fields).forEach((text, at) => {
        if (at % 2 === 0) found.add(text)
      })
      cursor = String(next)
    } while (cursor !== '0')
  }
  for (const raw of await listed(town, agent)) {
    const id = decodeMessage(raw)?.id
    if (id?.startsWith(ref)) found.add(id)
  }
  return [...found]
}

async function listed(town: Town, agent: string): Promise<string[]> {
  const inbox = await town.redis.call('LRANGE', town.keys.inbox(agent), 0, 999)
  const urgent = await town.redis.call('LRANGE', town.keys.urgent(agent), -1000, -1)
  return [...textsOf(inbox), ...textsOf(urgent)]
}

/** Whom to answer, and in which thread. */
export interface Thread {
  from: string
  /** Its first message. */
  thread: string
}

/**
 * Of a message in this mailbox, also of one that was acknowledged within a day.
 * @throws {UserError} TOWN_MESSAGE_UNKNOWN (exit 2)
 */
export async function threadOf(town: Town, agent: string, id: string): Promise<Thread> {
  const mail = await envelopeOf(town, agent, id)
  if (mail?.from !== undefined) return { from: mail.from, thread: mail.thread ?? id }
  const raws = [String((await town.redis.call('HGET', town.keys.raw(agent), id)) ?? '')]
  for (const raw of [...raws, ...(await listed(town, agent))]) {
    const message = decodeMessage(raw)
    if (message?.id === id) return { from: message.from, thread: message.correlation ?? id }
  }
  throw refusal(['message-unknown', id])
}

/** It stands in the inbox still: among the first thousand of each list. */
export async function isWaiting(town: Town, agent: string, id: string): Promise<boolean> {
  return (await listed(town, agent)).some((raw) => raw.includes(id))
}
