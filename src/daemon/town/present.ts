import { crashPoint } from '../../core/crash-point.ts'
import type { AgentSpec } from '../../core/index.ts'
import { isSettled, timesShown } from '../../delivery/entry.ts'
import { claim, type Held } from '../../town/inbox/claim.ts'
import { noticeText } from '../../town/inbox/frame.ts'
import { stillAsked } from '../../town/tasks/still-asked.ts'
import type { Town } from '../../town/town.ts'
import { inTurn } from '../../watchdog/talk.ts'
import { queueMessage } from '../act/deliver.ts'
import type { Engine } from '../engine.ts'
import { inTheWay } from '../ops/in-the-way.ts'
import type { World } from '../world.ts'
import { batchesOf, entryOf } from './batch.ts'
import { entryShowing, mailEntries, noticeId, type Tended } from './tended.ts'

/** Who claims here, in the envelope. */
const me = 'delivery'
/** Messages that an agent may have and not have acknowledged; more wait in its inbox. */
const mostHeld = 256

export interface Presenter {
  deliver(now: Town, spec: AgentSpec, id: string, state: Tended, inbox: number, urgent: number): Promise<void>
  tell(now: Town, spec: AgentSpec, id: string, state: Tended, count: number): Promise<void>
}

/** Brings what waits in an inbox into the outbox: whole, or as one line that tells of it. */
export function createPresenter(world: World, engine: () => Engine): Presenter {
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
    state.held.push(...(await stillAsked(now, id, taken.held)))
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
    const goesBefore = urgent > 0 && mine.every(({ mode }) => mode === 'queue')
    if (!inTurn(backend, seen.reading) && mine.length === 0) return 'all'
    // Before what is on its way and cannot be typed: a person types, the program has not drawn its composer.
    if (!inTurn(backend, seen.reading)) return goesBefore ? 'urgent' : undefined
    const cuts = backend.steers || backend.interruptKey !== undefined
    return goesBefore && cuts ? 'urgent' : undefined
  }

  /** Puts into the outbox what is claimed here and was never put there: just now, or by a watchdog that died then. */
  async function show(now: Town, spec: AgentSpec, state: Tended): Promise<void> {
    const loose = state.held.filter(
      (one) =>
        one.envelope.by === me &&
        one.envelope.state === 'queued' &&
        entryShowing(world, spec.name, one) === undefined,
    )
    if (loose.length === 0) return
    for (const batch of batchesOf(loose.map((one) => asShown(spec, one)))) {
      await queueMessage(world, await entryOf(now, spec, batch))
      crashPoint('inbox.queued')
    }
    void engine().refresh()
  }

  /** A Redis that lost its last second does not know what was shown in it; the outbox does. */
  function asShown(spec: AgentSpec, one: Held): Held {
    const times = mailEntries(world, spec.name)
      .filter(({ mail }) => mail!.some(({ id }) => id === one.message.id))
      .map(timesShown)
    return { ...one, envelope: { ...one.envelope, presented: Math.max(one.envelope.presented, ...times) } }
  }

  /** The same line each time; again only when something came since, or came back. */
  async function tell(now: Town, spec: AgentSpec, id: string, state: Tended, count: number): Promise<void> {
    if (count === 0) state.told = ''
    if (count === 0 || inTheWay(engine().crew(), engine().memory(), spec.name) !== undefined) return
    const newest = `${noticeId}${await newestOf(now, id)}-`
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

  return { deliver, tell }
}
