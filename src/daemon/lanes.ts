/**
 * One lane per agent: what is done to it happens one after the other, and a slow one delays only itself. A busy lane
 * tells `decide` to leave the agent alone.
 */
export interface Lanes {
  busy(agent: string): boolean
  run<T>(agent: string, label: string, body: () => Promise<T>): Promise<T>
  /** What is under way, for `status`. */
  labels(agent: string): string[]
  /** Resolves when every lane is empty. */
  idle(): Promise<void>
}

export function createLanes(): Lanes {
  const tails = new Map<string, Promise<unknown>>()
  const labels = new Map<string, string[]>()

  function run<T>(agent: string, label: string, body: () => Promise<T>): Promise<T> {
    const before = tails.get(agent) ?? Promise.resolve()
    labels.set(agent, [...(labels.get(agent) ?? []), label])
    const mine = before.then(body, body)
    const tail: Promise<void> = mine.then(
      () => finish(agent, label, tail),
      () => finish(agent, label, tail),
    )
    tails.set(agent, tail)
    return mine
  }

  function finish(agent: string, label: string, tail: Promise<unknown>): void {
    const left = [...(labels.get(agent) ?? [])]
    left.splice(left.indexOf(label), 1)
    if (left.length === 0) labels.delete(agent)
    else labels.set(agent, left)
    if (tails.get(agent) === tail) tails.delete(agent)
  }

  async function idle(): Promise<void> {
    while (tails.size > 0) await Promise.all(tails.values())
  }

  return {
    busy: (agent) => tails.has(agent),
    run,
    labels: (agent) => labels.get(agent) ?? [],
    idle,
  }
}
