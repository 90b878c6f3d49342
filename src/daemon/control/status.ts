import type {
  AgentSpec,
  PhaseReport,
  ServiceReport,
  StatusReport,
  WatchdogReport,
  WhyReport,
} from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { serviceTag, watchdogSession } from '../names.ts'
import { strangersIn } from '../strangers.ts'
import { agentReport, lifeOf } from './agent-report.ts'
import { attentionOf } from './attention.ts'
import type { StatusFacts } from './facts.ts'

export function statusReport(facts: StatusFacts): StatusReport {
  const { world, observer } = facts.engine.crew()
  const fleet = world.fleet()
  const scan = observer.lastScan()
  const agents = fleet.agents.map((spec) => agentReport(facts, spec))
  const watchdog = watchdogReport(facts)
  const report: StatusReport = {
    version: 1,
    at: world.clock.now().wall,
    project: fleet.projectDir,
    config: { path: fleet.configPath, problems: facts.problems, stale: facts.stale },
    phase: phaseReport(facts),
    agents,
    services: fleet.services.map((spec) => serviceReport(facts, spec.name, spec.session)),
    watchdog,
    tmux: {
      server: scan.kind === 'ok' ? 'up' : scan.kind === 'no-server' ? 'none' : 'unknown',
      why: scan.kind === 'ok' ? undefined : scan.kind === 'unknown' ? scan.why : scan.evidence,
      socket: world.tmux.socketPath(),
    },
    town: facts.town,
    unmanaged: unmanaged(facts),
    attention: [],
  }
  return { ...report, attention: attentionOf(report, facts) }
}

function phaseReport(facts: StatusFacts): PhaseReport | undefined {
  const view = facts.engine.crew().phases.view()
  const phase = view.phases[view.index]
  if (phase === undefined) return undefined
  const { done, complete, why } = view
  return {
    id: phase.id,
    position: view.index + 1,
    total: view.phases.length,
    plan: phase.plan,
    done,
    complete,
    why,
  }
}

function serviceReport(facts: StatusFacts, name: string, session: string): ServiceReport {
  const { observer } = facts.engine.crew()
  if (observer.lastScan().kind === 'unknown')
    return { name, session, life: 'unknown', pid: undefined, command: undefined }
  const pane = observer.pane(serviceTag(name), session)
  if (pane === undefined || pane.dead)
    return { name, session, life: 'stopped', pid: undefined, command: undefined }
  return { name, session, life: 'up', pid: pane.panePid, command: visible(pane.command) }
}

function watchdogReport(facts: StatusFacts): WatchdogReport {
  const { world } = facts.engine.crew()
  const { running, pid, since } = facts.watchdog
  const wanted = world.intents.peek().watchdog === 'up'
  return {
    life: running ? 'up' : wanted ? 'down' : 'stopped',
    pid: running ? pid : undefined,
    since: running ? since : undefined,
    session: watchdogSession(world.fleet()),
  }
}

function unmanaged(facts: StatusFacts): StatusReport['unmanaged'] {
  const { world, observer } = facts.engine.crew()
  return strangersIn(world, observer)
    .filter(({ dead }) => !dead)
    .map(({ session, tagged }) => ({ session, agent: visible(tagged) }))
}

export function whyReport(facts: StatusFacts, spec: AgentSpec): WhyReport {
  const { engine } = facts
  const seen = engine.crew().observer.sighting(spec)
  const { life, because } = lifeOf(seen, engine.memory().agents[spec.name], facts.watchdog.running)
  return {
    agent: spec.name,
    life,
    because,
    reading: seen.kind === 'alive' ? seen.reading : undefined,
    decisions: engine.decisions(spec.name),
    plan: engine.plan().filter((line) => line.agent === spec.name),
  }
}
