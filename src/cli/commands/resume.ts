import type { Command } from '../types.ts'
import { change, namesOrAll } from './change.ts'
import { inSession, orderAgents } from './order-agents.ts'

export const command: Command = async (call, deps) => {
  const names = namesOrAll(call)
  if (names.length === 0) return change(inSession(call, deps), deps, ({ control }) => control.resume([]))
  return orderAgents(call, deps, 'resume', (control, own) => control.resume(own))
}
