import { Exit, type ExitCode } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import type { Outcome } from '../../daemon/control/control.ts'
import { styleFor, toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { cell, columnsOf } from './columns.ts'

/** Prints what a changing verb did, a line a name, and answers the exit code that follows from it. */
export async function printOutcomes(
  outcomes: readonly Outcome[],
  call: Invocation,
  deps: CliDeps,
): Promise<ExitCode> {
  if (call.options.json === true) await deps.io.out(toJson({ version: 1, outcomes }))
  else await deps.io.out(outcomesText(outcomes, deps))
  return outcomes.some(isBad) ? Exit.failed : Exit.done
}

function outcomesText(outcomes: readonly Outcome[], deps: CliDeps): string {
  if (outcomes.length === 0) return ' nothing to do\n'
  const style = styleFor(deps.io.color)
  const rows = outcomes.map((outcome) => [
    cell(visible(outcome.name)),
    cell(outcome.result, isBad(outcome) ? style.red : isChange(outcome) ? style.green : style.dim),
    cell(visible(outcome.detail)),
  ])
  return `${columnsOf(rows, undefined).join('\n')}\n`
}

const isBad = (outcome: Outcome): boolean => outcome.result === 'failed' || outcome.result === 'refused'
const isChange = (outcome: Outcome): boolean =>
  !['already-up', 'not-running', 'skipped'].includes(outcome.result)
