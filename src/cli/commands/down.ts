import { durationOption } from '../durations.ts'
import type { Command, OpenFleet } from '../types.ts'
import { change } from './change.ts'

export const command: Command = async (call, deps) => {
  const graceMs = durationOption('grace', call.options.grace)
  const opts = graceMs === undefined ? {} : { graceMs }
  return change(call, deps, ({ control }) => control.down(call.args, opts), unmanaged)
}

/** What runs and is in the config no more can be taken down, too. */
async function unmanaged({ control }: OpenFleet): Promise<string[]> {
  return (await control.status()).unmanaged.map(({ agent }) => agent.replace(/^service:/, ''))
}
