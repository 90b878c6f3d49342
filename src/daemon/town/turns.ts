import type { Observation } from '../../watchdog/types.ts'

/** How a turn of an agent ended. */
export interface TurnEnd {
  agent: string
  how: 'completed' | 'failed'
}

/**
 * Counts turns by what every look reads. A turn is over when the agent rests again; a dialog in between is part of it,
 * and a new run begins without one.
 */
export function createTurns(ended: (turn: TurnEnd) => void): { seen(observation: Observation): void } {
  const running = new Map<string, string>()
  return {
    seen(observation) {
      for (const { spec, sighting } of observation.agents) {
        if (sighting.kind !== 'alive') {
          if (sighting.kind !== 'unknown') running.delete(spec.name)
          continue
        }
        const run = sighting.pane.tag?.run ?? ''
        const { state, failClass } = sighting.reading
        if (state === 'working') running.set(spec.name, run)
        if (state !== 'idle' && state !== 'waiting' && state !== 'failing') continue
        const begun = running.get(spec.name)
        running.delete(spec.name)
        if (begun !== run) continue
        const failed = state === 'failing' && failClass !== 'overload'
        ended({ agent: spec.name, how: failed ? 'failed' : 'completed' })
      }
    },
  }
}
