import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec } from '../../core/index.ts'
import { endTurn } from '../../delivery/turn.ts'
import { postOf } from '../act/deliver.ts'
import { lifeOf } from '../control/agent-report.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { pauseAgents } from './mend.ts'

/** Nothing runs that could be interrupted, and the watchdog starts nothing by itself. */
const OVER: readonly string[] = ['stopped', 'done', 'parked']

/** Leaves agents alone from now on, and ends the turn of those that work. Who is over is refused. */
export async function interruptAgents(desk: Desk, names: readonly string[]): Promise<Outcome[]> {
  const { world, observer } = desk.engine.crew()
  const known = agentsOf(world.fleet(), names)
  await observer.scan()
  const memory = desk.engine.memory()
  const lives = new Map(
    known.map((spec) => [
      spec.name,
      lifeOf(observer.sighting(spec), memory.agents[spec.name], desk.inWatchdog).life,
    ]),
  )
  const living = known.filter((spec) => !OVER.includes(lives.get(spec.name)!))
  const paused = living.length === 0 ? [] : await pauseAgents(desk, living.map(nameOf), true)
  const ended = await Promise.all(
    living.map((spec) => desk.engine.inLane(spec.name, 'interrupt', () => interruptOne(desk, spec))),
  )
  const done = new Map(paused.map((outcome, at) => [outcome.name, ended[at] ?? outcome]))
  return known.map(({ name }) => done.get(name) ?? refused(name, lives.get(name)!))
}

const nameOf = ({ name }: AgentSpec): string => name

const refused = (name: string, life: string): Outcome => ({
  name,
  result: 'refused',
  detail: `is ${life}: nothing runs that could be interrupted; \`agents pause ${name}\` leaves it alone`,
})

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
