import type { Decide, Decision } from '../watchdog/types.ts'

export type Tried<T> = { kind: 'ok'; value: T } | { kind: 'threw'; error: unknown }

/** What is done for one agent among many: a bug in it is that agent's trouble alone (row 41). */
export function apart<T>(body: () => T): Tried<T> {
  try {
    return { kind: 'ok', value: body() }
  } catch (error) {
    return { kind: 'threw', error }
  }
}

export interface Apart {
  decision: Decision
  /** Agents whose check threw at this decision, and what. */
  failed: Map<string, unknown>
}

/**
 * Decides for all. Where that throws, those whose own check throws are found and left out, and the others get their
 * decision; what is known of the left out ones is kept as it is.
 * @throws what `decide` threw when it is no single agent's fault
 */
export function decideApart(decide: Decide, ...[want, seen, memory, now, random]: Parameters<Decide>): Apart {
  const all = apart(() => decide(want, seen, memory, now, random))
  if (all.kind === 'ok') return { decision: all.value, failed: new Map() }
  const failed = new Map<string, unknown>()
  for (const a of seen.agents) {
    const outcomes = seen.outcomes.filter(({ agent }) => agent === a.spec.name)
    const alone = apart(() => decide(want, { ...seen, agents: [a], outcomes }, memory, now, random))
    if (alone.kind === 'threw') failed.set(a.spec.name, alone.error)
  }
  if (failed.size === 0 || failed.size === seen.agents.length) throw all.error
  const agents = seen.agents.filter((a) => !failed.has(a.spec.name))
  const outcomes = seen.outcomes.filter(({ agent }) => !failed.has(agent))
  const decision = decide(want, { ...seen, agents, outcomes }, memory, now, random)
  const kept = Object.entries(memory.agents).filter(([name]) => failed.has(name))
  const joined = { ...decision.memory.agents, ...Object.fromEntries(kept) }
  return { decision: { ...decision, memory: { ...decision.memory, agents: joined } }, failed }
}
