import { bootMessage } from '../../backends/launch.ts'
import { screenBackend } from '../../backends/worker-screen.ts'
import type { AgentSpec } from '../../core/index.ts'
import { squeeze } from '../../core/text.ts'
import { carryOnText, nudgeText, probeText } from '../../delivery/notices.ts'
import { waiting } from '../../delivery/outbox.ts'
import type { Action, ActionOutcome } from '../../watchdog/types.ts'
import type { Crew } from '../engine.ts'
import { kickoffId } from '../look/observation.ts'
import { kickoffPath } from '../names.ts'
import { ageOf, deliverNext, queueMessage } from './deliver.ts'
import { wakeWorker } from './wake-worker.ts'

/**
 * What the watchdog says to an agent. Each message is one short line with the same words every time, so that a prompt
 * can tell the agent to expect it; each goes through the outbox, so one that cannot be typed now is not lost.
 */
export async function probe(
  crew: Crew,
  spec: AgentSpec,
  action: Extract<Action, { kind: 'probe' }>,
): Promise<ActionOutcome | undefined> {
  const { world } = crew
  world.report({ kind: 'limit-probe', agent: spec.name, because: action.because, nudges: action.hold.nudges })
  if (spec.kind === 'worker') {
    await wakeWorker(crew, spec)
    return undefined
  }
  const id = messageId(crew, 'probe', spec)
  // One that could not be typed asks the same: two would only be read twice.
  const asked = waiting(await world.outbox.read(), spec.name).some((entry) => entry.kind === 'probe')
  if (!asked) await queueMessage(world, { id, agent: spec.name, kind: 'probe', text: probeText(spec) })
  const untyped = await deliver(crew, spec, { leavesLimitMenu: true })
  return untyped === undefined ? undefined : { ...untyped, action: 'probe' }
}

export async function nudge(crew: Crew, spec: AgentSpec): Promise<undefined> {
  const id = messageId(crew, 'nudge', spec)
  await queueMessage(crew.world, { id, agent: spec.name, kind: 'nudge', text: nudgeText })
  await deliver(crew, spec)
}

export async function carryOn(crew: Crew, spec: AgentSpec, because: string): Promise<undefined> {
  crew.world.report({ kind: 'overload', agent: spec.name, because })
  if (spec.kind === 'worker') return
  const asked = waiting(await crew.world.outbox.read(), spec.name).some((entry) => entry.kind === 'nudge')
  const id = messageId(crew, 'carry-on', spec)
  if (!asked) await queueMessage(crew.world, { id, agent: spec.name, kind: 'nudge', text: carryOnText })
  await deliver(crew, spec)
}

/** A message that cannot be typed now stays queued; the failed outcome spaces the tries. */
export async function deliver(
  crew: Crew,
  spec: AgentSpec,
  how: Parameters<typeof deliverNext>[4] = {},
): Promise<ActionOutcome | undefined> {
  const seen = crew.observer.sighting(spec)
  if (seen.kind !== 'alive') return undefined
  const why = await deliverNext(crew.world, crew.observer, spec, seen.pane.paneId, how)
  return why === undefined ? undefined : notNow(spec, 'deliver', why)
}

const notNow = (spec: AgentSpec, action: Action['kind'], because: string): ActionOutcome => ({
  agent: spec.name,
  action,
  ok: false,
  retryable: true,
  because,
})

/** Unique per run of the agent, so that a new run drops the probes and nudges of the old one. */
function messageId(crew: Crew, sort: string, spec: AgentSpec): string {
  const run = crew.observer.pane(spec.name, spec.session)?.tag?.run ?? 'none'
  return `${sort}-${crew.world.clock.now().wall}-${kickoffId(run)}`
}

export async function wake(crew: Crew, spec: AgentSpec, because: string): Promise<undefined> {
  if (spec.wake === undefined) return
  const found = await crew.world.files.readText(spec.wake.promptPath)
  if (found.kind === 'missing') {
    crew.world.report({ kind: 'wake', agent: spec.name, because: `skipped: ${found.why}` })
    return
  }
  const text = squeeze(found.text)
  if (text === '') return
  crew.world.report({ kind: 'wake', agent: spec.name, because })
  const id = `wake-${spec.name}-${crew.world.clock.now().wall}`
  await queueMessage(crew.world, { id, agent: spec.name, kind: 'wake', text })
  await deliver(crew, spec)
}

export async function kickoff(crew: Crew, spec: AgentSpec): Promise<ActionOutcome | undefined> {
  const why = await bootMessageFor(crew, spec)
  return why === undefined ? undefined : notNow(spec, 'kickoff', why)
}

/** Waits until the CLI had its time to connect, then types the line that names the kickoff file. */
export async function bootMessageFor(crew: Crew, spec: AgentSpec): Promise<string | undefined> {
  const { world, observer } = crew
  const seen = observer.sighting(spec)
  const backend = screenBackend(world.fleet(), spec)
  if (seen.kind !== 'alive' || backend === undefined || seen.pane.tag?.run === undefined) return
  await world.clock.sleep(Math.max(0, backend.connectDelayMs - (await ageOf(world, seen.pane))))
  const text = bootMessage(kickoffPath(world.fleet(), spec.session))
  await queueMessage(world, { id: kickoffId(seen.pane.tag.run), agent: spec.name, kind: 'kickoff', text })
  return deliverNext(world, observer, spec, seen.pane.paneId)
}
