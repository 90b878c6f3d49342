import type { CliDeps, Invocation, OpenTown } from './types.ts'
import { fleetOf } from './with-fleet.ts'

/**
 * Opens the town of the fleet, gives it to `body`, and closes it whatever happens. In an agent's session its environment
 * tells the config, whatever folder it works in.
 * @param options.start false: a server of the fleet's own that does not run is not started for this
 * @param options.deadlineMs for each call; 2 s where one reads or writes no more than a few records
 */
export async function withTown<T>(
  call: Invocation,
  deps: CliDeps,
  body: (open: OpenTown) => Promise<T>,
  options?: { start?: boolean; deadlineMs?: number },
): Promise<T> {
  const fleet = await fleetOf({ ...call, config: call.config ?? deps.env.AGENTS_CONFIG }, deps)
  const open = await deps.openTown(fleet, options)
  try {
    return await body(open)
  } finally {
    await open.close()
  }
}
