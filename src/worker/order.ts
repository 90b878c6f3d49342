import { GUARD, INTERRUPTED } from '../town/agents/orders.ts'
import type { Order } from './types.ts'

/** What stands in the record of a worker, and beside it. */
export interface Marks {
  /** Empty without a record. */
  state: string
  /** Value of its stop flag; empty without one. */
  stop: string
  /** Newest line of activity. */
  line: string
}

/**
 * What is wanted of a worker. `tt kill` leaves a stop flag and `stopped`, `tt close` a stop flag and `draining`; `tt
 * interrupt` leaves `paused` and a line, while a pause of ours leaves only the state.
 */
export function orderOf({ state, stop, line }: Marks): Order {
  if (stop !== '' && stop !== GUARD) return state === 'draining' ? 'close' : 'stop'
  if (state === 'draining') return 'close'
  if (state === 'paused') return line.startsWith(INTERRUPTED) ? 'interrupt' : 'pause'
  return 'none'
}
