import { type EpochMs, type Fleet, within } from '../../core/index.ts'
import { type MirrorWrite, writeMirror } from '../../town/agents/mirror.ts'
import type { Town } from '../../town/town.ts'
import { fleetId } from '../names.ts'
import type { World } from '../world.ts'
import { createFeed } from './feed.ts'
import { type LedgerAgent, type LedgerState, readLedger } from './ledger.ts'
import { isTownOn, openTown } from './open.ts'

/** A command does not wait longer for a town that is slow. Milliseconds. */
const tellMs = 2_500

/**
 * Tells the town that agents are down where no watchdog is there to do it. A town that cannot be reached learns it from
 * the next watchdog.
 */
export async function tellDown(world: World, names: readonly string[]): Promise<void> {
  const fleet = world.fleet()
  if (names.length === 0 || !(await isTownOn(fleet))) return
  await within(
    world.clock,
    tellMs,
    tell(world, fleet, names).then(undefined, () => undefined),
    undefined,
  )
}

async function tell(world: World, fleet: Fleet, names: readonly string[]): Promise<void> {
  const { state } = await readLedger(world.store)
  const wanted = new Set(names)
  const known = Object.entries(state.agents).filter(
    ([name, agent]) => wanted.has(name) && agent.state !== 'cold',
  )
  if (known.length === 0) return
  const open = await openTown(fleet, { env: world.env, role: 'down', start: false })
  await stopAll(world, open.town, state, known).finally(open.close)
}

/** Their records first; then the streams, which are told from the log. */
async function stopAll(
  world: World,
  town: Town,
  state: LedgerState,
  known: readonly [string, LedgerAgent][],
): Promise<void> {
  const owner = fleetId(world.fleet())
  await Promise.all(known.map(([name, agent]) => writeMirror(town, owner, stopOf(name, agent, town.now()))))
  await world.events.flush()
  await createFeed(world).flush(town, owner, { state })
}

const stopOf = (name: string, { id, state, rounds }: LedgerAgent, at: EpochMs): MirrorWrite => ({
  id,
  expect: undefined,
  state: 'stopped',
  rounds,
  fields: {},
  lines: ['🛑 Stopped'],
  event:
    state === 'stopped'
      ? undefined
      : {
          type: 'agent_state_changed',
          agent: id,
          oldState: state,
          newState: 'stopped',
          message: `${name} is stopped`,
          at,
        },
  stop: 'honour',
})
