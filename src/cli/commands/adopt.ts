import type { Command } from '../types.ts'
import { change } from './change.ts'

export const command: Command = (call, deps) => change(call, deps, ({ control }) => control.adopt(call.args))
