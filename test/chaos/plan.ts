import { faketimeLibrary } from '../support/faketime.ts'
import { agentFaults } from './faults/agent.ts'
import { clockFaults } from './faults/clock.ts'
import { configFaults } from './faults/config.ts'
import { crashFaults } from './faults/crash-points.ts'
import { gitFaults } from './faults/git.ts'
import { stateFaults } from './faults/state.ts'
import { tmuxFaults } from './faults/tmux.ts'
import type { FaultKind, Params } from './faults/types.ts'
import { verbFaults } from './faults/verbs.ts'
import { watchdogFaults } from './faults/watchdog.ts'
import type { Random } from './random.ts'

export const catalogue: readonly FaultKind[] = [
  ...agentFaults,
  ...tmuxFaults,
  ...watchdogFaults,
  ...crashFaults,
  ...configFaults,
  ...stateFaults,
  ...gitFaults,
  ...verbFaults,
  ...(faketimeLibrary() === undefined ? [] : clockFaults),
]

export interface Planned {
  n: number
  kind: FaultKind
  params: Params
  /** Begins so long after its round. Milliseconds. */
  afterMs: number
}

/** Most faults that are done at once. */
const together = 4

/** Every fault of a run, in rounds of faults that overlap; nothing but the generator decides. */
export function planRounds(
  random: Random,
  faults: number,
  kinds: readonly FaultKind[] = catalogue,
): Planned[][] {
  const rounds: Planned[][] = []
  let n = 0
  while (n < faults) {
    const size = Math.min(faults - n, random.int(1, together))
    const round: Planned[] = []
    const taken = new Set<string>()
    for (let tries = 0; round.length < size && tries < 20; tries += 1) {
      const kind = random.weighted(kinds)
      const params: Params = {
        agent: '',
        agents: [],
        ms: 0,
        count: 0,
        part: 0,
        word: '',
        ...kind.draw(random),
      }
      const afterMs = random.chance(0.4) ? 0 : random.int(0, 600)
      const tags = tagsOf(kind, params)
      if (clash(tags, taken, round.length)) continue
      for (const tag of tags) taken.add(tag)
      n += 1
      round.push({ n, kind, params, afterMs })
    }
    rounds.push(round)
  }
  return rounds
}

function tagsOf(kind: FaultKind, params: Params): string[] {
  return kind.tags.flatMap((tag) => {
    if (tag === 'agent') return [`agent:${params.agent}`]
    if (tag === 'agents') return ['agents', ...params.agents.map((agent) => `agent:${agent}`)]
    return [tag]
  })
}

function clash(tags: readonly string[], taken: ReadonlySet<string>, size: number): boolean {
  if (taken.has('alone') || (tags.includes('alone') && size > 0)) return true
  if (tags.some((tag) => taken.has(tag))) return true
  // A fault of all agents and a fault of one disturb each other's waiting, not the fleet.
  const one = (list: Iterable<string>) => [...list].some((tag) => tag.startsWith('agent:'))
  return (tags.includes('agents') && one(taken)) || (taken.has('agents') && one(tags))
}
