import type { Entry } from './history.ts'
import { createAuditRules } from './rules/audit.ts'
import { createPhaseRules } from './rules/phases.ts'
import { createSessionRules } from './rules/sessions.ts'
import { createStateRules } from './rules/state.ts'
import type { Rules, Violation } from './rules/types.ts'

export type { Violation } from './rules/types.ts'

/** Reads a history entry by entry and says what must not be. Knows nothing of the program but what was seen outside. */
export function createChecker(limited: readonly string[] = ['limited', 'asker']): {
  feed(entry: Entry): Violation[]
} {
  const all: Rules[] = [
    createSessionRules(limited),
    createAuditRules(),
    createPhaseRules(),
    createStateRules(),
  ]
  return { feed: (entry) => all.flatMap((rules) => rules(entry)) }
}

/** A whole history at once. */
export function check(entries: readonly Entry[]): Violation[] {
  const checker = createChecker()
  return entries.flatMap((entry) => checker.feed(entry))
}
