import { claimScript } from '../lua/claim.ts'
import { giveBackScript } from '../lua/give-back.ts'
import { progressScript } from '../lua/progress.ts'
import { renewScript } from '../lua/renew.ts'
import { setAsideScript } from '../lua/set-aside.ts'
import { repeated } from '../repeat.ts'
import { type Town, textsOf } from '../town.ts'
import { decodeMessage, type TownMessage } from '../wire/message.ts'
import { jsonTime } from '../wire/stamp.ts'
import { decodeEnvelope, type Envelope } from './envelope.ts'

/** Messages of one batch, at most. */
export const BATCH = 64
/** Times that a message is presented before it is given up. */
export const PRESENTATIONS = 3
/** Batches in a row that may hold nothing but urgent messages while others wait (INV-17). */
const URGENT_IN_A_ROW = 10

/** A message that somebody has claimed. */
export interface Held {
  message: TownMessage
  envelope: Envelope
}

export interface Claimed {
  held: Held[]
  /** Given up by this call, their senders told. */
  dead: number
  /** Elements that nobody can read, put away byte for byte. */
  aside: number
}

export interface ClaimOptions {
  /** @default BATCH */
  count?: number
  leaseMs: number
  /** Kept beside the message: `delivery`, `take`, `worker`. */
  by: string
  /** Nothing but urgent ones. @default false */
  urgentOnly?: boolean
  /** Who asks shows the messages with the answer: they are presented. */
  presented?: boolean
}

/** Takes a batch out of an inbox under a lease: urgent ones first, oldest first. What ran out comes back before that. */
export async function claim(town: Town, agent: string, options: ClaimOptions): Promise<Claimed> {
  const { count = BATCH, leaseMs, by, presented = false, urgentOnly = false } = options
  const args = [
    agent,
    Math.min(BATCH, count),
    leaseMs,
    by,
    presented ? 1 : 0,
    PRESENTATIONS,
    URGENT_IN_A_ROW,
    jsonTime(town.now()),
    urgentOnly ? 1 : 0,
  ]
  const reply = textsOf(await town.redis.script(claimScript, [town.keys.root], args))
  const [, dead, bad] = reply.map(Number)
  const { held, unread } = await readHeld(town, agent, reply.slice(4))
  return { held, dead: dead ?? 0, aside: (bad ?? 0) + unread }
}

/** What is claimed of an agent's inbox, in the order in which it was claimed. */
export async function heldOf(town: Town, agent: string): Promise<Held[]> {
  const ids = textsOf(await town.redis.call('ZRANGE', town.keys.claimed(agent), 0, 999))
  if (ids.length === 0) return []
  const [raws, mails] = await town.redis.multi([
    ['HMGET', town.keys.raw(agent), ...ids],
    ['HMGET', town.keys.mail(agent), ...ids],
  ])
  const flat = ids.flatMap((id, at) => [id, cell(raws, at), cell(mails, at)])
  const { held } = await readHeld(town, agent, flat)
  return held.sort((a, b) => (a.envelope.seq ?? 0) - (b.envelope.seq ?? 0))
}

/** Which claim each of these messages stands under now, by the number of its envelope; those that are not claimed are left out. */
export async function claimsOf(
  town: Town,
  agent: string,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const [scores, mails] = await town.redis.multi([
    ['ZMSCORE', town.keys.claimed(agent), ...ids],
    ['HMGET', town.keys.mail(agent), ...ids],
  ])
  return new Map(
    ids.flatMap((id, at) =>
      cell(scores, at) === '' ? [] : [[id, decodeEnvelope(cell(mails, at))?.seq ?? 0] as const],
    ),
  )
}

/** Those of these agents of whose inboxes something is claimed. */
export async function claimants(town: Town, agents: readonly string[]): Promise<Set<string>> {
  const counts = await town.redis.pipeline(agents.map((id) => ['ZCARD', town.keys.claimed(id)] as const))
  // A foreign type is looked at, too: that mends it.
  return new Set(agents.filter((_, at) => counts[at] !== 0))
}

/** Puts away what stands at the keys of a mailbox and is of a foreign type (row 105). */
export async function mend(town: Town, agent: string): Promise<void> {
  await given(town, [agent, '', PRESENTATIONS, jsonTime(town.now()), 'ids'])
}

/** Those of them that `by` claimed. */
export const heldBy = async (town: Town, agent: string, by: string): Promise<Held[]> =>
  (await heldOf(town, agent)).filter(({ envelope }) => envelope.by === by)

const cell = (reply: unknown, at: number): string => {
  const value: unknown = Array.isArray(reply) ? reply[at] : undefined
  return typeof value === 'string' ? value : ''
}

/** By threes: id, element, envelope. What has an id and cannot be read is put away. */
async function readHeld(
  town: Town,
  agent: string,
  flat: readonly string[],
): Promise<{ held: Held[]; unread: number }> {
  const held: Held[] = []
  const unread: string[] = []
  for (let at = 0; at + 2 < flat.length; at += 3) {
    const [id, raw, json] = flat.slice(at, at + 3) as [string, string, string]
    const message = decodeMessage(raw)
    const envelope = decodeEnvelope(json) ?? { state: 'queued', queuedAt: town.now(), presented: 0 }
    // Bytes that are gone are a claim that ended meanwhile.
    if (message !== undefined) held.push({ message, envelope })
    else if (raw !== '') unread.push(id)
  }
  if (unread.length > 0) await town.redis.script(setAsideScript, [town.keys.root], [agent, ...unread])
  return { held, unread: unread.length }
}

export type GivenBack = 'queued' | 'dead' | 'gone' | 'free'

/**
 * Claimed messages go back to where they stood, or, presented `PRESENTATIONS` times, to the dead letters.
 * @param why kept with the message, and told to the sender of a dead one
 * @param opts.blameless somebody stopped their reader: they go back however often they were presented
 */
export async function giveBack(
  town: Town,
  agent: string,
  ids: readonly string[],
  why = '',
  opts: { blameless?: boolean } = {},
): Promise<Map<string, GivenBack>> {
  if (ids.length === 0) return new Map()
  const most = opts.blameless === true ? 1_000_000 : PRESENTATIONS
  return given(town, [agent, why, most, jsonTime(town.now()), 'ids', ...ids])
}

/** Claimed messages become dead letters at once, however often they were presented. */
export async function giveUp(town: Town, agent: string, ids: readonly string[], why: string): Promise<void> {
  if (ids.length > 0) await given(town, [agent, why, 0, jsonTime(town.now()), 'ids', ...ids])
}

/** The same for those whose lease ran out, 64 at most. */
export const expire = (town: Town, agent: string): Promise<Map<string, GivenBack>> =>
  given(town, [agent, 'its lease ran out', PRESENTATIONS, jsonTime(town.now()), 'expired'])

async function given(town: Town, args: (string | number)[]): Promise<Map<string, GivenBack>> {
  const reply = textsOf(await repeated(() => town.redis.script(giveBackScript, [town.keys.root], args)))
  const found = new Map<string, GivenBack>()
  for (let at = 1; at + 1 < reply.length; at += 2) found.set(reply[at]!, reply[at + 1] as GivenBack)
  return found
}

/** Claims that still hold get `leaseMs` from now. @returns how many did */
export async function renew(
  town: Town,
  agent: string,
  ids: readonly string[],
  leaseMs: number,
): Promise<number> {
  if (ids.length === 0) return 0
  const reply = textsOf(await town.redis.script(renewScript, [town.keys.root], [agent, leaseMs, ...ids]))
  return Number(reply[1] ?? 0)
}

export interface Progress {
  id: string
  /** Times presented by now, all told. */
  presented: number
}

/** Writes down how far the presentation of claimed messages came; telling it again changes nothing. */
export async function note(
  town: Town,
  agent: string,
  said: {
    state: 'queued' | 'staged' | 'submitted' | 'seen'
    seenBy?: string | undefined
    why?: string | undefined
  },
  messages: readonly Progress[],
): Promise<void> {
  if (messages.length === 0) return
  const each = messages.flatMap(({ id, presented }) => [id, presented])
  const args = [agent, said.state, said.seenBy ?? '', said.why ?? '', ...each]
  await repeated(() => town.redis.script(progressScript, [town.keys.root], args))
}
