import { runPrinting } from '../foreground.ts'
import type { Command } from '../types.ts'

export const command: Command = (call, deps) =>
  runPrinting(call, deps, { inSession: false, stateDir: undefined })
