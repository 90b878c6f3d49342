import type { Command } from '../types.ts'
import { change, namesOrAll } from './change.ts'

export const command: Command = async (call, deps) => {
  const names = namesOrAll(call)
  return change(call, deps, ({ control }) => control.resume(names))
}
