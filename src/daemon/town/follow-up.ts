import { crashPoint } from '../../core/crash-point.ts'
import type { AgentSpec } from '../../core/index.ts'
import { type Entry, isSettled, timesShown } from '../../delivery/entry.ts'
import { expire, type GivenBack, giveBack, giveUp, type Held, note, renew } from '../../town/inbox/claim.ts'
import { acknowledge } from '../../town/inbox/settle.ts'
import { beginShown } from '../../town/tasks/present.ts'
import type { Town } from '../../town/town.ts'
import { isActionable } from '../../town/wire/message.ts'
import type { Engine } from '../engine.ts'
import { intentOf } from '../intents.ts'
import { inTheWay } from '../ops/in-the-way.ts'
import type { World } from '../world.ts'
import { entryShowing, idsOf, letGo, mailEntries, type Tended } from './tended.ts'

/** So long after its key a message that only informs counts as read, proof or not. Milliseconds. */
const provenMs = 120_000

export type FollowUp = (now: Town, spec: AgentSpec, id: string, state: Tended) => Promise<void>

/** What becomes of messages that are claimed: shown, read, given back, kept or run out. */
export function createFollowUp(world: World, engine: () => Engine): FollowUp {
  /** Tells Redis how far each showing came, and settles what is settled by it. */
  async function settle(now: Town, spec: AgentSpec, id: string, state: Tended): Promise<void> {
    for (const entry of mailEntries(world, spec.name)) {
      const held = state.held.filter((one) => entryShowing(world, spec.name, one) === entry)
      const said = `${entry.state} ${entry.presented}`
      if (held.length === 0 || state.noted.get(entry.id) === said) continue
      const ids = idsOf(held)
      const progress = ids.map((one) => ({ id: one, presented: timesShown(entry) }))
      const far = entry.state === 'failed' || entry.state === 'acknowledged' ? 'queued' : entry.state
      await note(
        now,
        id,
        { state: far, seenBy: entry.seenBy, why: isSettled(entry) ? '' : entry.why },
        progress,
      )
      if (entry.state === 'submitted' || entry.state === 'seen')
        await beginShown(
          now,
          id,
          held.map(({ message }) => message),
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
      const entry = isActionable(one.message.content) ? undefined : entryShowing(world, spec.name, one)
      const unproven =
        entry?.state === 'submitted' && world.clock.now().wall - (entry.submittedAt ?? 0) > provenMs
      return entry?.state === 'seen' || unproven
    })
    if (read.length > 0) await done(now, id, state, idsOf(read))
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
    letGo(state, ids)
  }

  async function done(now: Town, id: string, state: Tended, ids: readonly string[]): Promise<void> {
    await acknowledge(now, id, ids)
    letGo(state, ids)
  }

  async function back(
    now: Town,
    spec: AgentSpec,
    id: string,
    state: Tended,
    ids: readonly string[],
    why: string,
    blameless = false,
  ): Promise<void> {
    tellOfDead(spec, await giveBack(now, id, ids, why, { blameless }))
    letGo(state, ids)
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
      const entry = entryShowing(world, spec.name, one)
      if (entry !== undefined) return isShown(entry) && entry.pane !== pane
      const taken = one.envelope.by === 'take' || one.envelope.state !== 'queued'
      return taken && (since === undefined || (one.envelope.claimedAt ?? 0) < since)
    })
    if (lost.length === 0) return
    const asked = intentOf(world.intents.peek(), spec.name)
    // A person ended it, or began it anew: that is no fault of what it was shown.
    const byPeople = (one: Held) => asked.by === 'operator' && asked.at >= (one.envelope.claimedAt ?? 0)
    await back(now, spec, id, state, idsOf(lost.filter(byPeople)), 'its session was stopped', true)
    const others = lost.filter((one) => !byPeople(one))
    await back(now, spec, id, state, idsOf(others), 'its session ended')
    crashPoint('inbox.released')
  }

  const isShown = ({ state }: Entry): boolean => state === 'submitted' || state === 'seen'

  /** An agent that works, asks or is held keeps what it has; one that is free and silent lets it run out. */
  async function keepLeases(now: Town, spec: AgentSpec, id: string, state: Tended): Promise<void> {
    if (state.held.length === 0) return
    const { mono, wall } = world.clock.now()
    const { leaseMs } = world.fleet().town
    const every = Math.max(500, Math.min(60_000, leaseMs / 4))
    const passed = Math.max(mono - state.renewedAt, wall - state.renewedWall)
    if (passed < every) return
    state.renewedAt = mono
    state.renewedWall = wall
    const typed = state.held.filter((one) => isBusy(spec) || isOnItsWay(spec, one))
    await renew(now, id, idsOf(typed), leaseMs)
    const given = await expire(now, id)
    tellOfDead(spec, given)
    if (given.size > 0) state.told = ''
    letGo(state, [...given.keys()])
  }

  const isOnItsWay = (spec: AgentSpec, one: Held): boolean => {
    const entry = entryShowing(world, spec.name, one)
    return entry !== undefined && !isSettled(entry)
  }

  function isBusy(spec: AgentSpec): boolean {
    const seen = engine().crew().observer.sighting(spec)
    if (inTheWay(engine().crew(), engine().memory(), spec.name) !== undefined) return true
    return seen.kind === 'alive' && ['working', 'waiting'].includes(seen.reading.state)
  }

  return async (now, spec, id, state) => {
    await settle(now, spec, id, state)
    await settleNews(now, spec, id, state)
    await release(now, spec, id, state)
    await keepLeases(now, spec, id, state)
  }
}
