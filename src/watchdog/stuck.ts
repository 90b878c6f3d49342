import type { AgentMemory, CauseClass } from './types.ts'

/** Tries that tmux refuses before it is more than a hiccup: six seconds with their rests. */
const hiccupTries = 5

/** Pauses between the tries of a start. Milliseconds. */
export const startRests = {
  /** tmux would not for now: a server that is just going or coming. */
  refused: { first: 200, most: 10_000 },
  /** Something in the project is in the way (a folder, a role, a prompt): it goes on by itself when that is gone. */
  fault: { first: 1000, most: 30_000 },
}

export function startRest(cause: CauseClass | undefined): { first: number; most: number } {
  return cause === 'config' ? startRests.fault : startRests.refused
}

/** Why an agent that should run cannot be started, if that needs a person; undefined: it is started, or will be soon. */
export function whyStuck(m: AgentMemory): string | undefined {
  const { retry } = m
  if (retry?.kind !== 'start' || (retry.cause !== 'config' && retry.tries < hiccupTries)) return undefined
  return retry.because ?? 'the start failed'
}
