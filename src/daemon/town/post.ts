import type { AgentSpec } from '../../core/index.ts'
import { claimants, heldOf, mend } from '../../town/inbox/claim.ts'
import { stillAsked } from '../../town/tasks/still-asked.ts'
import type { Town } from '../../town/town.ts'
import type { Engine } from '../engine.ts'
import type { World } from '../world.ts'
import type { TownPulse } from './door.ts'
import { createFollowUp } from './follow-up.ts'
import { createPresenter } from './present.ts'
import { newTended, type Tended } from './tended.ts'

export interface InboxPost {
  /** One round over all agents of whom something is to be done. Fails as Redis does; the next round goes on. */
  pulse(pulse: TownPulse): Promise<void>
}

/** How often claims are read again that nothing happened to, so that what others settled is known. Milliseconds. */
const readEveryMs = 5_000
/** How often it is asked who has claims at all: of an earlier watchdog, of `inbox take`. Milliseconds. */
const askEveryMs = 30_000

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
  const followUp = createFollowUp(world, engine)
  const presenter = createPresenter(world, engine)
  let town: Town | undefined
  let countedAt = Number.NEGATIVE_INFINITY

  function tended(agent: string): Tended {
    const known = agents.get(agent)
    if (known !== undefined) return known
    const fresh = newTended()
    agents.set(agent, fresh)
    return fresh
  }

  async function pulse({ town: now, mail }: TownPulse): Promise<void> {
    if (now !== town) {
      agents.clear()
      town = now
      countedAt = Number.NEGATIVE_INFINITY
    }
    if (mail.size === 0 && agents.size === 0 && !isCountDue()) return
    const specs = world
      .fleet()
      .agents.filter((spec) => spec.kind !== 'worker' && idOf(spec.name) !== undefined)
    await countClaims(now, specs)
    await world.outbox.read()
    for (const name of agents.keys()) if (!specs.some((spec) => spec.name === name)) agents.delete(name)
    const tending = specs.flatMap((spec) => {
      const waiting = mail.get(spec.name) ?? { id: idOf(spec.name)!, inbox: 0, urgent: 0 }
      return waiting.inbox + waiting.urgent > 0 || agents.has(spec.name) ? [tend(now, spec, waiting)] : []
    })
    // What is wrong with one mailbox is no reason to leave the others; what is wrong with Redis is told once.
    const failed = (await Promise.allSettled(tending)).find((one) => one.status === 'rejected')
    if (failed !== undefined) throw failed.reason
  }

  const isCountDue = (): boolean => world.clock.now().mono - countedAt >= askEveryMs

  /** Finds agents with claims of an earlier watchdog, or of their own `inbox take`. */
  async function countClaims(now: Town, specs: readonly AgentSpec[]): Promise<void> {
    if (!isCountDue()) return
    const { mono } = world.clock.now()
    const holding = await claimants(
      now,
      specs.map((spec) => idOf(spec.name)!),
    )
    for (const spec of specs) if (holding.has(idOf(spec.name)!)) tended(spec.name)
    countedAt = mono
  }

  async function tend(
    now: Town,
    spec: AgentSpec,
    { id, inbox, urgent }: { id: string; inbox: number; urgent: number },
  ): Promise<void> {
    const state = tended(spec.name)
    const { mono } = world.clock.now()
    if (inbox + urgent > 0) state.waitedAt = mono
    // Taken since by somebody else: whose it is now is to be known.
    const taken = inbox + urgent === 0 && state.waitedAt > state.readAt
    if (taken || mono - state.readAt >= readEveryMs) await readAgain(now, id, state)
    await followUp(now, spec, id, state)
    if (spec.inbox === 'deliver') await presenter.deliver(now, spec, id, state, inbox, urgent)
    if (spec.inbox === 'notify') await presenter.tell(now, spec, id, state, inbox + urgent)
    if (state.held.length === 0 && inbox + urgent === 0) agents.delete(spec.name)
  }

  async function readAgain(now: Town, id: string, state: Tended): Promise<void> {
    state.readAt = world.clock.now().mono
    await mend(now, id)
    const held = await heldOf(now, id)
    const shown = held.filter(({ envelope }) => envelope.state !== 'queued')
    // What waits to be typed may have been done meanwhile, e.g. by `tt task complete`.
    const asked = await stillAsked(
      now,
      id,
      held.filter((one) => !shown.includes(one)),
    )
    state.held = held.filter((one) => shown.includes(one) || asked.includes(one))
  }

  return { pulse }
}
