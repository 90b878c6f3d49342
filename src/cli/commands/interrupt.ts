import type { Command } from '../types.ts'
import { orderAgents } from './order-agents.ts'

export const command: Command = (call, deps) =>
  orderAgents(call, deps, 'interrupt', (control, names) => control.interrupt(names))
