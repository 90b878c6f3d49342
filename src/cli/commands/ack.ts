import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

/** In an agent's session its environment tells the config, whatever folder it works in. */
export const command: Command = (call, deps) =>
  withFleet({ ...call, config: call.config ?? deps.env.AGENTS_CONFIG }, deps, async ({ control }) => {
    const message = await control.acknowledge(call.args[0]!)
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, message })
        : `${visible(message.id)} is acknowledged\n`,
    )
    return Exit.done
  })
