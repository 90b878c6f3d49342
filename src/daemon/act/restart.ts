import type { AgentSpec } from '../../core/index.ts'
import { stillHolds } from '../../watchdog/still-holds.ts'
import type { Action, ActionOutcome } from '../../watchdog/types.ts'
import type { Crew } from '../engine.ts'
import { kickoffId, observe } from '../look/observation.ts'
import { forgetOldRun } from './deliver.ts'
import { orderOf, outcomeOf } from './perform.ts'
import { startAgents } from './start.ts'
import { stoppedText, stopSession } from './stop.ts'

type Restart = Extract<Action, { kind: 'restart' }>

/** A frozen program does not answer; only an agent that is restarted for a changed config gets its whole grace. Milliseconds. */
const shortGraceMs = 1_000
/** How long the CPU use is watched once more before the kill. Milliseconds. */
const cpuWindowMs = 450

/** Looks once more with the knife in the hand (INV-7), then kills and starts. A new start needs what it needs first. */
export async function restartAgent(crew: Crew, spec: AgentSpec, action: Restart): Promise<ActionOutcome> {
  const { world } = crew
  const order = await orderOf(crew, spec.name, action.because, action.cause, action.fresh)
  if (order?.prompt.kind === 'blocked') {
    world.report({ kind: 'kill-withdrawn', agent: spec.name, because: order.prompt.why })
    return {
      agent: spec.name,
      action: 'restart',
      ok: false,
      cause: 'config',
      retryable: false,
      because: order.prompt.why,
    }
  }
  const verdict = await lookOnceMore(crew, spec, action)
  if (!verdict.holds || order === undefined) {
    world.report({ kind: 'kill-withdrawn', agent: spec.name, because: verdict.why })
    return { agent: spec.name, action: 'restart', ok: false, withdrawn: true, because: verdict.why }
  }
  world.report({
    kind: 'kill',
    agent: spec.name,
    because: action.because,
    cause: action.cause,
    evidence: action.evidence,
  })
  const pane = crew.observer.pane(spec.name, spec.session)
  const graceMs =
    action.verify.predicate === 'changed' || action.verify.predicate === 'switch'
      ? spec.stopGraceMs
      : Math.min(shortGraceMs, spec.stopGraceMs)
  const stopped = await stopSession(world, {
    tagged: spec.name,
    panes: pane === undefined ? [] : [pane],
    graceMs,
  })
  world.report({ kind: 'stopped', agent: spec.name, because: stoppedText(stopped) })
  const result = (await startAgents(world, [order])).get(spec.name)
  if (result?.kind === 'started') await forgetOldRun(world, spec.name, kickoffId(result.run))
  return { ...outcomeOf(spec.name, result), action: 'restart' }
}

async function lookOnceMore(
  crew: Crew,
  spec: AgentSpec,
  action: Restart,
): Promise<{ holds: boolean; why: string }> {
  const { world, observer } = crew
  let cpuBusy: boolean | undefined
  if (action.verify.predicate === 'stall') {
    await observer.sampleCpu([spec])
    await world.clock.sleep(cpuWindowMs)
    await observer.sampleCpu([spec])
    const seen = observer.sighting(spec)
    cpuBusy = seen.kind === 'alive' ? seen.cpuBusy : undefined
  }
  const fresh = await observer.fresh(spec)
  const now = observe(crew, []).agents.find((agent) => agent.spec.name === spec.name)
  return stillHolds(action.verify, {
    pane: fresh?.pane,
    reading: fresh?.reading,
    cpuBusy,
    wanted: now?.intent.wanted === 'up' && !now.intent.paused,
    wantedLaunch: now?.wantedLaunch,
    runningLaunch: now?.runningLaunch,
  })
}
