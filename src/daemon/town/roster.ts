import type { AgentSpec, EpochMs, Fleet } from '../../core/index.ts'
import { readAgents, readStrangers } from '../../town/agents/agents.ts'
import { type Enrolled, enrolAgent } from '../../town/agents/mirror.ts'
import type { Town } from '../../town/town.ts'
import { type AgentRecord, isTerminal } from '../../town/wire/agent-record.ts'
import { newId } from '../../town/wire/ids.ts'
import { fleetId } from '../names.ts'
import { type Ledger, type LedgerAgent, newcomer } from './ledger.ts'
import type { Signs } from './silence.ts'

/** Who has the name of an agent of ours. */
export interface Conflict {
  agent: string
  id: string
  /** Ours has its record all the same: the other one came later. */
  both: boolean
}

/** Others who live in the town under names of ours. */
export async function findRivals(town: Town, ledger: Ledger, names: readonly string[]): Promise<Conflict[]> {
  const wanted = new Set(names)
  const ours = new Set(names.flatMap((name) => ledger.state.agents[name]?.id ?? []))
  const strangers = await readStrangers(town, ours)
  return strangers
    .filter(({ agent: { name, state } }) => wanted.has(name) && !isTerminal(state))
    .map(({ agent: { name, id } }) => ({ agent: name, id, both: true }))
}

/** Fields that a record has from the config. */
export const configFields = (spec: AgentSpec): { cli: string; role_id: string | undefined } => ({
  cli: spec.backend,
  role_id: spec.role,
})

/**
 * Sees to it that these agents have their records: each under its id for life, from the ledger, else from the index of
 * names, else from a record of that name that is over, else a new one.
 * @param gone which of these signs of life of other fleets have not changed for long; by default none
 */
export async function enrolAll(
  town: Town,
  fleet: Fleet,
  specs: readonly AgentSpec[],
  ledger: Ledger,
  gone: (signs: Signs) => Signs = () => ({}),
): Promise<Conflict[]> {
  if (specs.length === 0) return []
  const others = await readAgents(town)
  const now = town.now()
  const names = new Set(specs.map(({ name }) => name))
  const rivals = others.filter(({ agent }) => names.has(agent.name))
  const silent = gone(signsOf(rivals, fleetId(fleet)))
  const results = await Promise.all(
    specs.map(async (spec) => {
      const alike = rivals.filter(({ agent }) => agent.name === spec.name)
      const namesakes = alike.map(({ agent }) => agent.id)
      const known = ledger.state.agents[spec.name]
      const record = recordOf(spec, known, now)
      const given = known?.ahead === true ? undefined : known?.id
      const enrolment = { name: spec.name, known: given, namesakes, silent, record }
      return { spec, known, done: await enrolAgent(town, fleetId(fleet), enrolment, known?.id ?? newId()) }
    }),
  )
  const conflicts: Conflict[] = []
  for (const { spec, known, done } of results) {
    if (done.kind === 'conflict') conflicts.push({ agent: spec.name, id: done.id, both: false })
    else ledger.state.agents[spec.name] = entryOf(known, done, now)
  }
  return conflicts
}

/** Signs of life that other fleets keep up. */
function signsOf(found: Awaited<ReturnType<typeof readAgents>>, owner: string): Signs {
  return Object.fromEntries(
    found.flatMap(({ agent: { id, extra }, hash }) =>
      extra.fleet_owner === undefined || extra.fleet_owner === owner ? [] : [[id, hash.last_heartbeat ?? '']],
    ),
  )
}

function entryOf(
  known: LedgerAgent | undefined,
  done: Extract<Enrolled, { kind: 'ok' }>,
  now: EpochMs,
): LedgerAgent {
  const { gone: _gone, ahead: _ahead, task: remembered, order, ...old } = known ?? newcomer('', now)
  const { id, rounds, tasks, task, how } = done
  const current = how === 'created' ? remembered : task
  return {
    ...old,
    id,
    // A count that the last watchdog had written and not yet saved is in the record.
    rounds: Math.max(old.rounds, rounds),
    tasks: Math.max(old.tasks, tasks),
    ...(current === undefined ? {} : { task: current }),
    // The marks of an order are not in a record that is new.
    ...(order === undefined ? {} : { order: { ...order, settled: order.settled || how === 'created' } }),
  }
}

function recordOf(spec: AgentSpec, known: LedgerAgent | undefined, now: EpochMs): Omit<AgentRecord, 'id'> {
  const state = known?.state ?? 'cold'
  const rounds = known?.rounds ?? 0
  return {
    name: spec.name,
    type: 'worker',
    state,
    cli: spec.backend,
    createdAt: known?.createdAt ?? now,
    heartbeatAt: now,
    tasksCompleted: known?.tasks ?? 0,
    roundsCompleted: rounds,
    activeAt: known?.activeAt ?? now,
    spawnMode: known?.spawnMode ?? 'fresh',
    currentTask: known?.task,
    nickname: spec.worker?.spawned?.nickname,
    role: spec.role,
    parent: spec.worker?.spawned?.parent,
    extra: { fleet_state: state, ...(spec.kind === 'worker' ? {} : { fleet_rounds: String(rounds) }) },
  }
}
