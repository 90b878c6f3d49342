import type { AgentSpec, EpochMs, MonoMs } from '../../core/index.ts'
import { type Beat, type MirrorWrite, readPulse, writeMirror } from '../../town/agents/mirror.ts'
import type { Order } from '../../town/agents/orders.ts'
import type { Town } from '../../town/town.ts'
import { type AgentState, isTerminal } from '../../town/wire/agent-record.ts'
import { hashTime } from '../../town/wire/stamp.ts'
import type { TownEvent } from '../../town/wire/town-event.ts'
import type { Ledger, LedgerAgent } from './ledger.ts'
import { configFields } from './roster.ts'
import { type Step, stepOf } from './step.ts'
import type { AgentView } from './view.ts'

/** What the keeper remembers of one agent beside the ledger, as long as it runs. */
export interface Told {
  /** Fields of its record as they were written last. */
  fields: Record<string, string | undefined>
  /** Activity that is not written yet, oldest first. */
  lines: string[]
  /** Turns that the record knows. */
  rounds: number
  /** What the pulse before found, where it was not as expected. */
  before: string
  run: string | undefined
  /** Since when it reads as failing. */
  brokenAt?: MonoMs | undefined
  /** As it was when nothing was to be done about it: where nothing of that has changed, nothing is to be done now. */
  rest: Rest | undefined
}

type Rest = Pick<AgentView, 'life' | 'reading' | 'failClass' | 'paused' | 'run'> &
  Pick<LedgerAgent, 'state' | 'rounds' | 'started'> & { spec: AgentSpec }

export const nothingTold = (): Told => ({
  fields: {},
  lines: [],
  rounds: -1,
  before: '',
  run: undefined,
  rest: undefined,
})

export interface PassDeps {
  owner: string
  ledger: Ledger
  /** Agents of ours that are enrolled; those that left the config are no longer among them. */
  specs: readonly AgentSpec[]
  view(spec: AgentSpec): AgentView
  told(name: string): Told
  /** Also of those who are as expected it is looked who owns their records. */
  thorough: boolean
  /** Somebody gave an order: it is on record when this resolves. */
  ordered(spec: AgentSpec, order: Order, left: AgentState): Promise<void>
}

export interface Passed {
  epoch: string | undefined
  /** See `Pulse`. */
  people: string
  /** Lengths of the inboxes that are not empty, by agent. */
  mail: Map<string, { id: string; inbox: number; urgent: number }>
  /** Agents whose records are gone or not ours. */
  enrol: string[]
  /** Something is not settled: the next pulse is due soon. */
  soon: boolean
}

/** One pulse: reads what differs, finds orders, writes what is true. */
export async function pass(town: Town, deps: PassDeps): Promise<Passed> {
  const { ledger, specs, owner } = deps
  const entries = specs.map((spec) => ({
    spec,
    agent: ledger.state.agents[spec.name]!,
    view: deps.view(spec),
  }))
  const expected = entries.map(({ agent: { id, state }, view: { paused } }) => ({ id, state, paused }))
  const { epoch, people, beats } = await readPulse(town, owner, expected, deps.thorough)
  const done: Passed = { epoch, people, mail: new Map(), enrol: [], soon: false }
  // Another server, or an emptied one: nothing of what is not there means anything.
  if (epoch !== ledger.state.epoch) return done
  const found = new Map(beats.map((beat) => [beat.at, beat]))
  const open = entries.flatMap((entry, at) => {
    const beat = found.get(at)
    return beat === undefined && rests(entry, deps.told(entry.spec.name)) ? [] : [{ entry, beat }]
  })
  await Promise.all(open.map(({ entry, beat }) => one(town, deps, entry, beat, done)))
  return done
}

/** Of most agents nothing has changed since the pulse before. */
function rests({ spec, agent, view }: Entry, { rest, lines, before }: Told): boolean {
  return (
    rest !== undefined &&
    lines.length === 0 &&
    before === '' &&
    agent.order === undefined &&
    rest.spec === spec &&
    rest.state === agent.state &&
    rest.rounds === agent.rounds &&
    rest.started === agent.started &&
    rest.life === view.life &&
    rest.reading === view.reading &&
    rest.failClass === view.failClass &&
    rest.paused === view.paused &&
    rest.run === view.run
  )
}

function restOf({ spec, agent, view }: Entry): Rest {
  const { state, rounds, started } = agent
  return { spec, state, rounds, started, ...view }
}

type Entry = { spec: AgentSpec; agent: LedgerAgent; view: AgentView }

async function one(
  town: Town,
  deps: PassDeps,
  entry: Entry,
  beat: Beat | undefined,
  done: Passed,
): Promise<void> {
  const { spec, agent } = entry
  const told = deps.told(spec.name)
  if (beat !== undefined && beat.inbox + beat.urgent > 0)
    done.mail.set(spec.name, { id: agent.id, inbox: beat.inbox, urgent: beat.urgent })
  // A loop of `tt` that leaves writes `stopped` as its last word, which is mended as soon as may be.
  if (beat?.stop === 'guard') done.soon = true
  follow(town, deps.ledger, entry, told)
  const step = stepNow(entry, beat, told)
  told.rest = step.kind === 'rest' && beat === undefined ? restOf(entry) : undefined
  if (step.kind === 'enrol') done.enrol.push(spec.name)
  if (step.kind === 'wait') done.soon = true
  if (step.kind === 'order') {
    await deps.ordered(spec, step.order, step.found)
    // Covers the line that the order left, which is one order and not one at each look.
    told.lines.push(`📨 Taken up: ${step.order}`)
    const next = stepNow(entry, beat, told)
    if (next.kind === 'write') await write(town, deps, entry, next, done)
  }
  if (step.kind === 'write') await write(town, deps, entry, step, done)
}

function stepNow({ spec, agent, view }: Entry, beat: Beat | undefined, told: Told): Step {
  const sign = beat === undefined ? '' : [beat.state, beat.ours, beat.stop, beat.line].join('\0')
  const again = sign !== '' && sign === told.before
  told.before = sign
  const fields = configFields(spec)
  const pending = {
    rounds: spec.kind !== 'worker' && told.rounds !== agent.rounds,
    lines: told.lines.length > 0,
    fields: Object.entries(fields).some(([name, value]) => told.fields[name] !== value),
  }
  // What is still to be written is newer than the newest line.
  const current = beat !== undefined && pending.lines ? { ...beat, line: '' } : beat
  return stepOf(current, agent, view, pending, again)
}

/** Once started, an agent is never cold again. */
function follow(town: Town, ledger: Ledger, { agent, view }: Entry, told: Told): void {
  if (view.run === undefined || view.run === told.run) return
  told.run = view.run
  if (agent.started) return
  agent.started = true
  agent.activeAt = town.now()
  ledger.touch()
}

async function write(
  town: Town,
  deps: PassDeps,
  { spec, agent, view }: Entry,
  step: Extract<Step, { kind: 'write' }>,
  done: Passed,
): Promise<void> {
  const told = deps.told(spec.name)
  const now = town.now()
  const changed = agent.state !== step.state
  const active = changed || told.rounds !== agent.rounds ? now : agent.activeAt
  const config = configFields(spec)
  const lines = told.lines.slice(-10)
  const order: MirrorWrite = {
    id: agent.id,
    expect: step.found,
    state: step.state,
    // A worker counts its own.
    rounds: spec.kind === 'worker' ? 0 : agent.rounds,
    fields: { ...newer(told, { ...config, spawn_mode: agent.spawnMode }), ...signs(step.state, now, active) },
    lines,
    event: changed ? changeOf(spec, agent, step.state, view, now) : undefined,
    stop: step.stop,
  }
  const answer = await writeMirror(town, deps.owner, order)
  if (answer.kind === 'differs') done.soon = true
  else if (answer.kind !== 'ok') done.enrol.push(spec.name)
  else {
    told.fields = { ...told.fields, ...config, spawn_mode: agent.spawnMode }
    told.lines = told.lines.filter((line) => !lines.includes(line))
    told.rounds = agent.rounds
    Object.assign(agent, { state: step.state, activeAt: active, tasks: Math.max(agent.tasks, answer.tasks) })
    if (agent.order !== undefined) agent.order.settled = true
    deps.ledger.touch()
  }
}

const newer = (told: Told, fields: Record<string, string | undefined>): Record<string, string | undefined> =>
  Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !(name in told.fields) || told.fields[name] !== value),
  )

/** Who is over gives no sign of life. */
const signs = (state: AgentState, now: EpochMs, active: EpochMs): Record<string, string> => ({
  last_active_at: hashTime(active),
  ...(isTerminal(state) ? {} : { last_heartbeat: hashTime(now) }),
})

function changeOf(
  spec: AgentSpec,
  agent: LedgerAgent,
  state: AgentState,
  { life, reading }: AgentView,
  at: EpochMs,
): TownEvent {
  const why = life === 'up' ? (reading ?? life) : life
  return {
    type: 'agent_state_changed',
    agent: agent.id,
    oldState: agent.state,
    newState: state,
    message: `${spec.name} is ${state}${why === state ? '' : ` (${why})`}`,
    at,
  }
}
