import { setTimeout as pause } from 'node:timers/promises'
import type { OutsideError } from '../../core/index.ts'
import type { Link } from './link.ts'
import { nextPauseMs } from './pause.ts'
import { type Context, lostByUs, troubleError } from './refusal.ts'

/** A connection that is made anew when it is lost. */
export interface Line {
  /** @throws {OutsideError} at once while it waits for the next attempt */
  link(): Promise<Link>
  up(): boolean
  /** See `Redis`. */
  onLost(listener: () => void): () => void
  wake(): void
  close(): Promise<void>
}

type State =
  | { kind: 'idle' }
  | { kind: 'dialing'; attempt: Promise<Link> }
  | { kind: 'up'; link: Link }
  | { kind: 'pausing'; timer: NodeJS.Timeout; why: OutsideError }
  | { kind: 'closed' }

/** @param dial connects; gives up when the signal is aborted */
export function createLine(dial: (signal: AbortSignal) => Promise<Link>, context: Context): Line {
  let state: State = { kind: 'idle' }
  let failures = 0
  const closing = new AbortController()
  const listeners = new Set<() => void>()

  /** @param afterMs a pause before it, which the callers sit out: the connection was good a moment ago */
  function attempt(afterMs = 0): Promise<Link> {
    const made = afterMs === 0 ? dial(closing.signal) : pause(afterMs).then(() => dial(closing.signal))
    const mine: State = { kind: 'dialing', attempt: made }
    state = mine
    made.then(
      (link) => {
        if (state !== mine) return link.drop(lostByUs(context))
        failures = 0
        state = { kind: 'up', link }
        void link.over.then(() => lost(link))
      },
      (why: OutsideError) => {
        if (state === mine) rest(why)
      },
    )
    return made
  }

  function lost(link: Link): void {
    if (state.kind !== 'up' || state.link !== link) return
    void attempt(nextPauseMs(0)).catch(told)
    for (const listener of listeners) listener()
  }

  function rest(why: OutsideError): void {
    failures += 1
    const timer = setTimeout(() => void attempt().catch(told), nextPauseMs(failures))
    // A command that is done does not wait for a server that is away.
    timer.unref()
    state = { kind: 'pausing', timer, why }
  }

  return {
    async link() {
      switch (state.kind) {
        case 'idle':
          return attempt()
        case 'dialing':
          return state.attempt
        case 'up':
          return state.link
        case 'pausing':
          throw state.why
        case 'closed':
          throw troubleError(
            { code: 'REDIS_AWAY', what: 'is not used any more: the connection was closed', retryable: false },
            context,
          )
      }
    },
    up: () => state.kind === 'up',
    onLost(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    wake() {
      if (state.kind !== 'pausing') return
      clearTimeout(state.timer)
      void attempt().catch(told)
    },
    async close() {
      const before = state
      state = { kind: 'closed' }
      closing.abort()
      if (before.kind === 'pausing') clearTimeout(before.timer)
      if (before.kind === 'up') before.link.drop(lostByUs(context))
    },
  }
}

/** Whoever calls next is told by the state. */
function told(): void {
  // nothing to add
}
