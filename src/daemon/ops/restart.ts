import type { AgentSpec } from '../../core/index.ts'
import { orderOf } from '../act/perform.ts'
import { startAgents } from '../act/start.ts'
import { stopSession } from '../act/stop.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { recordIntent } from '../intents.ts'
import { forgive } from './mend.ts'

/** Stops and starts agents, each in its lane; several restarts of one agent at once come to one start each, in order. */
export async function restartFleet(
  desk: Desk,
  names: readonly string[],
  how: { graceMs?: number; fresh?: boolean } = {},
): Promise<Outcome[]> {
  const { world } = desk.engine.crew()
  const known = agentsOf(world.fleet(), names).filter((spec) => names.length > 0 || spec.enabled)
  forgive(desk, known)
  const outcomes = await Promise.all(
    known.map((spec) => desk.engine.inLane(spec.name, 'restart', () => restartOne(desk, spec, how))),
  )
  await desk.engine.refresh()
  return outcomes
}

async function restartOne(
  desk: Desk,
  spec: AgentSpec,
  { graceMs, fresh }: { graceMs?: number; fresh?: boolean },
): Promise<Outcome> {
  const crew = desk.engine.crew()
  const { world, observer } = crew
  await recordIntent(world.intents, [spec.name], { wanted: 'up' }, world.clock.now().wall)
  const order = await orderOf(crew, spec.name, 'the operator asked for a restart', 'operator', fresh)
  if (order === undefined || order.prompt.kind === 'blocked') {
    const why = order?.prompt.kind === 'blocked' ? order.prompt.why : 'it is in no config'
    return { name: spec.name, result: 'refused', detail: `${why}; the running one is left alone` }
  }
  await observer.scan()
  const seen = observer.sighting(spec)
  if (seen.kind === 'foreign') return { name: spec.name, result: 'refused', detail: seen.why }
  const pane = observer.pane(spec.name, spec.session)
  const panes = pane === undefined ? [] : [pane]
  await stopSession(world, { tagged: spec.name, panes, graceMs: graceMs ?? spec.stopGraceMs })
  const result = (await startAgents(world, [order])).get(spec.name)
  if (result?.kind === 'started')
    return { name: spec.name, result: 'restarted', detail: 'session created anew' }
  if (result?.kind === 'already-up')
    return { name: spec.name, result: 'already-up', detail: 'another command started it' }
  return {
    name: spec.name,
    result: 'failed',
    detail: `stopped, but not started: ${result?.why ?? 'no answer'}`,
  }
}
