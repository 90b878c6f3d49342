import { runPrinting } from '../foreground.ts'
import type { Command } from '../types.ts'

export const command: Command = (call, deps) =>
  runPrinting(call, deps, {
    inSession: call.options['in-session'] === true,
    stateDir: typeof call.options['state-dir'] === 'string' ? call.options['state-dir'] : undefined,
  })
