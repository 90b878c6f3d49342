import type { Entry } from '../history.ts'

export interface Violation {
  inv: string
  why: string
}

export type Rules = (entry: Entry) => Violation[]

/** How long after the end of a fault its deaths may still be learned of. Milliseconds. */
export const afterMs = 4_000
/** The sampler learns of a death up to this much before the fault's entry, or an event bears an older clock. */
export const beforeMs = 200

/** The faults that are going on, or ended just now. */
export interface Licences {
  feed(entry: Entry): void
  /** Was this agent touched at this instant? */
  covers(agent: string, at: number, what?: 'kills' | 'silence'): boolean
  any(at: number, what: 'kills' | 'silence'): boolean
}

interface Open {
  n: number
  agents: ReadonlySet<string>
  kills: boolean
  silence: boolean
  from: number
  until: number
}

export function createLicences(): Licences {
  let open: Open[] = []
  const within = (one: Open, at: number) => at >= one.from - beforeMs && at <= one.until + afterMs

  return {
    feed: (entry) => {
      if (entry.kind === 'fault') {
        const { n, agents, licence, at } = entry
        open.push({ n, agents: new Set(agents), ...licence, from: at, until: Number.POSITIVE_INFINITY })
      }
      if (entry.kind === 'fault-end') {
        for (const one of open) if (one.n === entry.n) one.until = entry.at
        open = open.filter((one) => one.until + 60_000 > entry.at)
      }
    },
    covers: (agent, at, what) =>
      open.some(
        (one) =>
          within(one, at) &&
          (one.agents.has(agent) || one.agents.has('*')) &&
          (what === undefined || one[what]),
      ),
    any: (at, what) => open.some((one) => within(one, at) && one[what]),
  }
}
