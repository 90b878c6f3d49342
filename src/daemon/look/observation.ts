import { launchFingerprint } from '../../backends/launch.ts'
import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec, BackendSpec } from '../../core/index.ts'
import { strongest } from '../../delivery/courier.ts'
import { type EntryState, isSettled, type Mode } from '../../delivery/entry.ts'
import type { OutboxState } from '../../delivery/outbox.ts'
import type { ActionOutcome, AgentSeen, Observation } from '../../watchdog/types.ts'
import type { Crew } from '../engine.ts'
import { intentOf } from '../intents.ts'
import { anyLaunch, launchOfRun } from '../names.ts'
import { askOf } from './asking.ts'

/** Puts together what was seen last, for one decision. Asks nobody. */
export function observe(crew: Crew, outcomes: ActionOutcome[]): Observation {
  const scan = crew.observer.lastScan()
  const server = scan.kind === 'ok' ? 'up' : scan.kind === 'no-server' ? 'none' : 'unknown'
  const id = scan.kind === 'ok' ? scan.server : undefined
  const mail = countMail(crew.world.outbox.peek())
  return {
    server,
    serverId: id === undefined ? undefined : `${id.pid}:${id.start}`,
    agents: crew.world.fleet().agents.map((spec) => seenOf(crew, spec, mail)),
    phase: crew.phases.seen(),
    outcomes,
  }
}

interface Mail {
  queued: Map<string, number>
  urgent: Map<string, Mode>
  states: Map<string, EntryState>
}

function countMail(box: OutboxState): Mail {
  const mail: Mail = { queued: new Map(), urgent: new Map(), states: new Map() }
  for (const entry of box.entries) {
    mail.states.set(entry.id, entry.state)
    if (isSettled(entry)) continue
    mail.queued.set(entry.agent, (mail.queued.get(entry.agent) ?? 0) + 1)
    const mode = mail.urgent.get(entry.agent) ?? 'queue'
    mail.urgent.set(entry.agent, strongest([{ mode }, entry]))
  }
  return mail
}

function seenOf(crew: Crew, spec: AgentSpec, mail: Mail): AgentSeen {
  const { world, observer, phases } = crew
  const backend = screenBackend(world.fleet(), spec)
  const sighting = observer.sighting(spec)
  const run = sighting.kind === 'alive' || sighting.kind === 'dead' ? sighting.pane.tag?.run : undefined
  const launch = launchOfRun(run)
  const model = phases.model(spec)
  const unsubmitted = run !== undefined && isPending(mail.states.get(kickoffId(run)))
  return {
    spec,
    effectiveModel: model,
    // A backend that the operator's call put in its place is no mismatch.
    backend: backend !== undefined && launch === anyLaunch ? { ...backend, processName: undefined } : backend,
    sighting,
    busy: crew.lanes.busy(spec.name),
    intent: intentOf(world.intents.peek(), spec.name),
    blocked: crew.blocked.get(spec.name),
    wantedLaunch: backend === undefined ? '' : wantedLaunch(spec, backend, model),
    runningLaunch: launch === anyLaunch ? undefined : launch,
    kickoffPending: backend?.promptDelivery === 'ping' && launch !== undefined && unsubmitted,
    ask: askOf(world, spec, observer.dialog(spec)),
    queued: mail.queued.get(spec.name) ?? 0,
    cutsIn: backend !== undefined && cutsIn(backend, mail.urgent.get(spec.name)),
  }
}

/** Whether a message of this mode may be typed while the agent works. */
const cutsIn = (backend: BackendSpec, mode: Mode | undefined): boolean =>
  (mode === 'steer' && backend.steers) || (mode === 'interrupt' && backend.interruptKey !== undefined)

/** A reload makes new specs, so what was computed for one holds as long as it is there. */
const launches = new WeakMap<AgentSpec, { backend: BackendSpec; model: string; launch: string }>()

function wantedLaunch(agent: AgentSpec, backend: BackendSpec, model: string): string {
  const known = launches.get(agent)
  if (known?.backend === backend && known.model === model) return known.launch
  const launch = launchFingerprint({ agent, backend, model })
  launches.set(agent, { backend, model, launch })
  return launch
}

/** Id of the boot message of one run: delivered once per run, also over a crash of the watchdog. */
export const kickoffId = (run: string): string => `kickoff-${run}`

function isPending(state: EntryState | undefined): boolean {
  return state === undefined || state === 'queued' || state === 'staged'
}
