import type { Clock } from '../core/index.ts'
import type { Lanes } from './lanes.ts'

/** Agents that a command beside the watchdog works on: the watchdog takes their lanes and leaves them alone meanwhile. */
export interface Sparing {
  /** Resolves once what was under way with them is over. Ends by itself after so long, should the command die. Milliseconds. */
  begin(agents: readonly string[], longestMs: number): Promise<void>
  end(agents: readonly string[]): void
}

export function createSparing(lanes: Lanes, clock: Clock): Sparing {
  const ends = new Map<string, Set<() => void>>()

  function take(agent: string, longestMs: number): Promise<void> {
    return new Promise((taken) => {
      void lanes.run(agent, 'left to a command', async () => {
        let end: () => void = () => undefined
        const ended = new Promise<void>((resolve) => {
          end = resolve
        })
        const open = ends.get(agent) ?? new Set()
        ends.set(agent, open.add(end))
        taken()
        await Promise.race([ended, clock.sleep(longestMs)])
        open.delete(end)
      })
    })
  }

  return {
    begin: async (agents, longestMs) => {
      await Promise.all(agents.map((agent) => take(agent, longestMs)))
    },
    end: (agents) => {
      for (const agent of agents) for (const end of ends.get(agent) ?? []) end()
    },
  }
}
