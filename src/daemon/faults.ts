import type { EventDraft } from '../core/index.ts'
import { emptyAgent } from '../watchdog/memory.ts'
import type { AgentMemory, AgentSeen, Decide, Decision } from '../watchdog/types.ts'
import { decideApart } from './apart.ts'

/** A check that fails in so many ticks in a row is a bug that stays: the agent is parked. */
const mostFaults = 5

interface Fault {
  count: number
  at: number
}

/**
 * `decide`, for a fleet in which one agent's check may throw: the others get their decision, and the one that throws at
 * every tick is parked with the error (row 41).
 */
export function decideForAll(decide: Decide, report: (event: EventDraft) => void): Decide {
  const faults = new Map<string, Fault>()

  function count(name: string, mono: number, tickMs: number): number {
    const known = faults.get(name)
    // Events may bring many decisions within one tick: they are one failure.
    if (known !== undefined && mono - known.at < 0.8 * tickMs) return known.count
    faults.set(name, { count: (known?.count ?? 0) + 1, at: mono })
    return faults.get(name)!.count
  }

  function blame(decision: Decision, a: AgentSeen, error: unknown, ...[mono, wall, tickMs]: number[]): void {
    const { name } = a.spec
    const { agents } = decision.memory
    const known = agents[name] ?? emptyAgent(wall!)
    if (known.parked !== undefined) return
    const before = faults.get(name)?.count ?? 0
    const times = count(name, mono!, tickMs!)
    const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    if (times < mostFaults) {
      agents[name] = { ...known, ...lifeOf(known, 'unknown', `its check failed: ${what}`, wall!) }
      if (before === 0) report({ kind: 'trouble', agent: name, because: `its check failed: ${what}` })
      return
    }
    faults.delete(name)
    const because = `its check failed ${times} times in a row: ${what}`
    const parked = { because, cause: 'fault' as const, at: wall!, launch: a.wantedLaunch }
    agents[name] = { ...known, ...lifeOf(known, 'parked', because, wall!), parked, gaveUp: true }
    report({ kind: 'park', agent: name, because, cause: 'fault', evidence: [what] })
  }

  return (want, seen, memory, now, random) => {
    const { decision, failed } = decideApart(decide, want, seen, memory, now, random)
    for (const name of [...faults.keys()]) if (!failed.has(name)) faults.delete(name)
    for (const a of seen.agents) {
      if (!failed.has(a.spec.name)) continue
      blame(decision, a, failed.get(a.spec.name), now.mono, now.wall, want.watchdog.tickMs)
    }
    return decision
  }
}

function lifeOf(
  known: AgentMemory,
  life: AgentMemory['life'],
  because: string,
  wall: number,
): Pick<AgentMemory, 'life' | 'lifeSince' | 'because'> {
  return { life, because, lifeSince: known.life === life ? known.lifeSince : wall }
}
