import type { AgentSpec } from '../../core/index.ts'
import type { Action, ActionOutcome } from '../../watchdog/types.ts'
import { type Crew, troubleEvent } from '../engine.ts'
import { kickoffId } from '../look/observation.ts'
import { answerByRule } from './answer.ts'
import { forgetOldRun } from './deliver.ts'
import { dropProbes, removeHold, saveHold } from './limits.ts'
import type { StartOrder } from './prepare.ts'
import { restartAgent } from './restart.ts'
import { type Started, startAgents } from './start.ts'
import { stoppedText, stopSession } from './stop.ts'
import { carryOn, deliver, kickoff, nudge, probe, wake } from './talk.ts'

type AgentAction = Exclude<Action, { kind: 'note' | 'advance' | 'complete' }>
type Report = (outcome: ActionOutcome) => void

/**
 * Carries out one decision. Starts go as one batch; everything else runs in its agent's own lane, so that nothing
 * waits for another agent. Every agent action answers exactly one outcome.
 */
export async function perform(crew: Crew, actions: readonly Action[], report: Report): Promise<void> {
  const starts = actions.filter((action) => action.kind === 'start')
  const others = actions.filter((action) => action.kind !== 'start')
  const work = others.map((action) => performOne(crew, action, report))
  if (starts.length > 0) work.push(performStarts(crew, starts, report))
  await Promise.all(work)
}

function performOne(crew: Crew, action: Exclude<Action, { kind: 'start' }>, report: Report): Promise<void> {
  if (action.kind === 'note') return Promise.resolve(note(crew, action))
  if (action.kind === 'advance' || action.kind === 'complete') return movePhase(crew, action, report)
  const spec = specOf(crew, action.agent)
  if (spec === undefined) return Promise.resolve()
  return crew.lanes
    .run(action.agent, action.kind, () => act(crew, spec, action))
    .then(
      (outcome) => report(outcome ?? { agent: action.agent, action: action.kind, ok: true }),
      (error: unknown) => {
        crew.world.report(troubleEvent(action.agent, action.kind, error))
        report({
          agent: action.agent,
          action: action.kind,
          ok: false,
          retryable: true,
          because: String(error),
        })
      },
    )
}

function note(crew: Crew, action: Extract<Action, { kind: 'note' }>): void {
  crew.world.report({
    kind: action.event,
    agent: action.agent,
    because: action.because,
    evidence: action.evidence,
    ...action.details,
  })
}

function movePhase(
  crew: Crew,
  action: Extract<Action, { kind: 'advance' | 'complete' }>,
  report: Report,
): Promise<void> {
  const move =
    action.kind === 'advance'
      ? crew.phases.advance(action.from, action.to, action.because)
      : crew.phases.complete(action.because)
  return move.then(
    () => report({ agent: 'fleet', action: action.kind, ok: true }),
    (error: unknown) => {
      crew.world.report(troubleEvent('loop', action.kind, error))
      report({ agent: 'fleet', action: action.kind, ok: false, retryable: true, because: String(error) })
    },
  )
}

const specOf = (crew: Crew, name: string): AgentSpec | undefined =>
  crew.world.fleet().agents.find((spec) => spec.name === name)

function performStarts(
  crew: Crew,
  starts: readonly Extract<Action, { kind: 'start' }>[],
  report: Report,
): Promise<void> {
  const batch = startBatch(crew, starts)
  const lanes = starts.map(({ agent }) =>
    // The lane is taken at once: until the batch is done nothing else is decided for the agent.
    crew.lanes
      .run(agent, 'start', async () => started(crew, agent, (await batch).get(agent)))
      .then(
        (outcome) => report(outcome),
        (error: unknown) => {
          crew.world.report(troubleEvent(agent, 'start', error))
          report({ agent, action: 'start', ok: false, retryable: true, because: String(error) })
        },
      ),
  )
  return Promise.all(lanes).then(() => undefined)
}

/** Starts several agents at once; each one's prompt and model are of the current phase. */
export async function startBatch(
  crew: Crew,
  starts: readonly { agent: string; because: string; cause: StartOrder['cause']; fresh?: boolean }[],
): Promise<Map<string, Started>> {
  const orders = await Promise.all(
    starts.map((one) => orderOf(crew, one.agent, one.because, one.cause, one.fresh)),
  )
  return startAgents(
    crew.world,
    orders.filter((order) => order !== undefined),
  )
}

async function started(crew: Crew, agent: string, result: Started | undefined): Promise<ActionOutcome> {
  if (result?.kind === 'started') await forgetOldRun(crew.world, agent, kickoffId(result.run))
  return outcomeOf(agent, result)
}

/** What a start needs to know, with the phase's model and kickoff. */
export async function orderOf(
  crew: Crew,
  agent: string,
  because: string,
  cause: StartOrder['cause'],
  fresh = false,
): Promise<StartOrder | undefined> {
  const spec = specOf(crew, agent)
  if (spec === undefined) return undefined
  const overridden = crew.world.overridden(agent)
  return {
    spec,
    model: crew.phases.model(spec),
    prompt: await crew.phases.prompt(spec),
    because,
    cause,
    overridden,
    fresh,
  }
}

export function outcomeOf(agent: string, result: Started | undefined): ActionOutcome {
  if (result === undefined)
    return { agent, action: 'start', ok: false, retryable: true, because: 'no answer' }
  if (result.kind !== 'failed') return { agent, action: 'start', ok: true }
  const { cause, retryable, why } = result
  return { agent, action: 'start', ok: false, cause, retryable, because: why }
}

async function act(
  crew: Crew,
  spec: AgentSpec,
  action: Exclude<AgentAction, { kind: 'start' }>,
): Promise<ActionOutcome | undefined> {
  const { world } = crew
  switch (action.kind) {
    case 'restart':
      return restartAgent(crew, spec, action)
    case 'stop':
      return stop(crew, spec, action.because)
    case 'clean':
      return clean(crew, spec)
    case 'park':
      world.report({
        kind: 'park',
        agent: spec.name,
        because: action.because,
        cause: action.cause,
        evidence: action.evidence,
      })
      return clean(crew, spec)
    case 'hold':
      await saveHold(world, spec, action.hold)
      if (action.first) {
        world.report({
          kind: 'limit',
          agent: spec.name,
          because: action.because,
          until: action.hold.asks === 'blocked' ? undefined : action.hold.until,
          account: action.hold.account,
          window: action.hold.window,
          evidence: [action.hold.text],
        })
      }
      return undefined
    case 'lift':
      await removeHold(world, spec)
      await dropProbes(world, spec)
      world.report({ kind: 'lift', agent: spec.name, because: action.because })
      return undefined
    case 'sidestep': {
      await removeHold(world, spec)
      await dropProbes(world, spec)
      const { because, backend, model, until } = action
      const kind = action.back ? 'limit-return' : 'limit-switch'
      world.report({ kind, agent: spec.name, because, backend, model, until })
      return undefined
    }
    case 'probe':
      await saveHold(world, spec, action.hold)
      return probe(crew, spec, action)
    case 'wake':
      return wake(crew, spec, action.because)
    case 'nudge':
      return nudge(crew, spec)
    case 'carry-on':
      return carryOn(crew, spec, action.because)
    case 'kickoff':
      return kickoff(crew, spec)
    case 'answer':
      return answerByRule(crew, spec, action)
    case 'deliver':
      return deliver(crew, spec)
  }
}

async function stop(crew: Crew, spec: AgentSpec, because: string): Promise<undefined> {
  const pane = crew.observer.pane(spec.name, spec.session)
  const panes = pane === undefined ? [] : [pane]
  crew.world.report({ kind: 'stop', agent: spec.name, because })
  const stopped = await stopSession(crew.world, { tagged: spec.name, panes, graceMs: spec.stopGraceMs })
  crew.world.report({ kind: 'stopped', agent: spec.name, because: stoppedText(stopped) })
}

async function clean(crew: Crew, spec: AgentSpec): Promise<undefined> {
  const seen = crew.observer.sighting(spec)
  if (seen.kind === 'dead') await crew.world.tmux.killSession(seen.pane.sessionId)
}
