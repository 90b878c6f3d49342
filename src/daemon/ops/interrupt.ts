import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec } from '../../core/index.ts'
import { endTurn } from '../../delivery/turn.ts'
import { postOf } from '../act/deliver.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { pauseAgents } from './mend.ts'

/** Leaves agents alone from now on, and ends the turn of those that work. */
export async function interruptAgents(desk: Desk, names: readonly string[]): Promise<Outcome[]> {
  const known = agentsOf(desk.engine.crew().world.fleet(), names)
  const paused = await pauseAgents(desk, names, true)
  const ended = await Promise.all(
    known.map((spec) => desk.engine.inLane(spec.name, 'interrupt', () => interruptOne(desk, spec))),
  )
  return paused.map((outcome, at) => ended[at] ?? outcome)
}

/** @returns undefined where there is no turn to end */
async function interruptOne(desk: Desk, spec: AgentSpec): Promise<Outcome | undefined> {
  const { world, observer } = desk.engine.crew()
  const backend = screenBackend(world.fleet(), spec)
  await observer.scan()
  await observer.look([spec], true)
  const seen = observer.sighting(spec)
  if (seen.kind !== 'alive' || seen.reading.state !== 'working' || backend === undefined) return undefined
  const detail = (what: string): Outcome => ({
    name: spec.name,
    result: 'paused',
    detail: `the watchdog leaves it alone until \`agents resume\`; ${what}`,
  })
  const key = backend.interruptKey
  if (key === undefined) return detail(`no key of ${backend.name} is known that ends its turn, which goes on`)
  const place = {
    paneId: seen.pane.paneId,
    panePid: seen.pane.panePid,
    backend,
    submitKey: backend.submitKey,
    when: 'interrupt' as const,
    working: true,
    typingGraceMs: world.fleet().watchdog.typingGraceMs,
  }
  const turn = await endTurn(postOf(world, observer).typist, place, key)
  if (turn.kind === 'no') return detail(turn.why)
  return {
    name: spec.name,
    result: 'interrupted',
    detail: 'its turn was ended; the watchdog leaves it alone',
  }
}
