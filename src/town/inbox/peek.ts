import { OutsideError } from '../../core/index.ts'
import { type Town, textsOf } from '../town.ts'
import { classOf, decodeMessage, type MessageClass, type TownMessage } from '../wire/message.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'

/** Where a message is. */
export type Place = 'urgent' | 'inbox' | 'claimed' | 'dead'

export interface Peeked {
  place: Place
  message: TownMessage
  /** undefined: `tt` put it there, and nobody has taken it yet. */
  envelope: Envelope | undefined
  /** End of its lease, ms of Redis' clock. */
  leaseEnds: number | undefined
}

/** Messages of each kind that are read, at most. */
const PEEKED = 100

/** What a mailbox holds, in the order in which it will be taken: changes nothing. */
export async function peek(town: Town, agent: string, most = PEEKED): Promise<Peeked[]> {
  const { keys } = town
  const [urgent, inbox, claimed, dead] = await town.redis.pipeline([
    ['LRANGE', keys.urgent(agent), -most, -1],
    ['LRANGE', keys.inbox(agent), 0, most - 1],
    ['ZRANGE', keys.claimed(agent), 0, most - 1, 'WITHSCORES'],
    ['ZRANGE', keys.dead(agent), -most, -1],
  ])
  const ends = pairs(claimed)
  const waiting = [
    ...textsIn(urgent).reverse().map(read('urgent')),
    ...textsIn(inbox).map(read('inbox')),
  ].flatMap((one) => one ?? [])
  const kept = [...ends.keys(), ...textsIn(dead)]
  const raws = await many(town, keys.raw(agent), kept)
  const held = kept.flatMap((_, at) => read(at < ends.size ? 'claimed' : 'dead')(raws[at] ?? '') ?? [])
  const found = [...held, ...waiting]
  const mails = await many(
    town,
    keys.mail(agent),
    found.map(({ message }) => message.id),
  )
  return found
    .map((one, at) => ({
      ...one,
      envelope: decodeEnvelope(mails[at]),
      leaseEnds: one.place === 'claimed' ? ends.get(one.message.id) : undefined,
    }))
    .filter(({ place, envelope }) => place === 'dead' || envelope?.state !== 'acknowledged')
    .sort((a, b) => order(a) - order(b))
}

const read =
  (place: Place) =>
  (raw: string): { place: Place; message: TownMessage } | undefined => {
    const message = decodeMessage(raw)
    return message === undefined ? undefined : { place, message }
  }

/** Claimed ones first, in the order in which they were; the others as they stand. */
const order = ({ place, envelope }: Peeked): number =>
  place === 'claimed' ? (envelope?.seq ?? 0) : Number.MAX_SAFE_INTEGER

/** A key of a foreign type holds no message. */
const textsIn = (reply: unknown): string[] => (reply instanceof OutsideError ? [] : textsOf(reply))

function pairs(reply: unknown): Map<string, number> {
  const words = textsIn(reply)
  const found = new Map<string, number>()
  for (let at = 0; at + 1 < words.length; at += 2) found.set(words[at]!, Number(words[at + 1]))
  return found
}

async function many(town: Town, key: string, ids: readonly string[]): Promise<(string | undefined)[]> {
  if (ids.length === 0) return []
  const [reply] = await town.redis.pipeline([['HMGET', key, ...ids]])
  return Array.isArray(reply) ? reply.map((one) => (typeof one === 'string' ? one : undefined)) : []
}

/** How much is in one mailbox. */
export interface Mailbox {
  agent: string
  inbox: number
  urgent: number
  claimed: number
  dead: number
  /** Elements that nobody can read. */
  bad: number
}

/** The lengths of many mailboxes, in one go. */
export async function countMail(town: Town, agents: readonly string[]): Promise<Mailbox[]> {
  const { keys } = town
  const replies = await town.redis.pipeline(
    agents.flatMap((agent) => [
      ['LLEN', keys.inbox(agent)] as const,
      ['LLEN', keys.urgent(agent)] as const,
      ['ZCARD', keys.claimed(agent)] as const,
      ['ZCARD', keys.dead(agent)] as const,
      ['LLEN', keys.bad(agent)] as const,
    ]),
  )
  const count = (at: number): number => (typeof replies[at] === 'number' ? (replies[at] as number) : 0)
  return agents.map((agent, at) => {
    const first = at * 5
    return {
      agent,
      inbox: count(first),
      urgent: count(first + 1),
      claimed: count(first + 2),
      dead: count(first + 3),
      bad: count(first + 4),
    }
  })
}

/** Messages of each mailbox that are looked into for their class, at most; as `tt status`. */
const CLASSED = 200

/** What waits in each mailbox, by class: of the first 200 of each list. */
export async function classMail(
  town: Town,
  agents: readonly string[],
): Promise<Map<string, Record<MessageClass, number>>> {
  const { keys } = town
  const replies = await town.redis.pipeline(
    agents.flatMap((agent) => [
      ['LRANGE', keys.inbox(agent), 0, CLASSED - 1] as const,
      ['LRANGE', keys.urgent(agent), -CLASSED, -1] as const,
    ]),
  )
  return new Map(
    agents.map((agent, at) => {
      const counts = { task: 0, query: 0, other: 0, information: 0, confirmation: 0 }
      for (const raw of [...textsIn(replies[2 * at]), ...textsIn(replies[2 * at + 1])]) {
        const message = decodeMessage(raw)
        if (message !== undefined) counts[classOf(message.content)] += 1
      }
      return [agent, counts]
    }),
  )
}
