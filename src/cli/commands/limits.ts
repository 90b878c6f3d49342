import { Exit } from '../../core/errors.ts'
import { limitsText } from '../render/limits.ts'
import { styleFor, toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ control }) => {
    const report = await control.limits()
    await deps.io.out(
      call.options.json === true ? toJson(report) : limitsText(report, styleFor(deps.io.color)),
    )
    return Exit.done
  })
