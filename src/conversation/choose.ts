import type { EpochMs } from '../core/index.ts'
import { holds, words } from './words.ts'

/** A conversation that was begun in an agent's folder since its process started. */
export interface Candidate {
  id: string
  path: string
  at: EpochMs
  /** What its user said first; undefined while nothing was said. */
  first: string | undefined
}

export interface Wanted {
  /** Texts that the agent's CLI may have been started with; empty when it was started without any. */
  kickoffs: readonly string[]
  /** Conversations of other agents. */
  taken: ReadonlySet<string>
  /** The kickoffs of each other agent of this CLI that works in the same folder. */
  rivals: readonly (readonly string[])[]
}

/**
 * The conversation that can only be this agent's: the one that begins with its kickoff; without a kickoff the only one
 * there is. Nothing is guessed: of two that would do neither is taken, since the other may be another agent's, or a
 * person's who works in the same folder.
 */
export function choose(candidates: readonly Candidate[], wanted: Wanted): Candidate | undefined {
  const free = candidates.filter((one) => !wanted.taken.has(one.id))
  if (free.length === 0) return undefined
  const kickoffs = wanted.kickoffs.map(words).filter((one) => one !== '')
  if (contested(kickoffs, wanted.rivals)) return undefined
  const own =
    kickoffs.length === 0
      ? free
      : free.filter(
          (one) => one.first !== undefined && kickoffs.some((text) => begins(words(one.first!), text)),
        )
  return own.length === 1 ? own[0] : undefined
}

/** Another agent may begin a conversation that looks the same. */
export function contested(kickoffs: readonly string[], rivals: Wanted['rivals']): boolean {
  if (kickoffs.length === 0) return rivals.length > 0
  return rivals.some(
    (texts) => texts.length === 0 || texts.map(words).some((text) => kickoffs.includes(text)),
  )
}

/** A CLI may put words around what it was given, never into it. */
const begins = (said: string, kickoff: string): boolean => said === kickoff || holds(said, kickoff)
