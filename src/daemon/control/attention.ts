import type { AgentReport, AskingReport, StatusReport, TownReport } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { failureLine, needsPerson } from '../../watchdog/person.ts'
import { whyStuck } from '../../watchdog/stuck.ts'
import { span } from '../../watchdog/tick.ts'
import type { Engine } from '../engine.ts'
import type { StatusFacts } from './facts.ts'

/** What needs a person, in one sentence each: the reason of `status --check`. */
export function attentionOf(report: StatusReport, facts: StatusFacts): string[] {
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
    lines.push(`the session ${one.session} runs ${ownerText(one.agent)} that is in no config`)
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

const ownerText = (tagged: string): string =>
  tagged.startsWith('service:') ? `a service (${tagged.slice(8)})` : `an agent (${tagged})`
