import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = (call, deps) =>
  withFleet(call, deps, async ({ control }) => {
    const plan = await control.plan()
    const rows = plan.map((line) => [
      cell(visible(line.agent)),
      cell(line.action),
      cell(visible(line.because)),
    ])
    const text = plan.length === 0 ? ' nothing to do\n' : `${columnsOf(rows, undefined).join('\n')}\n`
    await deps.io.out(call.options.json === true ? toJson({ version: 1, plan }) : text)
    return Exit.done
  })
