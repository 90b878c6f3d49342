import { createHash } from 'node:crypto'
import { reclaimFrom } from '../../../src/town/agents/reclaim.ts'
import { claim, giveBack, type Held, note, PRESENTATIONS, renew } from '../../../src/town/inbox/claim.ts'
import { classMail, countMail, peek } from '../../../src/town/inbox/peek.ts'
import { sendMessage } from '../../../src/town/inbox/send.ts'
import { acknowledge, revive } from '../../../src/town/inbox/settle.ts'
import { type Town, textsOf } from '../../../src/town/town.ts'
import { encodeMessage, textOf } from '../../../src/town/wire/message.ts'

/** One step of a history. Messages, mailboxes and readers are small numbers, so that steps meet each other. */
export type Step =
  | { do: 'send'; message: number; box: number; place: 'tail' | 'head' | 'urgent'; by: 'ours' | 'tt' }
  | { do: 'junk'; box: number; list: 'inbox' | 'urgent'; junk: number }
  /** Lease that ends at once: as when the claimer is killed. */
  | { do: 'claim'; box: number; count: number; presented: boolean; dies: boolean }
  | { do: 'present' | 'ack' | 'nack' | 'renew'; box: number; messages: 'claimed' | readonly number[] }
  | { do: 'read'; box: number; message: number }
  | { do: 'revive'; box: number; message: number }
  | { do: 'move'; box: number; to: number }
  | { do: 'look' | 'forget scripts' }

const uuid = (kind: string, n: number): string => {
  const d = createHash('sha1').update(`${kind} ${n}`).digest('hex')
  return `${d.slice(0, 8)}-${d.slice(8, 12)}-4${d.slice(13, 16)}-8${d.slice(17, 20)}-${d.slice(20, 32)}`
}
export const BOXES = 2
const boxId = (n: number): string => uuid('box', n)
const messageId = (n: number): string => uuid('message', n)
const sender = uuid('sender', 0)
const boxes = Array.from({ length: BOXES }, (_, n) => boxId(n))
const words = (n: number): string => `message ${n} ünï 🙂 \0 "`
const JUNK = ['', '{', '[]', '{"id":7}', '{"id":"nobody","type":"task"}', 'null']

/** What must hold, told by the first step after which it does not. */
export async function play(town: Town, steps: readonly Step[]): Promise<string | undefined> {
  await town.redis.call('FLUSHALL')
  for (const id of [...boxes, sender])
    await town.redis.call('HSET', town.keys.agent(id), 'id', id, 'name', id, 'state', 'idle')
  const seen = createLedger()
  for (const [at, step] of steps.entries()) {
    const wrong = (await take(town, step, seen)) ?? (await check(town, seen))
    if (wrong !== undefined) return `after step ${at} (${JSON.stringify(step)}): ${wrong}`
  }
  return undefined
}

/** What was done so far, as those saw it who did it. */
interface Ledger {
  /** Message → box that it was sent to first; moved ones change it. */
  sent: Map<string, string>
  /** Those that tt put there. */
  tts: Set<string>
  junk: string[]
  shown: Map<string, number>
  plain: Map<string, number>
  done: Map<string, number>
  /** Order of the normal sends to a box: one sender, tail only. */
  order: string[]
  lastShown: Map<string, number>
}

const createLedger = (): Ledger => ({
  sent: new Map(),
  tts: new Set(),
  junk: [],
  shown: new Map(),
  plain: new Map(),
  done: new Map(),
  order: [],
  lastShown: new Map(),
})

async function take(town: Town, step: Step, seen: Ledger): Promise<string | undefined> {
  const { keys, redis } = town
  switch (step.do) {
    case 'send':
      return send(town, step, seen)
    case 'junk': {
      const junk = JUNK[step.junk % JUNK.length] ?? ''
      seen.junk.push(junk)
      await redis.call('RPUSH', keys[step.list](boxId(step.box)), junk)
      return undefined
    }
    case 'claim': {
      const { count, presented, dies } = step
      const options = { count, leaseMs: dies ? 0 : 60_000, by: 'test', presented }
      const { held } = await claim(town, boxId(step.box), options)
      return held
        .map((one) => show(one, boxId(step.box), presented, seen))
        .find((wrong) => wrong !== undefined)
    }
    case 'present':
      return present(town, boxId(step.box), await meant(town, step), seen)
    case 'ack':
      return ack(town, boxId(step.box), await meant(town, step), false, seen)
    case 'read':
      return ack(town, boxId(step.box), [messageId(step.message)], true, seen)
    case 'nack':
      await giveBack(town, boxId(step.box), await meant(town, step), 'not now')
      return undefined
    case 'renew':
      await renew(town, boxId(step.box), await meant(town, step), 60_000)
      return undefined
    case 'revive': {
      const id = messageId(step.message)
      const code = await revive(town, boxId(step.box), id).then(
        () => 'done',
        (error: { code: string }) => error.code,
      )
      // A new life: as if it had never been presented.
      if (code === 'done') for (const map of [seen.shown, seen.plain]) map.delete(id)
      return undefined
    }
    case 'move':
      return move(town, boxId(step.box), boxId(step.to), seen)
    case 'look':
      return look(town)
    case 'forget scripts':
      await redis.call('SCRIPT', 'FLUSH')
      return undefined
  }
}

const meant = async (
  town: Town,
  { box, messages }: { box: number; messages: 'claimed' | readonly number[] },
): Promise<string[]> =>
  messages === 'claimed'
    ? textsOf(await town.redis.call('ZRANGE', town.keys.claimed(boxId(box)), 0, -1))
    : messages.map(messageId)

async function send(
  town: Town,
  { message, box, place, by }: Extract<Step, { do: 'send' }>,
  seen: Ledger,
): Promise<string | undefined> {
  const id = messageId(message)
  // The same id is always the same message to the same mailbox, sent once more.
  const to = seen.sent.get(id) ?? boxId(box)
  const content = { type: 'task', description: words(message) } as const
  const again = seen.sent.has(id)
  // tt never uses an id twice, and nobody else uses one of its ids.
  if (again && (by === 'tt' || seen.tts.has(id))) return undefined
  if (by === 'tt') {
    seen.tts.add(id)
    const raw = encodeMessage({
      id,
      from: sender,
      to,
      content,
      priority: 'normal',
      createdAt: 0,
      correlation: undefined,
    })
    await town.redis.call(
      place === 'urgent' ? 'LPUSH' : 'RPUSH',
      town.keys[place === 'urgent' ? 'urgent' : 'inbox'](to),
      raw,
    )
  } else {
    const priority = place === 'head' ? 'high' : 'normal'
    const draft = { id, from: sender, to, content, urgent: place === 'urgent', priority } as const
    const { repeated } = await sendMessage(town, draft, { unlimited: true })
    if (repeated !== again)
      return `INV-16: ${id} was ${again ? 'sent again and taken for new' : 'new and taken for known'}`
  }
  if (!again && place === 'tail') seen.order.push(id)
  seen.sent.set(id, to)
  return undefined
}

function show(
  { message, envelope }: Held,
  box: string,
  presented: boolean,
  seen: Ledger,
): string | undefined {
  const { id } = message
  if (seen.done.has(id)) return `INV-15: ${id} was claimed after it was done`
  if (textOf(message.content) !== words(Number(/message (\d+)/.exec(textOf(message.content))?.[1])))
    return `INV-18: ${id} holds ${JSON.stringify(message.content)}`
  return presented ? shown(id, box, envelope.presented, seen) : undefined
}

function shown(id: string, box: string, times: number, seen: Ledger): string | undefined {
  const before = seen.shown.get(id) ?? 0
  seen.shown.set(id, before + 1)
  if (before + 1 > PRESENTATIONS) return `INV-14: ${id} was presented ${before + 1} times`
  if (times <= before) return `INV-14: ${id} was presented again, marked as the ${times}. time`
  if (times > 1) return undefined
  const place = seen.order.indexOf(id)
  const last = seen.lastShown.get(box) ?? -1
  if (place < 0) return undefined
  if (place < last) return `INV-17: ${id} was shown after a later one`
  seen.lastShown.set(box, place)
  return undefined
}

/** As the watchdog: writes down that it presents before it does. */
async function present(
  town: Town,
  box: string,
  ids: readonly string[],
  seen: Ledger,
): Promise<string | undefined> {
  for (const id of ids) {
    const mail = JSON.parse(String((await town.redis.call('HGET', town.keys.mail(box), id)) ?? '{}')) as {
      presented?: number
    }
    if ((await town.redis.call('ZSCORE', town.keys.claimed(box), id)) === null) continue
    const presented = (mail.presented ?? 0) + 1
    if (presented > PRESENTATIONS) continue
    await note(town, box, { state: 'submitted' }, [{ id, presented }])
    const wrong = shown(id, box, presented, { ...seen, order: [] })
    if (wrong !== undefined) return wrong
  }
  return undefined
}

async function ack(
  town: Town,
  box: string,
  ids: readonly string[],
  unread: boolean,
  seen: Ledger,
): Promise<string | undefined> {
  const answers = await acknowledge(town, box, ids, { unread })
  for (const [id, answer] of answers) {
    if (answer.kind !== 'acknowledged') continue
    const first = seen.done.get(id)
    if (answer.before !== (first !== undefined))
      return `INV-15: ${id} was done ${first === undefined ? 'by nobody' : 'twice'}`
    if (first !== undefined && first !== answer.at)
      return `INV-15: ${id} was done at ${first}, and at ${answer.at}`
    if (!unread && !seen.shown.has(id) && first === undefined) return `INV-15: ${id} was done and never shown`
    seen.done.set(id, answer.at)
  }
  return undefined
}

async function move(town: Town, box: string, to: string, seen: Ledger): Promise<string | undefined> {
  if (box === to) return undefined
  const state = (word: string) => town.redis.call('HSET', town.keys.agent(box), 'state', word)
  const agent = { id: to, name: to, record: undefined }
  const early = await reclaimFrom(town, box, { kind: 'agent', agent }).catch(
    (error: { code: string }) => error.code,
  )
  const before = (await countMail(town, [box]))[0]!
  if (early !== 'TOWN_AGENT_ALIVE' && before.inbox + before.urgent + before.claimed > 0)
    return 'INV-21: mail of a living agent was moved'
  await state('stopped')
  const moved = await reclaimFrom(town, box, { kind: 'agent', agent })
  await state('idle')
  const after = (await countMail(town, [box]))[0]!
  if (after.inbox + after.urgent + after.claimed > 0) return 'INV-21: something was left where it was'
  for (const { id, result } of moved)
    if (id !== undefined && (result === 'moved' || result === 'known')) seen.sent.set(id, to)
  // Behind what was there already; the order of what was moved is no order of that mailbox.
  seen.order = []
  seen.lastShown.clear()
  return undefined
}

/** INV-19 */
async function look(town: Town): Promise<string | undefined> {
  const digest = () => town.redis.call('DEBUG', 'DIGEST')
  const before = await digest()
  for (const box of boxes) await peek(town, box)
  await classMail(town, boxes)
  await countMail(town, boxes)
  return (await digest()) === before ? undefined : 'INV-19: looking changed something'
}

/** INV-13: every message is in exactly one place, with its bytes until it is done; what nobody can read is kept. */
async function check(town: Town, seen: Ledger): Promise<string | undefined> {
  const places = new Map<string, string[]>()
  const junk: string[] = []
  const put = (id: string, place: string) => places.set(id, [...(places.get(id) ?? []), place])
  for (const box of boxes) {
    const { keys, redis } = town
    for (const list of ['inbox', 'urgent'] as const) {
      for (const raw of textsOf(await redis.call('LRANGE', keys[list](box), 0, -1))) {
        const id = /"id":"([0-9a-f-]{36})"/.exec(raw)?.[1]
        if (id === undefined || !seen.sent.has(id)) junk.push(raw)
        else if (!seen.done.has(id)) put(id, list)
      }
    }
    const raws = new Set(textsOf(await redis.call('HKEYS', keys.raw(box))))
    for (const set of ['claimed', 'dead'] as const) {
      for (const id of textsOf(await redis.call('ZRANGE', keys[set](box), 0, -1))) {
        put(id, set)
        if (!raws.delete(id)) return `INV-13: ${id} is ${set} without its bytes`
      }
    }
    if (raws.size > 0) return `INV-39: the bytes of ${[...raws].join()} are kept and belong to nothing`
    for (const id of textsOf(await redis.call('ZRANGE', keys.done(box), 0, -1))) put(id, 'done')
    junk.push(...textsOf(await redis.call('LRANGE', keys.bad(box), 0, -1)))
  }
  for (const id of seen.sent.keys()) {
    const found = places.get(id) ?? []
    if (found.length !== 1) return `INV-13: ${id} is in ${found.length} places: ${found.join()}`
    if (seen.done.has(id) && found[0] !== 'done') return `INV-15: ${id} was done and is ${found[0]}`
  }
  const lost = [...seen.junk]
  for (const one of junk.filter((text) => !text.includes('dead letter'))) {
    const at = lost.indexOf(one)
    if (at >= 0) lost.splice(at, 1)
  }
  return lost.length === 0 ? undefined : `row 105: ${JSON.stringify(lost)} was thrown away`
}
