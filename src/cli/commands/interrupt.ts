import type { FleetControl, Outcome } from '../../daemon/control/control.ts'
import type { Command } from '../types.ts'
import { orderAgents } from './order-agents.ts'

export const command: Command = (call, deps) => orderAgents(call, deps, 'interrupt', interruptLiving)

/** Who is over has no turn that could be ended; `pause` keeps such a one from being started. */
async function interruptLiving(control: FleetControl, names: readonly string[]): Promise<Outcome[]> {
  const { agents } = await control.status()
  const over = new Map(
    agents.flatMap(({ name, life }) =>
      ['stopped', 'done', 'parked'].includes(life) ? [[name, life] as const] : [],
    ),
  )
  const living = names.filter((name) => !over.has(name))
  const done = living.length === 0 ? [] : await control.interrupt(living)
  const refused = [...over].flatMap(([name, life]): Outcome[] =>
    names.includes(name)
      ? [
          {
            name,
            result: 'refused',
            detail: `is ${life}: nothing runs that could be interrupted; \`agents pause ${name}\` leaves it alone`,
          },
        ]
      : [],
  )
  return [...done, ...refused]
}
