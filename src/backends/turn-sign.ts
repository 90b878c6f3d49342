import type { BackendSpec, Look, MonoMs } from '../core/index.ts'
import type { Matches } from './matches.ts'

/** When a sign of a running turn was last seen in one run of an agent; monotonic milliseconds. */
export interface TurnSign {
  /** The title that its program turns while it works. */
  titleAt?: MonoMs
  /** The working row, where the backend never leaves it out (`steady_active`). */
  activeAt?: MonoMs
}

/**
 * Follows the signs from look to look. A program that has once turned its title while it worked does so in every turn,
 * as long as it runs; its user cannot switch that off in between.
 */
export function followSign(
  old: TurnSign | undefined,
  backend: Pick<BackendSpec, 'steadyActive'>,
  look: Pick<Look, 'title' | 'at'>,
  match: Pick<Matches, 'active' | 'titleWorking'>,
): TurnSign {
  const spins = /^[\u2801-\u28ff]/.test(look.title.trim()) || match.titleWorking.kind === 'match'
  const works = backend.steadyActive && match.active.kind === 'match'
  return { ...old, ...(spins ? { titleAt: look.at } : {}), ...(works ? { activeAt: look.at } : {}) }
}

/** For how long every such sign has been missing; undefined: none was ever seen. Milliseconds. */
export function signGoneMs(sign: TurnSign, now: MonoMs): number | undefined {
  const { titleAt, activeAt } = sign
  if (titleAt === undefined && activeAt === undefined) return undefined
  return now - Math.max(titleAt ?? 0, activeAt ?? 0)
}
