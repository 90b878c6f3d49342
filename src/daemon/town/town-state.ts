import type { Reach } from './link.ts'
import type { Conflict } from './roster.ts'

/** How the town is, for `status`. */
export type TownState =
  | { kind: 'off' }
  | { kind: 'starting' }
  | { kind: 'away'; reach: Extract<Reach, { kind: 'away' }> }
  | {
      kind: 'up'
      reach: Extract<Reach, { kind: 'up' }>
      /** Why what is true cannot be written. */
      refused: string | undefined
      conflicts: readonly Conflict[]
    }
