import type { AgentState } from '../wire/agent-record.ts'
import { isTerminal } from '../wire/agent-record.ts'

/** What the `tt` of tinytown 0.10 can ask of an agent. */
export type Order = 'kill' | 'interrupt' | 'resume' | 'close' | 'restart'

/**
 * The stop flag of an agent: none; set by somebody who wants it to stop; or ours, which makes a loop of `tt` leave that
 * a `tt restart` started on our agent's id.
 */
export type StopFlag = 'none' | 'asked' | 'guard'

/** Our own value of a stop flag; `tt` writes `1` and looks only whether there is one. */
export const GUARD = 'guard'

/** What a pulse found of one agent, beside what we wrote there. */
export interface Found {
  state: AgentState
  /** `fleet_state`: the state that we wrote last. */
  ours: AgentState
  stop: StopFlag
  /** Newest activity line. */
  line: string
  /** An operator's pause is why it is `paused`; what else is told as `paused` can still be interrupted. */
  paused: boolean
}

export type Verdict =
  /** As we left it. */
  | { kind: 'same' }
  | { kind: 'order'; order: Order }
  /** The marks of an order are not complete; `tt` writes them one after the other. Looked at again soon. */
  | { kind: 'wait' }
  /** Somebody wrote it without meaning an order: what is true is written over it. */
  | { kind: 'mend' }

const order = (one: Order): Verdict => ({ kind: 'order', order: one })
const wait: Verdict = { kind: 'wait' }
const mend: Verdict = { kind: 'mend' }

/** Begin the lines that `tt interrupt` and `tt restart` leave. */
export const INTERRUPTED = '⏸️ Interrupted'
const RESTARTED = '🔄 Restarted'

/**
 * Which order somebody gave by writing into the record of an agent. The state alone is no order: `tt kill` and `tt close`
 * leave a stop flag, while a loop of `tt` that leaves, or `tt recover`, writes `stopped` without one.
 * @param again the same was found before, so that nothing more is to come
 */
export function orderIn(found: Found, again: boolean): Verdict {
  if (found.stop === 'asked') return stopOrder(found, again)
  if (found.state === found.ours) return silent(found, again)
  switch (found.state) {
    case 'paused':
      return isTerminal(found.ours) ? mend : order('interrupt')
    case 'idle':
      return fromIdle(found, again)
    // The flag of `tt close` follows its state; the flag of `tt kill` goes before.
    case 'draining':
      return again ? mend : wait
    default:
      return mend
  }
}

function stopOrder(found: Found, again: boolean): Verdict {
  if (found.state === 'stopped' && found.ours !== 'stopped') return order('kill')
  if (found.state === 'draining' && found.ours !== 'draining') return order('close')
  // A flag without its state: the state is still to come, or another writer has covered it.
  if (!again) return wait
  return order(found.state === 'draining' ? 'close' : 'kill')
}

/**
 * What the line of an order begins with that changes nothing in the record of an agent in this state; '' where there is none.
 * Interrupted: one that was told as paused. Restarted: one that was stopped and restarted between two looks.
 * @param paused see `Found`
 */
export function lineOf(state: AgentState, paused: boolean): string {
  if (state === 'paused') return paused ? '' : INTERRUPTED
  return state === 'idle' ? RESTARTED : ''
}

/** The same word written again shows only in the line that `tt` leaves. */
function silent({ state, paused, line }: Found, again: boolean): Verdict {
  const begin = lineOf(state, paused)
  if (begin === '' || !line.startsWith(begin)) return { kind: 'same' }
  if (state === 'idle') return order('restart')
  return again ? order('interrupt') : wait
}

/** `idle` is written by `resume`, by `restart`, and by a loop of `tt` that has nothing to do. */
function fromIdle({ ours, stop, line }: Found, again: boolean): Verdict {
  if (ours === 'paused') return order('resume')
  if (!isTerminal(ours)) return line.startsWith(RESTARTED) ? order('restart') : mend
  if (stop !== 'guard' || line.startsWith(RESTARTED)) return order('restart')
  return again ? mend : wait
}
