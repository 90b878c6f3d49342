import type { AgentSpec } from '../../core/index.ts'
import { heldText } from '../../watchdog/account-clock.ts'
import { spenderFor } from '../../watchdog/accounts.ts'
import { closedClock } from '../../watchdog/release.ts'
import { isDeaf } from '../../watchdog/talk.ts'
import type { Memory } from '../../watchdog/types.ts'
import type { Crew } from '../engine.ts'
import { intentOf } from '../intents.ts'

/** What keeps every message from an agent, whatever its mode; undefined: nothing that is known before the pane is looked at. */
export function inTheWay(crew: Crew, memory: Memory, agent: string): string | undefined {
  const { world, observer } = crew
  const spec = world.fleet().agents.find((one) => one.name === agent)
  if (spec === undefined) return 'its agent is in no table of the config any more'
  if (intentOf(world.intents.peek(), agent).paused) return 'its agent is paused'
  const seen = observer.sighting(spec)
  if (seen.kind === 'missing' || seen.kind === 'dead') return 'its agent does not run'
  if (seen.kind === 'foreign' || seen.kind === 'unknown') return seen.why
  if (isDeaf(seen.reading.state)) return `its agent reads ${seen.reading.state}`
  return heldBy(crew, memory, spec)
}

/** A limit whose time has not come: nothing is typed before, whether a watchdog runs or not (INV-6). */
function heldBy({ world, phases }: Crew, memory: Memory, spec: AgentSpec): string | undefined {
  const { wall, mono } = world.clock.now()
  const hold = memory.agents[spec.name]?.hold
  if (hold !== undefined && (hold.asks !== undefined || hold.until > wall))
    return `its agent is held: ${hold.text}`
  const spender = spenderFor(world.fleet(), spec.backend, phases.model(spec))
  const clock = closedClock(memory, spec.name, spender, mono)
  return clock === undefined ? undefined : `its agent is held: ${heldText(clock)}`
}
