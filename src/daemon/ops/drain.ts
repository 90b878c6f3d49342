import type { AgentSpec } from '../../core/index.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { recordIntent } from '../intents.ts'
import { downFleet } from './down.ts'

/** Between two looks of a command that waits for the end of a turn. Milliseconds. */
const lookEveryMs = 500

/**
 * Down after the running turn. The wish is on disk and the watchdog carries it out, also one that is started later;
 * without one the command waits for the turn itself.
 */
export async function drainAgents(desk: Desk, names: readonly string[]): Promise<Outcome[]> {
  const { world } = desk.engine.crew()
  const known = agentsOf(world.fleet(), names)
  const wanted = known.map((spec) => spec.name)
  await recordIntent(world.intents, wanted, { wanted: 'down', drain: true }, world.clock.now().wall)
  world.report({ kind: 'intent', because: `close ${names.join(' ') || '(all)'}` })
  await desk.engine.refresh()
  if (!desk.inWatchdog) return (await Promise.all(known.map((spec) => waitAndStop(desk, spec)))).flat()
  const { observer } = desk.engine.crew()
  return known.map((spec): Outcome => {
    const seen = observer.sighting(spec)
    return seen.kind === 'missing' || seen.kind === 'dead'
      ? { name: spec.name, result: 'not-running', detail: 'was not running, and stays down' }
      : { name: spec.name, result: 'draining', detail: 'finishes its turn, then stops' }
  })
}

/** Two looks in a row must say that nothing runs. */
async function waitAndStop(desk: Desk, spec: AgentSpec): Promise<Outcome[]> {
  const { world, observer } = desk.engine.crew()
  for (let calm = 0; calm < 2; ) {
    const seen = observer.sighting(spec)
    if (seen.kind === 'missing' || seen.kind === 'dead') break
    const busy = seen.kind !== 'alive' || ['working', 'asking'].includes(seen.reading.state)
    calm = busy ? 0 : calm + 1
    await world.clock.sleep(lookEveryMs)
    await desk.engine.refresh(true)
  }
  return downFleet(desk, [spec.name])
}
