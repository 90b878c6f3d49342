import { crashPoint } from '../../core/crash-point.ts'
import type { AgentSpec, MonoMs } from '../../core/index.ts'
import { type Entry, isSettled, timesShown } from '../../delivery/entry.ts'
import {
  claim,
  expire,
  type GivenBack,
  giveBack,
  giveUp,
  type Held,
  heldOf,
  note,
  renew,
} from '../../town/claim.ts'
import { noticeText } from '../../town/frame.ts'
import { isActionable } from '../../town/message.ts'
import { countMail } from '../../town/peek.ts'
import { acknowledge } from '../../town/settle.ts'
import type { Town } from '../../town/town.ts'
import { inTurn } from '../../watchdog/talk.ts'
import { queueMessage } from '../act/deliver.ts'
import type { Engine } from '../engine.ts'
import { inTheWay } from '../ops/in-the-way.ts'
import type { World } from '../world.ts'
import { batchesOf, entryOf } from './batch.ts'
import type { TownPulse } from './door.ts'

export interface InboxPost {
  /** One round over all agents of whom something is to be done. Fails as Redis does; the next round goes on. */
  pulse(pulse: TownPulse): Promise<void>
}

/** Who claims here, in the envelope. */
const me = 'delivery'
/** Messages that an agent may have and not have acknowledged; more wait in its inbox. */
const mostHeld = 256
/** How often claims are read again that nothing happened to, so that what others settled is known. Milliseconds. */
const readEveryMs = 5_000
/** So long after its key a message that only informs counts as read, proof or not. Milliseconds. */
const provenMs = 120_000

interface Tended {
  held: Held[]
  readAt: MonoMs
  renewedAt: MonoMs
  /** What Redis was told of each entry of the outbox. */
  noted: Map<string, string>
  /** What was waiting when it was told of it last. */
  told: string | undefined
}

/**
 * Brings messages of the town to the prompts of the fleet's agents. The outbox holds how often something was shown and is
 * on disk first; Redis holds whose the message is. So a crash between any two steps loses nothing, and what was shown is
 * marked when it is shown again.
 */
export function createInboxPost(
  world: World,
  engine: () => Engine,
  idOf: (agent: string) => string | undefined,
): InboxPost {
  const agents = new Map<string, Tended>()
  let town: Town | undefined
  let countedAt = Number.NEGATIVE_INFINITY

  function tended(agent: string): Tended {
    const known = agents.get(agent)
    if (known !== undefined) return known
    const fresh = { held: [], readAt: -Infinity, renewedAt: -Infinity, noted: new Map(), told: undefined }
    agents.set(agent, fresh)
    return fresh
  }

  async function pulse({ town: now, mail }: TownPulse): Promise<void> {
    if (now !== town) {
      agents.clear()
      town = now
      countedAt = Number.NEGATIVE_INFINITY
    }
    const specs = world
      .fleet()
      .agents.filter((spec) => spec.kind !== 'worker' && idOf(spec.name) !== undefined)
    await countClaims(now, specs)
    await world.outbox.read()
    for (const name of agents.keys()) if (!specs.some((spec) => spec.name === name)) agents.delete(name)
    for (const spec of specs) {
      const waiting = mail.get(spec.name) ?? { id: idOf(spec.name)!, inbox: 0, urgent: 0 }
      if (waiting.inbox + waiting.urgent > 0 || agents.has(spec.name)) await tend(now, spec, waiting)
    }
  }

  /** Finds agents with claims of an earlier watchdog, or of their own `inbox take`. */
  async function countClaims(now: Town, specs: readonly AgentSpec[]): Promise<void> {
    const { mono } = world.clock.now()
    if (mono - countedAt < readEveryMs) return
    const counts = await countMail(
      now,
      specs.map((spec) => idOf(spec.name)!),
    )
    counts.forEach(({ claimed }, at) => {
      if (claimed > 0) tended(specs[at]!.name)
    })
    countedAt = mono
  }

  async function tend(
    now: Town,
    spec: AgentSpec,
    { id, inbox, urgent }: { id: string; inbox: number; urgent: number },
  ): Promise<void> {
    const state = tended(spec.name)
    if (world.clock.now().mono - state.readAt >= readEveryMs) await readAgain(now, id, state)
    await settle(now, spec, id, state)
    await settleNews(now, spec, id, state)
    await release(now, spec, id, state)
    await keepLeases(now, spec, id, state)
    if (spec.inbox === 'deliver') await deliver(now, spec, id, state, inbox, urgent)
    if (spec.inbox === 'notify') await tell(now, spec, id, state, inbox + urgent)
    if (state.held.length === 0 && inbox + urgent === 0) agents.delete(spec.name)
  }

  async function readAgain(now: Town, id: string, state: Tended): Promise<void> {
    state.readAt = world.clock.now().mono
    state.held = await heldOf(now, id)
  }

  const entriesOf = (agent: string): Entry[] =>
    world.outbox.peek().entries.filter((entry) => entry.agent === agent && entry.mail !== undefined)

  const showing = (agent: string, { message, envelope }: Held): Entry | undefined =>
    entriesOf(agent).find((entry) =>
      entry.mail!.some((ref) => ref.id === message.id && ref.seq === envelope.seq),
    )

  /** Tells Redis how far each showing came, and settles what is settled by it. */
  async function settle(now: Town, spec: AgentSpec, id: string, state: Tended): Promise<void> {
    for (const entry of entriesOf(spec.name)) {
      const held = state.held.filter((one) => showing(spec.name, one) === entry)
      const said = `${entry.state} ${entry.presented}`
      if (held.length === 0 || state.noted.get(entry.id) === said) continue
      const ids = held.map(({ message }) => message.id)
      const progress = ids.map((one) => ({ id: one, presented: timesShown(entry) }))
      const far = entry.state === 'failed' || entry.state === 'acknowledged' ? 'queued' : entry.state
      await note(
        now,
        id,
        { state: far, seenBy: entry.seenBy, why: isSettled(entry) ? '' : entry.why },
        progress,
      )
      if (entry.state === 'failed') await failed(now, spec, id, state, ids, entry)
      if (entry.state === 'acknowledged') await done(now, id, state, ids)
      crashPoint('inbox.settled')
      state.noted.set(entry.id, said)
    }
  }

  /** Read is done with, where nothing is to be done: once it is seen, or nobody can prove that it was. */
  async function settleNews(now: Town, spec: AgentSpec, id: string, state: Tended): Promise<void> {
    const read = state.held.filter((one) => {
      const entry = isActionable(one.message.content) ? undefined : showing(spec.name, one)
      const unproven =
        entry?.state === 'submitted' && world.clock.now().wall - (entry.submittedAt ?? 0) > provenMs
      return entry?.state === 'seen' || unproven
    })
    if (read.length > 0)
      await done(
        now,
        id,
        state,
        read.map(({ message }) => message.id),
      )
  }

  /** What a person took back is given up; what could not be typed is tried again, and counted. */
  async function failed(
    now: Town,
    spec: AgentSpec,
    id: string,
    state: Tended,
    ids: readonly string[],
    { why }: Entry,
  ): Promise<void> {
    if (why !== 'withdrawn') return back(now, spec, id, state, ids, why ?? 'it could not be typed')
    await giveUp(now, id, ids, why)
    state.held = state.held.filter(({ message }) => !ids.includes(message.id))
  }

  async function done(now: Town, id: string, state: Tended, ids: readonly string[]): Promise<void> {
    await acknowledge(now, id, ids)
    state.held = state.held.filter(({ message }) => !ids.includes(message.id))
  }

  async function back(
    now: Town,
    spec: AgentSpec,
    id: string,
    state: Tended,
    ids: readonly string[],
    why: string,
  ): Promise<void> {
    tellOfDead(spec, await giveBack(now, id, ids, why))
    state.held = state.held.filter(({ message }) => !ids.includes(message.id))
  }

  function tellOfDead(spec: AgentSpec, given: ReadonlyMap<string, GivenBack>): void {
    for (const [id, result] of given)
      if (result === 'dead')
        world.report({
          kind: 'ping-failed',
          agent: spec.name,
          id,
          because: 'a message of its inbox is a dead letter: it was shown three times and never acknowledged',
        })
  }

  /** What was shown to a session that is over goes back, and is shown to the next one at once. */
  async function release(now: Town, spec: AgentSpec, id: string, state: Tended): Promise<void> {
    const seen = engine().crew().observer.sighting(spec)
    if (seen.kind === 'unknown' || seen.kind === 'foreign') return
    const pane = seen.kind === 'alive' ? `${seen.pane.paneId}:${seen.pane.panePid}` : undefined
    const since = seen.kind === 'alive' ? seen.pane.createdAt : undefined
    const lost = state.held.filter((one) => {
      const entry = showing(spec.name, one)
      if (entry !== undefined) return isShown(entry) && entry.pane !== pane
      const taken = one.envelope.by === 'take' || one.envelope.state !== 'queued'
      return taken && (since === undefined || (one.envelope.claimedAt ?? 0) < since)
    })
    if (lost.length === 0) return
    await back(
      now,
      spec,
      id,
      state,
      lost.map(({ message }) => message.id),
      'its session ended',
    )
    crashPoint('inbox.released')
  }

  const isShown = ({ state }: Entry): boolean => state === 'submitted' || state === 'seen'

  /** An agent that works, asks or is held keeps what it has; one that is free and silent lets it run out. */
  async function keepLeases(now: Town, spec: AgentSpec, id: string, state: Tended): Promise<void> {
    if (state.held.length === 0) return
    const { mono } = world.clock.now()
    const { leaseMs } = world.fleet().town
    const every = Math.max(500, Math.min(60_000, leaseMs / 4))
    if (mono - state.renewedAt < every) return
    state.renewedAt = mono
    const typed = state.held.filter((one) => isBusy(spec) || isOnItsWay(spec, one))
    await renew(
      now,
      id,
      typed.map(({ message }) => message.id),
      leaseMs,
    )
    const given = await expire(now, id)
    tellOfDead(spec, given)
    if (given.size > 0) state.told = ''
    if (given.size > 0) state.held = state.held.filter(({ message }) => !given.has(message.id))
  }

  const isOnItsWay = (spec: AgentSpec, one: Held): boolean => {
    const entry = showing(spec.name, one)
    return entry !== undefined && !isSettled(entry)
  }

  function isBusy(spec: AgentSpec): boolean {
    const seen = engine().crew().observer.sighting(spec)
    if (inTheWay(engine().crew(), engine().memory(), spec.name) !== undefined) return true
    return seen.kind === 'alive' && ['working', 'waiting'].includes(seen.reading.state)
  }

  async function deliver(
    now: Town,
    spec: AgentSpec,
    id: string,
    state: Tended,
    inbox: number,
    urgent: number,
  ): Promise<void> {
    await show(now, spec, state)
    const what = canTake(spec, state, inbox, urgent)
    if (what === undefined) return
    const { leaseMs } = world.fleet().town
    const taken = await claim(now, id, { leaseMs, by: me, urgentOnly: what === 'urgent' })
    crashPoint('inbox.claimed')
    state.held.push(...taken.held)
    await show(now, spec, state)
  }

  /** One batch at a time, at a turn boundary; urgent ones also in a turn, where the backend takes them or is made to. */
  function canTake(
    spec: AgentSpec,
    state: Tended,
    inbox: number,
    urgent: number,
  ): 'all' | 'urgent' | undefined {
    if (inbox + urgent === 0 || state.held.length >= mostHeld) return undefined
    if (inTheWay(engine().crew(), engine().memory(), spec.name) !== undefined) return undefined
    const waits = world.outbox
      .peek()
      .entries.filter((entry) => entry.agent === spec.name && !isSettled(entry))
    const seen = engine().crew().observer.sighting(spec)
    const backend = world.fleet().backends[spec.backend]
    if (seen.kind !== 'alive' || backend === undefined) return undefined
    if (waits.some(({ kind }) => kind === 'kickoff')) return undefined
    const mine = waits.filter((entry) => entry.mail !== undefined)
    if (!inTurn(backend, seen.reading)) return mine.length === 0 ? 'all' : undefined
    const cuts = backend.steers || backend.interruptKey !== undefined
    return urgent > 0 && cuts && mine.every(({ mode }) => mode === 'queue') ? 'urgent' : undefined
  }

  /** Puts into the outbox what is claimed here and was never put there: just now, or by a watchdog that died then. */
  async function show(now: Town, spec: AgentSpec, state: Tended): Promise<void> {
    const loose = state.held.filter(
      (one) =>
        one.envelope.by === me && one.envelope.state === 'queued' && showing(spec.name, one) === undefined,
    )
    if (loose.length === 0) return
    for (const batch of batchesOf(loose)) {
      await queueMessage(world, await entryOf(now, spec, batch))
      crashPoint('inbox.queued')
    }
    void engine().refresh()
  }

  /** The same line each time; again only when something came since, or came back. */
  async function tell(now: Town, spec: AgentSpec, id: string, state: Tended, count: number): Promise<void> {
    if (count === 0) state.told = ''
    if (count === 0 || inTheWay(engine().crew(), engine().memory(), spec.name) !== undefined) return
    const newest = `notice-${await newestOf(now, id)}-`
    const { entries } = world.outbox.peek()
    state.told ??= entries.some((entry) => entry.id.startsWith(newest)) ? newest : ''
    if (state.told === newest) return
    const draft = { agent: spec.name, kind: 'inbox' as const, text: noticeText(count) }
    await queueMessage(world, { ...draft, id: `${newest}${world.clock.now().wall}` })
    state.told = newest
    void engine().refresh()
  }

  async function newestOf(now: Town, id: string): Promise<string> {
    const ends = await now.redis.pipeline([
      ['LINDEX', now.keys.urgent(id), 0],
      ['LINDEX', now.keys.inbox(id), -1],
    ])
    return ends.map((raw) => /"id":"([0-9a-f-]{36})"/.exec(String(raw))?.[1] ?? 'none').join('-')
  }

  return { pulse }
}
