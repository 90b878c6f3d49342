import { durationOption } from '../durations.ts'
import type { Command } from '../types.ts'
import { change } from './change.ts'

export const command: Command = async (call, deps) => {
  const graceMs = durationOption('grace', call.options.grace)
  const opts = graceMs === undefined ? {} : { graceMs }
  return change(call, deps, ({ control }) => control.down(call.args, opts))
}
