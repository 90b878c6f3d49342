import type { Beat } from '../../town/agents/mirror.ts'
import { mirroredState } from '../../town/agents/mirror-state.ts'
import { type Order, orderIn, type Verdict } from '../../town/agents/orders.ts'
import { type AgentState, isTerminal } from '../../town/wire/agent-record.ts'
import type { LedgerAgent } from './ledger.ts'
import type { AgentView } from './view.ts'

/** What a pulse leads to for one agent. */
export type Step =
  | { kind: 'rest' }
  /** The marks of an order may not be complete: nothing is written until the next pulse. */
  | { kind: 'wait' }
  /** Its record is gone or not ours: it is enrolled anew. */
  | { kind: 'enrol' }
  | { kind: 'order'; order: Order; found: AgentState }
  | {
      kind: 'write'
      /** State that stands there now. */
      found: AgentState
      state: AgentState
      stop: 'honour' | 'guard' | 'unguard' | ''
    }

/** What changes its record although no state does. */
export interface Pending {
  rounds: boolean
  lines: boolean
  fields: boolean
}

/**
 * Compares what stands in Redis with what is true. An order is found before anything is overwritten; one that is on
 * record already is not found twice.
 * @param again the pulse before found the same of this agent
 */
export function stepOf(
  beat: Beat | undefined,
  agent: LedgerAgent,
  view: AgentView,
  pending: Pending,
  again: boolean,
): Step {
  if (beat !== undefined && beat.what !== 'here') return { kind: 'enrol' }
  const found = beat?.state ?? agent.state
  const ours = beat === undefined ? agent.state : (beat.ours ?? agent.state)
  const stop = beat?.stop ?? 'none'
  const state = aimed(agent, mirroredState({ ...view, started: agent.started, before: agent.state }))
  const ordered = agent.order !== undefined && !agent.order.settled
  if (!ordered) {
    const verdict = orderIn({ state: found, ours, stop, line: beat?.line ?? '', paused: view.paused }, again)
    if (verdict.kind === 'wait') return verdict
    if (verdict.kind === 'order') return { kind: 'order', order: verdict.order, found }
    if (verdict.kind === 'mend' && livesThere(found, ours))
      return { kind: 'write', found, state, stop: 'guard' }
  } else if (beat !== undefined) {
    const verdict = nextOrder(agent, beat, view, again)
    if (verdict.kind === 'wait') return verdict
    if (verdict.kind === 'order') return { kind: 'order', order: verdict.order, found }
  }
  const same = found === state && ours === state && agent.state === state
  if (same && !ordered && !pending.rounds && !pending.lines && !pending.fields) return { kind: 'rest' }
  return { kind: 'write', found, state, stop: ordered ? settling(agent) : '' }
}

/** The next word of somebody who did not wait until the one before was out of Redis: what that one left is what it meets. */
function nextOrder(agent: LedgerAgent, beat: Beat, { paused }: AgentView, again: boolean): Verdict {
  const left = agent.order?.left
  // Ours, and its answer was lost: the ledger knows nothing of it.
  const unheard = beat.state === beat.ours && beat.ours !== agent.state
  if (left === undefined || beat.state === left || unheard) return { kind: 'same' }
  return orderIn({ state: beat.state, ours: left, stop: beat.stop, line: beat.line, paused }, again)
}

/** While an order is carried out, the town is told what it leads to: nobody reads in between that it was in vain. */
function aimed({ order }: LedgerAgent, state: AgentState): AgentState {
  if (order === undefined || order.carried) return state
  switch (order.order) {
    case 'kill':
    case 'close':
      return isTerminal(state) ? state : 'draining'
    case 'interrupt':
      return isTerminal(state) ? state : 'paused'
    case 'resume':
      return state === 'paused' ? 'idle' : state
    case 'restart':
      return isTerminal(state) ? 'starting' : state
  }
}

/** What a loop of `tt` writes that works on our agent's id: it is asked to leave. */
const livesThere = (found: AgentState, ours: AgentState): boolean =>
  found === 'working' || (found === 'idle' && isTerminal(ours))

/** A real `tt restart` has started a loop of its own on our agent's id. */
const settling = ({ order }: LedgerAgent): 'honour' | 'guard' =>
  order?.order === 'restart' ? 'guard' : 'honour'
