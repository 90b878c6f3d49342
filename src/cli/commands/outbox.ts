import { Exit } from '../../core/errors.ts'
import { requireAgent } from '../names.ts'
import { outboxText } from '../render/message.ts'
import { styleFor, toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ fleet, control }) => {
    const name = call.args[0]
    if (name !== undefined) requireAgent(name, fleet)
    const { withdraw } = call.options
    const messages =
      typeof withdraw === 'string' ? [await control.withdraw(withdraw)] : await control.outbox(name)
    const view = { style: styleFor(deps.io.color), columns: deps.io.columns, now: deps.now() }
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, at: deps.now(), messages })
        : outboxText(messages, view),
    )
    return Exit.done
  })
