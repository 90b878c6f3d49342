import { randomBytes } from 'node:crypto'
import type { NewSession } from '../adapters/tmux/types.ts'
import { namedConfig, type PaneSight, type ServiceSpec } from '../core/index.ts'
import { logPipe } from './act/prepare.ts'
import type { Outcome } from './control/control.ts'
import { fleetTag, runKey, serviceTag, sessionLogPath } from './names.ts'
import type { World } from './world.ts'

/** Starts a service: the user's own command in a session of its own, never supervised. */
export async function startService(world: World, spec: ServiceSpec): Promise<Outcome> {
  const scan = await world.tmux.scan()
  if (scan.kind === 'unknown') return { name: spec.name, result: 'failed', detail: `tmux: ${scan.why}` }
  const standing =
    scan.kind === 'ok' ? scan.panes.find((pane) => pane.sessionName === spec.session) : undefined
  if (standing !== undefined && standing.tag?.project !== fleetTag(world.fleet())) {
    return { name: spec.name, result: 'refused', detail: `the session ${spec.session} is not this fleet's` }
  }
  if (standing !== undefined && !standing.dead)
    return { name: spec.name, result: 'already-up', detail: 'runs already' }
  if (standing !== undefined) await world.tmux.killSession(standing.sessionId)
  const folder = await world.files.ensureFolder(spec.dir)
  if (folder.kind === 'failed') return { name: spec.name, result: 'failed', detail: folder.why }
  const made = await world.tmux.newSession(serviceSession(world, spec))
  if (made.kind === 'failed') return { name: spec.name, result: 'failed', detail: made.why }
  if (made.kind === 'duplicate') return { name: spec.name, result: 'already-up', detail: 'runs already' }
  world.report({ kind: 'started', agent: serviceTag(spec.name), pane: made.paneId })
  return { name: spec.name, result: 'started', detail: `service in session ${spec.session}` }
}

/**
 * A command that is missing or fails at once did not start, whatever tmux says. One that ended well within a breath did
 * what it is for.
 * @param startedAt monotonic milliseconds: a breath is over `breathMs` later
 */
export async function withFirstBreath(
  world: World,
  specs: readonly ServiceSpec[],
  outcomes: readonly Outcome[],
  startedAt: number,
  breathMs: number,
): Promise<Outcome[]> {
  if (outcomes.every((one) => one.result !== 'started')) return [...outcomes]
  const leftMs = startedAt + breathMs - world.clock.now().mono
  if (leftMs > 0) await world.clock.sleep(leftMs)
  const scan = await world.tmux.scan()
  const panes = scan.kind === 'ok' ? scan.panes : []
  return outcomes.map((one) => {
    const session = specs.find((spec) => spec.name === one.name)?.session
    const pane = panes.find((each) => each.sessionName === session && each.dead)
    const how = pane === undefined || one.result !== 'started' ? undefined : badEnd(pane)
    if (how === undefined) return one
    return {
      name: one.name,
      result: 'failed',
      detail: `died at once: the command ${how}; see \`agents logs ${one.name}\``,
    }
  })
}

function badEnd({ deadStatus, deadSignal }: PaneSight): string | undefined {
  if (deadSignal !== undefined) return `was ended by signal ${deadSignal}`
  return deadStatus === undefined || deadStatus === 0 ? undefined : `ended with status ${deadStatus}`
}

function serviceSession(world: World, spec: ServiceSpec): NewSession {
  const fleet = world.fleet()
  const tagged = serviceTag(spec.name)
  return {
    session: spec.session,
    dir: spec.dir,
    // The command is the user's own shell text; nothing of ours is put into it.
    argv: ['/bin/sh', '-c', spec.command],
    env: {
      AGENTS_PROJECT: fleet.projectDir,
      AGENTS_CONFIG: namedConfig(fleet),
      AGENTS_RUN: runKey(fleet, tagged),
    },
    tag: { project: fleetTag(fleet), agent: tagged, run: randomBytes(6).toString('hex') },
    pipe: logPipe(sessionLogPath(fleet, spec.session)),
  }
}
