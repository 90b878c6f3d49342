import type { ExitCode } from '../../core/errors.ts'
import type { FleetControl, Outcome } from '../../daemon/control/control.ts'
import { agentsOf } from '../../daemon/control/targets.ts'
import { fleetId } from '../../daemon/names.ts'
import { isTownOn } from '../../daemon/town/open.ts'
import { findAgent } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import { orderAnother, type WrittenOrder } from '../../town/agents/order-others.ts'
import type { Town } from '../../town/town.ts'
import { knownNames, requireKnown } from '../names.ts'
import { printOutcomes } from '../render/outcomes.ts'
import type { CliDeps, Invocation, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { prepareChange } from './change.ts'

/** Agents of this fleet, by name, and agents of others in its town. */
export interface Meant {
  own: string[]
  others: Whom[]
}

/** In an agent's session the environment tells the config, whatever folder it works in. */
export const inSession = (call: Invocation, deps: CliDeps): Invocation => ({
  ...call,
  config: call.config ?? deps.env.AGENTS_CONFIG,
})

/**
 * An order to agents, each in the way that is right for it: those of this fleet by their sessions, others by what their
 * loops look for. All names are looked up before anything is done.
 */
export async function orderAgents(
  call: Invocation,
  deps: CliDeps,
  order: WrittenOrder,
  own: (control: FleetControl, names: readonly string[]) => Promise<Outcome[]>,
): Promise<ExitCode> {
  return withFleet(inSession(call, deps), deps, (open) =>
    withMeant(open, deps, call.args, async (meant, town) => {
      const outcomes = meant.own.length === 0 ? [] : await own(await ready(open, deps), meant.own)
      for (const whom of meant.others) outcomes.push(await orderOne(town!, whom, order))
      return printOutcomes(outcomes, call, deps)
    }),
  )
}

async function ready(open: OpenFleet, deps: CliDeps): Promise<FleetControl> {
  await prepareChange(open, deps)
  return open.control
}

async function orderOne(town: Town, whom: Whom, order: WrittenOrder): Promise<Outcome> {
  const done = await orderAnother(town, whom, order)
  const { name } = whom
  if (done === undefined) return { name, result: 'skipped', detail: `is ${whom.record?.state} already` }
  return {
    name,
    result: results[order],
    detail: `is told so in the town: ${done}; its loop finds it at its next round`,
  }
}

const results: Record<WrittenOrder, Outcome['result']> = {
  kill: 'stopped',
  interrupt: 'paused',
  resume: 'resumed',
  close: 'draining',
}

/**
 * Who is meant. The town is opened only for names that are none of this fleet's; ids, nicknames and labels are taken, too.
 * @throws {UserError} NAME_NO_AGENT (exit 2); NAME_UNKNOWN without a town; TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2)
 */
export async function withMeant<T>(
  { fleet }: OpenFleet,
  deps: CliDeps,
  given: readonly string[],
  body: (meant: Meant, town: Town | undefined) => Promise<T>,
): Promise<T> {
  // Services and the watchdog are known, too, and take no such order.
  const known = new Set(knownNames(fleet))
  const unknown = given.filter((name) => !known.has(name))
  const own = given.filter((name) => known.has(name))
  if (own.length > 0) agentsOf(fleet, own)
  const [first] = unknown
  if (first === undefined) return body({ own: [...new Set(own)], others: [] }, undefined)
  if (!(await isTownOn(fleet))) requireKnown(unknown, fleet)
  const open = await deps.openTown(fleet, { start: false })
  try {
    const found = await Promise.all(unknown.map((name) => findAgent(open.town, name)))
    const isOurs = ({ name, record }: Whom) => known.has(name) && record?.extra.fleet_owner === fleetId(fleet)
    const ours = found.filter(isOurs).map(({ name }) => name)
    const others = new Map(found.filter((whom) => !isOurs(whom)).map((whom) => [whom.id, whom]))
    return await body({ own: [...new Set([...own, ...ours])], others: [...others.values()] }, open.town)
  } finally {
    await open.close()
  }
}
