import type { Command } from '../types.ts'
import { change } from './change.ts'

export const command: Command = (call, deps) =>
  change(call, deps, ({ control }) =>
    call.options.fresh === true ? control.up(call.args, { fresh: true }) : control.up(call.args),
  )
