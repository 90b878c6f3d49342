import type { Command } from '../types.ts'
import { change } from './change.ts'
import { inSession } from './order-agents.ts'

/** Agents alone: services, the watchdog and the Redis of the town go on, as with tinytown. */
export const command: Command = (call, deps) =>
  change(inSession(call, deps), deps, ({ control, fleet }) => {
    const names = fleet.agents.map((spec) => spec.name)
    return names.length === 0 ? Promise.resolve([]) : control.down(names, {})
  })
