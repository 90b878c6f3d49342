import type {
  AgentReport,
  AgentSpec,
  AskingReport,
  EpochMs,
  FleetEvent,
  PhaseReport,
  Problem,
  Reading,
  ReadingState,
  ServiceReport,
  StatusReport,
  TownReport,
  WatchdogReport,
  WhyReport,
} from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { waiting } from '../../delivery/outbox.ts'
import { covering } from '../../watchdog/account-clock.ts'
import { spenderFor } from '../../watchdog/accounts.ts'
import { failureLine, needsPerson } from '../../watchdog/person.ts'
import { whyStuck } from '../../watchdog/stuck.ts'
import { span } from '../../watchdog/tick.ts'
import type { AgentMemory, Sighting } from '../../watchdog/types.ts'
import type { Engine } from '../engine.ts'
import { intentOf } from '../intents.ts'
import { serviceTag, watchdogSession } from '../names.ts'
import { askingOf } from '../ops/answer.ts'
import { whyWaiting } from '../ops/message-report.ts'

export interface StatusFacts {
  engine: Engine
  problems: Problem[]
  stale: boolean
  watchdog: { pid: number | undefined; since: number | undefined; running: boolean }
  /** Newest event of each agent. */
  lastEvents: ReadonlyMap<string, FleetEvent>
  /** Trouble of the daemon's parts that a person should know of, e.g. a remote that cannot be fetched. */
  troubles: string[]
  town: TownReport
}

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

function agentReport(facts: StatusFacts, spec: AgentSpec): AgentReport {
  const { world, observer, phases } = facts.engine.crew()
  const memory = facts.engine.memory().agents[spec.name]
  const seen = observer.sighting(spec)
  const intent = intentOf(world.intents.peek(), spec.name)
  const last = facts.lastEvents.get(spec.name)
  const pane = seen.kind === 'alive' || seen.kind === 'dead' ? seen.pane : undefined
  const { life, because } = lifeOf(seen, memory, facts.watchdog.running)
  const away = memory?.sidestep?.back === true ? undefined : memory?.sidestep?.home
  return {
    name: spec.name,
    session: spec.session,
    kind: spec.kind,
    backend: spec.backend,
    model: phases.model(spec) || 'default',
    ...(away === undefined ? {} : { insteadOf: { ...away, model: away.model || 'default' } }),
    watch: spec.watch,
    enabled: spec.enabled,
    paused: intent.paused,
    life,
    because,
    reading: seen.kind === 'alive' ? shownState(seen.reading, memory) : undefined,
    failClass: seen.kind === 'alive' ? seen.reading.failClass : undefined,
    since: memory?.lifeSince ?? pane?.createdAt,
    until: limitEnd(facts, spec) ?? retryAt(facts, memory) ?? memory?.backoff?.untilWall,
    restarts: memory?.restarts.length ?? 0,
    lastEvent: last === undefined ? undefined : { at: last.at, text: eventText(last) },
    pid: seen.kind === 'alive' ? seen.pane.panePid : undefined,
    command: seen.kind === 'alive' ? visible(seen.pane.command) : undefined,
    asking: askingOf(facts.engine, spec),
    ...mailReport(facts, spec),
  }
}

function mailReport({ engine }: StatusFacts, spec: AgentSpec): Pick<AgentReport, 'queued' | 'queuedWhy'> {
  const crew = engine.crew()
  const line = waiting(crew.world.outbox.peek(), spec.name)
  const why = line[0] === undefined ? undefined : whyWaiting(crew, engine.memory(), line[0])
  return { queued: line.length, queuedWhy: why === undefined ? undefined : visible(why) }
}

/** A limit that waits for a person is a question to one. */
const shownState = (reading: Reading, memory: AgentMemory | undefined): ReadingState =>
  reading.state === 'limited' && memory?.hold?.asks !== undefined ? 'asking' : reading.state

/** Until when a limit holds it: its own, or its account's. Nobody knows where a person must act. */
function limitEnd(facts: StatusFacts, spec: AgentSpec): EpochMs | undefined {
  const { engine } = facts
  const memory = engine.memory()
  const { hold, life } = memory.agents[spec.name] ?? {}
  if (hold !== undefined) return hold.asks === 'blocked' ? undefined : hold.until
  if (life !== 'held' || memory.fleet.clocks.length === 0) return undefined
  const { world, phases } = engine.crew()
  const spender = spenderFor(world.fleet(), spec.backend, phases.model(spec))
  const clocks = covering(memory.fleet.clocks, spender)
  const ends = clocks.flatMap((clock) =>
    clock.kind === 'timed' && clock.open === undefined ? clock.until : [],
  )
  return ends.length === 0 ? undefined : Math.max(...ends)
}

/** When a start that failed is tried again. */
function retryAt(facts: StatusFacts, memory: AgentMemory | undefined): EpochMs | undefined {
  if (memory === undefined || memory.life !== 'backing-off' || whyStuck(memory) === undefined)
    return undefined
  const { wall, mono } = facts.engine.crew().world.clock.now()
  return wall + Math.max(0, memory.retry!.at - mono)
}

/** Without a watchdog nobody keeps the memory: then a living pane is simply up, a missing one stopped. */
export function lifeOf(
  seen: Sighting,
  memory: AgentMemory | undefined,
  watched: boolean,
): { life: AgentReport['life']; because: string | undefined } {
  if (watched && memory !== undefined) return { life: memory.life, because: memory.because }
  if (seen.kind === 'unknown') return { life: 'unknown', because: seen.why }
  if (seen.kind === 'alive') {
    return memory?.hold !== undefined && seen.reading.state === 'limited'
      ? { life: 'held', because: memory.because }
      : { life: 'up', because: undefined }
  }
  if (memory?.parked !== undefined) return { life: 'parked', because: memory.parked.because }
  return {
    life: 'stopped',
    because: seen.kind === 'foreign' ? seen.why : seen.kind === 'dead' ? seen.evidence[0] : undefined,
  }
}

export const eventText = (event: FleetEvent): string =>
  visible(event.because === undefined ? event.kind : `${event.kind}: ${event.because}`)

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
  const fleet = world.fleet()
  const known = new Set(['watchdog', 'keeper', ...fleet.agents.map((spec) => spec.name)])
  for (const spec of fleet.services) known.add(serviceTag(spec.name))
  return observer
    .strangers(known)
    .filter((pane) => !pane.dead)
    .map((pane) => ({ session: pane.sessionName, agent: visible(pane.tag?.agent ?? '') }))
}

/** What needs a person, in one sentence each: the reason of `status --check`. */
function attentionOf(report: StatusReport, facts: StatusFacts): string[] {
  const lines: string[] = []
  const errors = report.config.problems.filter((problem) => problem.severity === 'error')
  if (errors.length > 0) {
    const force = report.config.stale ? '; the last good one is in force' : ''
    lines.push(`the config has ${errors.length} error(s)${force}: run \`agents config check\``)
  }
  if (report.watchdog.life === 'down') lines.push('the watchdog is DOWN: run `agents up watchdog`')
  if (report.tmux.server === 'unknown') lines.push(`tmux cannot be asked: ${report.tmux.why ?? 'no answer'}`)
  for (const agent of report.agents) lines.push(...agentAttention(agent, facts))
  for (const one of report.unmanaged)
    lines.push(`the session ${one.session} runs an agent (${one.agent}) that is in no config`)
  for (const reason of facts.town.reasons) lines.push(townAttention(facts.town, reason))
  return [...lines, ...facts.troubles]
}

function townAttention({ state, name = 'the town' }: TownReport, reason: string): string {
  const how = state === 'ok' ? '' : ` is ${state}`
  return `${name === 'the town' ? name : `the town ${name}`}${how}: ${visible(reason)}`
}

function agentAttention(agent: AgentReport, { engine }: StatusFacts): string[] {
  const { name } = agent
  const lines: string[] = []
  if (agent.life === 'parked')
    lines.push(`${name} is parked: ${agent.because ?? 'no reason recorded'}; then \`agents reset ${name}\``)
  const memory = engine.memory().agents[name]
  const waits = agent.life === 'backing-off' || agent.life === 'starting'
  const stuck = waits && memory !== undefined ? whyStuck(memory) : undefined
  if (stuck !== undefined) lines.push(`${name} cannot be started: ${stuck}; it is tried again and again`)
  if (memory?.hold?.asks !== undefined && agent.life === 'held') {
    const { text } = memory.hold
    lines.push(`${name} waits for you: ${visible(text)}; when it is settled, \`agents resume ${name}\``)
  } else if (agent.asking !== undefined) lines.push(askingLine(name, agent.asking, engine))
  else if (agent.reading === 'asking') lines.push(`${name} asks for an answer: \`agents attach ${name}\``)
  if (agent.reading === 'shell') lines.push(`${name} is shell`)
  const passing = agent.failClass === 'overload' && (memory?.overload?.step ?? 0) < lastingSteps
  if (agent.reading === 'failing' && !passing) lines.push(failingLine(agent, engine))
  return lines
}

function askingLine(name: string, { kind, question, since }: AskingReport, engine: Engine): string {
  const age = since === undefined ? '' : `, for ${span(engine.crew().world.clock.now().wall - since)}`
  const what = question === '' ? '' : `: ${question.slice(0, 120)}`
  return `${name} asks for an answer (${kind}${age})${what}; \`agents asks\`, then \`agents answer ${name} …\``
}

/** So often in vain asked to carry on, about eight minutes by the default waits, an overload is worth a look. */
const lastingSteps = 4

function failingLine({ name }: AgentReport, engine: Engine): string {
  const { world, observer } = engine.crew()
  const spec = world.fleet().agents.find((one) => one.name === name)
  const seen = spec === undefined ? undefined : observer.sighting(spec)
  if (seen?.kind !== 'alive') return `${name} is failing`
  const what = `${name} is failing: ${visible(failureLine(seen.reading))}`
  return needsPerson(seen.reading) ? `${what}; \`agents attach ${name}\`` : what
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
