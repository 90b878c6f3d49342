import type { FailClass, Life, ReadingState } from '../../core/index.ts'
import type { AgentState } from '../wire/agent-record.ts'

/** What the watchdog knows of an agent when it tells the town. */
export interface AgentFacts {
  life: Life
  reading: ReadingState | undefined
  failClass: FailClass | undefined
  /** An operator said `pause`. */
  paused: boolean
  /** It has been started at some time. */
  started: boolean
  /** What the town was told last. */
  before: AgentState | undefined
}

/**
 * Life and reading in the words of the town. What is not known changes nothing: an agent is never told to be over because
 * nobody could look (INV-22).
 */
export function mirroredState(facts: AgentFacts): AgentState {
  const { life, before, started } = facts
  switch (life) {
    case 'unknown':
      return before ?? (started ? 'starting' : 'cold')
    case 'stopped':
    case 'done':
      return started ? 'stopped' : 'cold'
    case 'starting':
    case 'backing-off':
      return 'starting'
    case 'draining':
      return 'draining'
    case 'parked':
      return 'error'
    case 'held':
      return isBroken(facts) ? 'error' : 'paused'
    case 'up':
      return ofReading(facts)
  }
}

/** An overloaded service passes by itself; every other failure is told as one. */
const isBroken = ({ reading, failClass, paused }: AgentFacts): boolean =>
  reading === 'failing' && failClass !== 'overload' && !paused

function ofReading(facts: AgentFacts): AgentState {
  if (facts.paused) return 'paused'
  switch (facts.reading) {
    case 'working':
    case 'waiting':
      return 'working'
    case 'idle':
      return 'idle'
    case 'asking':
    case 'limited':
      return 'paused'
    case 'failing':
      return isBroken(facts) ? 'error' : 'paused'
    case 'shell':
      return 'error'
    // A screen that says nothing: as before, where that was said of a living one.
    case 'unknown':
    case undefined:
      return facts.before === 'working' || facts.before === 'paused' ? facts.before : 'idle'
  }
}
