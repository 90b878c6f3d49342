import { literally } from '../keys.ts'
import { type Town, textsOf } from '../town.ts'

/** First words of keys below a town's root; what begins otherwise belongs to a town whose name holds a colon (R24). */
const OURS = /^(?:agent|inbox|urgent|activity|stop|task|backlog|broadcast|events|mission|docket|fleet)(?::|$)/

/** Keys that are being brought back and do not count yet. */
export const STAGED = 'fleet:restore:'

/** Every key of a town, without its root, sorted; nothing of another town's. Staged ones only when they are asked for. */
export async function scanTown(town: Town, which: 'live' | 'staged' = 'live'): Promise<string[]> {
  const { root } = town.keys
  const below = which === 'staged' ? `${root}${STAGED}` : root
  const found = new Set<string>()
  let cursor = '0'
  do {
    const reply = await town.redis.call('SCAN', cursor, 'MATCH', `${literally(below)}*`, 'COUNT', 1000)
    const [next, keys] = Array.isArray(reply) ? reply : ['0', []]
    for (const key of textsOf(keys)) found.add(key.slice(root.length))
    cursor = String(next)
  } while (cursor !== '0')
  const fits = (key: string) => OURS.test(key) && key.startsWith(STAGED) === (which === 'staged')
  return [...found].filter(fits).sort()
}

/** Keys that an agent may have at the instant of a snapshot, although a scan before it did not meet them. */
export function possibleKeys(town: Town, keys: readonly string[]): string[] {
  const owner = /^(?:agent|inbox|urgent|fleet:[a-z]+):([0-9a-f-]{36})$/
  const ids = new Set(keys.flatMap((key) => owner.exec(key)?.[1] ?? []))
  const { task: _task, missionEvents: _mission, rate: _rate, ...rest } = town.keys
  const ofAgents = Object.values(rest).filter((key) => typeof key === 'function')
  return [...ids].flatMap((id) => ofAgents.map((key) => key(id).slice(town.keys.root.length)))
}
