import { randomBytes } from 'node:crypto'
import type { AgentSpec, PaneSight } from '../../core/index.ts'
import { shellQuote } from '../../core/quote.ts'
import { logPipe } from '../act/prepare.ts'
import type { Outcome } from '../control/control.ts'
import type { Desk } from '../control/local.ts'
import { agentsOf } from '../control/targets.ts'
import { fleetTag, sessionLogPath, watchdogSession } from '../names.ts'

/**
 * Takes over sessions that stand under our agents' names without our tag, e.g. those the Python driver started. A
 * session of another fleet is refused.
 */
export async function adoptSessions(desk: Desk, names: readonly string[]): Promise<Outcome[]> {
  const { world } = desk.engine.crew()
  const scan = await world.tmux.scan()
  if (scan.kind !== 'ok') {
    const why = scan.kind === 'unknown' ? scan.why : 'no tmux server runs'
    return agentsOf(world.fleet(), names).map((spec) => ({ name: spec.name, result: 'failed', detail: why }))
  }
  const outcomes = await Promise.all(
    agentsOf(world.fleet(), names).map((spec) => adoptOne(desk, spec, scan.panes, names.length > 0)),
  )
  await desk.engine.refresh()
  return [...outcomes.filter((outcome) => outcome !== undefined), ...oldWatchdog(desk, scan.panes)]
}

async function adoptOne(
  desk: Desk,
  spec: AgentSpec,
  panes: readonly PaneSight[],
  named: boolean,
): Promise<Outcome | undefined> {
  const { world } = desk.engine.crew()
  const project = fleetTag(world.fleet())
  const own = panes.find(
    (pane) => pane.tag?.project === project && pane.tag.agent === spec.name && pane.tag.run !== undefined,
  )
  if (own !== undefined) {
    return named ? { name: spec.name, result: 'skipped', detail: "is this fleet's already" } : undefined
  }
  const standing = panes.find((pane) => pane.sessionName === spec.session)
  if (standing === undefined)
    return named ? { name: spec.name, result: 'not-running', detail: 'no such session' } : undefined
  if (standing.tag !== undefined && standing.tag.project !== project) {
    return { name: spec.name, result: 'refused', detail: `the session belongs to ${standing.tag.project}` }
  }
  const run = `adopted-${randomBytes(4).toString('hex')}`
  const tagged = await world.tmux.tag(standing.sessionId, standing.paneId, { project, agent: spec.name, run })
  if (tagged.kind !== 'done')
    return { name: spec.name, result: 'failed', detail: 'tmux did not take the tag' }
  await world.tmux.pipe(standing.paneId, logPipe(sessionLogPath(world.fleet(), spec.session)))
  world.report({
    kind: 'adopt',
    agent: spec.name,
    because: 'the operator asked for it',
    pane: standing.paneId,
  })
  return { name: spec.name, result: 'adopted', detail: `session ${spec.session} is supervised from now on` }
}

function oldWatchdog(desk: Desk, panes: readonly PaneSight[]): Outcome[] {
  const { world } = desk.engine.crew()
  const session = watchdogSession(world.fleet())
  const old = panes.find((pane) => pane.sessionName === session && pane.tag === undefined)
  if (old === undefined) return []
  const end = ['tmux', ...world.tmux.clientArgs(), 'kill-session', '-t', `=${session}`]
    .map(shellQuote)
    .join(' ')
  const detail = `another program's watchdog runs in ${session}; end it with \`${end}\``
  return [{ name: 'watchdog', result: 'refused', detail }]
}
