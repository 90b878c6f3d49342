import type { Rules, Violation } from './types.ts'

interface Push {
  hash: string
  to: string
  sure: boolean
  pings: number
  at: number
}

/** A ping as the agents of the fleet write it down: `ping claim 2 1a2b3c4`, with a mark when it is a redelivery. */
const pingForm = /ping (claim|review) (\d+) ([0-9a-f]{7})( \(redelivery \d+\))?/

/** A message that an agent was given so shortly before its end may have gone with it. Milliseconds. */
const swallowedMs = 3_000

/** INV-24, INV-26 to INV-28: the phase goes forward by leave only, and every commit is pinged, unmarked at most once. */
export function createPhaseRules(): Rules {
  let index: number | undefined
  let allowed: number[] = []
  let back = false
  let pushes: Push[] = []
  const stale = new Set<string>()
  let completions = 0
  /** When a message was last submitted to an agent, and when agents ended soon after that. */
  const submitted = new Map<string, number>()
  const lost: { agent: string; at: number }[] = []

  function onIndex(value: number): Violation[] {
    const before = index
    index = value
    if (before === undefined || value === before || allowed.includes(value)) return []
    if (value < before && back) return []
    if (value < before)
      return [{ inv: 'INV-24', why: `the phase index went back from ${before} to ${value}` }]
    return [
      { inv: 'INV-24', why: `the phase index went from ${before} to ${value} and nothing asked for it` },
    ]
  }

  /** A ping names the newest commit and how many there are; what it covers is that many of its target's, ending there. */
  function onPing(agent: string, text: string): Violation[] {
    const found = pingForm.exec(text)
    if (found === null) return []
    const [, , count, hash, marked] = found
    const mine = pushes.filter((push) => push.to === agent)
    const last = mine.findLastIndex((push) => push.hash.startsWith(hash!))
    if (last < 0) {
      if (stale.has(hash!)) return []
      return [{ inv: 'INV-28', why: `${agent} was pinged about ${hash}, which nobody pushed` }]
    }
    const covered = mine.slice(Math.max(0, last - Number(count) + 1), last + 1)
    if (marked !== undefined) {
      for (const push of covered) push.pings = Math.max(1, push.pings)
      return []
    }
    for (const push of covered) push.pings += 1
    return covered
      .filter((push) => push.pings > 1 && push.sure)
      .map((push) => ({
        inv: 'INV-27',
        why: `${agent} was pinged ${push.pings} times, unmarked, about ${push.hash}`,
      }))
  }

  return (entry) => {
    switch (entry.kind) {
      case 'index':
        return onIndex(entry.value)
      case 'index-may':
        allowed = [...allowed, entry.to].slice(-40)
        back = entry.back
        return []
      case 'push':
        if (entry.replaces !== undefined) {
          stale.add(entry.replaces.slice(0, 7))
          pushes = pushes.filter((push) => push.hash !== entry.replaces)
        }
        pushes.push({
          hash: entry.hash,
          to: entry.to,
          sure: entry.sure && entry.replaces === undefined,
          pings: 0,
          at: entry.at,
        })
        return []
      case 'said':
        return entry.what === 'bytes' ? onPing(entry.agent, entry.text) : []
      case 'forget':
        if (entry.what === 'pings') for (const push of pushes) push.sure = false
        return []
      case 'gone':
        if (entry.at - (submitted.get(entry.agent) ?? 0) < swallowedMs)
          lost.push({ agent: entry.agent, at: entry.at })
        return []
      case 'event':
        if (entry.event.kind === 'ping-submitted') submitted.set(entry.event.agent ?? '', entry.event.at)
        if (entry.event.kind !== 'sequence-complete') return []
        completions += 1
        return completions > 1 ? [{ inv: 'INV-26', why: 'the sequence was completed twice' }] : []
      case 'end':
        return pushes
          .filter((push) => push.sure && push.pings === 0)
          .filter((push) => !lost.some(({ agent, at }) => agent === push.to && at > push.at))
          .map((push) => ({ inv: 'INV-27', why: `${push.to} was never pinged about ${push.hash}` }))
      default:
        return []
    }
  }
}
