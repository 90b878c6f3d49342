import { durationOption } from '../durations.ts'
import type { Command } from '../types.ts'
import { change } from './change.ts'

export const command: Command = async (call, deps) => {
  const graceMs = durationOption('grace', call.options.grace)
  const fresh = call.options.fresh === true
  const opts = { ...(graceMs === undefined ? {} : { graceMs }), ...(fresh ? { fresh } : {}) }
  return change(call, deps, ({ control }) => control.restart(call.args, opts))
}
