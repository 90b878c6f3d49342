import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { cell, columnsOf } from '../render/columns.ts'
import { toJson } from '../text.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

export const command: Command = async (call, deps) => {
  const { init, tasks } = call.options
  if (init === true && tasks === true)
    throw new UserError({
      code: 'CLI_ARGUMENTS',
      what: 'agents plan takes --init or --tasks, not both.',
      fix: 'Write agents plan --init to create tasks.toml, agents plan --tasks to see it.',
      exit: Exit.usage,
    })
  if (init === true) return (await import('./plan-file.ts')).createPlan(call, deps)
  if (tasks === true) return (await import('./plan-file.ts')).showPlan(call, deps)
  return nextTick(call, deps)
}

const nextTick: Command = (call, deps) =>
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
