import { Exit } from '../../core/errors.ts'
import { renderAsks } from '../render/asks.ts'
import { styleFor, toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ control }) => {
    const asks = await control.asks()
    const text = renderAsks(asks, deps.now(), styleFor(deps.io.color))
    await deps.io.out(call.options.json === true ? toJson({ version: 1, asks }) : text)
    return call.options.check === true && asks.length > 0 ? Exit.needsPerson : Exit.done
  })
