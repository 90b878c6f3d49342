/** A small generator of our own (mulberry32), so that a seed gives the same faults on every version of Node. */
export interface Random {
  /** 0 <= x < 1 */
  next(): number
  /** Whole number, both ends included. */
  int(from: number, to: number): number
  pick<T>(from: readonly T[]): T
  chance(probability: number): boolean
  /** One of `from`, in proportion to its weight. */
  weighted<T extends { weight: number }>(from: readonly T[]): T
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  const int = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))

  function weighted<T extends { weight: number }>(from: readonly T[]): T {
    let left = next() * from.reduce((sum, one) => sum + one.weight, 0)
    for (const one of from) {
      left -= one.weight
      if (left < 0) return one
    }
    return from.at(-1)!
  }

  return {
    next,
    int,
    pick: (from) => from[int(0, from.length - 1)]!,
    chance: (probability) => next() < probability,
    weighted,
  }
}
