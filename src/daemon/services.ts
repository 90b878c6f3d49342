import { randomBytes } from 'node:crypto'
import type { NewSession } from '../adapters/tmux/types.ts'
import { namedConfig, type ServiceSpec } from '../core/index.ts'
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
