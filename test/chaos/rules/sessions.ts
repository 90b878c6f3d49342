import { governor } from '../fleet.ts'
import { createLicences, type Rules, type Violation } from './types.ts'

/** INV-1 to INV-4, INV-6, INV-9: how many live, who may, how often, and who is left alone. */
export function createSessionRules(untouchable: readonly string[]): Rules {
  const licences = createLicences()
  const starts = new Map<string, number[]>()
  /** Starts after a loss of the tmux server: nobody is charged with them. */
  const losses = new Map<string, number[]>()

  function restarted(agent: string, at: number): Violation[] {
    const within = (one: number) => one > at - governor.parkPeriodMs
    const list = [...(starts.get(agent) ?? []), at].filter(within)
    starts.set(agent, list)
    // The first start is no restart.
    const most = governor.parkAfter + 1 + (losses.get(agent) ?? []).filter(within).length
    if (list.length <= most) return []
    return [
      {
        inv: 'INV-4',
        why: `${agent} was started ${list.length} times within ${governor.parkPeriodMs} ms, park_after ${governor.parkAfter}`,
      },
    ]
  }

  return (entry) => {
    licences.feed(entry)
    switch (entry.kind) {
      case 'two':
        return [{ inv: 'INV-1', why: `${entry.agent}: ${entry.why}` }]
      case 'undead':
        return [
          {
            inv: 'INV-3',
            why: `${entry.agent} lives as ${entry.pid}, ${entry.at - entry.wantedDownAt} ms after it was taken down`,
          },
        ]
      case 'due':
        if (entry.tookMs !== undefined && entry.tookMs <= entry.boundMs) return []
        return [{ inv: entry.inv, why: `not within ${entry.boundMs} ms: ${entry.what}` }]
      case 'foreign':
        return [{ inv: 'INV-9', why: `${entry.name}: ${entry.why}` }]
      case 'wrong':
        return [{ inv: entry.inv, why: entry.why }]
      case 'forget':
        if (entry.what === 'strikes') starts.clear()
        return []
      case 'want':
        starts.delete(entry.agent)
        return []
      case 'gone':
        if (!untouchable.includes(entry.agent) || licences.covers(entry.agent, entry.at)) return []
        return [{ inv: 'INV-6', why: `${entry.agent} (${entry.pid}) is gone and no fault explains it` }]
      case 'event': {
        const { agent, kind, cause } = entry.event
        if (agent !== undefined && kind === 'start' && cause === 'tmux-loss')
          losses.set(agent, [...(losses.get(agent) ?? []), entry.at])
        return []
      }
      case 'said':
        if (entry.what === 'start')
          return entry.agent === 'crasher' ? restarted(entry.agent, entry.saidAt) : []
        if (!untouchable.includes(entry.agent)) return []
        if (entry.what === 'bytes')
          return [{ inv: 'INV-6', why: `typed into ${entry.agent}: ${JSON.stringify(entry.text)}` }]
        if (entry.what === 'signal' && !licences.covers(entry.agent, entry.saidAt)) {
          return [{ inv: 'INV-6', why: `${entry.agent} got ${entry.text} and no fault explains it` }]
        }
        return []
      default:
        return []
    }
  }
}
