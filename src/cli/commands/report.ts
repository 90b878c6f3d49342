import { Exit } from '../../core/errors.ts'
import { forError, isReportState, LONGEST_REPORT_MS, stateError } from '../../core/report.ts'
import { visible } from '../../core/text.ts'
import { clockTime, durationOption } from '../durations.ts'
import { handIn, type Words } from '../hand-in.ts'
import { toJson } from '../text.ts'
import type { Command, Invocation } from '../types.ts'

/** What a hook says goes a shorter way: quick-report.ts. */
export const command: Command = async (call, deps) => {
  const words = wordsOf(call, deps.now())
  const { reported, away } = await handIn(await deps.reportDoor(), deps.env, words, deps.now())
  const { agent, state, at, until } = reported
  if (call.options.json === true)
    await deps.io.out(toJson({ version: 1, agent, state, at, until, delivered: away === undefined }))
  else {
    const later = away === undefined ? '' : `; ${away}, so it waits for the next one`
    await deps.io.out(`${agent} says ${state} until ${clockTime(until, deps.now())}${visible(later)}\n`)
  }
  return Exit.done
}

function wordsOf(call: Invocation, at: number): Words {
  const { reason } = call.options
  const state = call.args[0]!
  if (!isReportState(state)) throw stateError(state)
  const forMs = durationOption('for', call.options.for)
  if (forMs !== undefined && !(forMs > 0 && forMs <= LONGEST_REPORT_MS)) throw forError()
  return {
    state,
    at,
    ...(typeof reason === 'string' ? { reason } : {}),
    ...(forMs === undefined ? {} : { forMs }),
  }
}
