import type { Fleet, Now } from '../../src/core/index.ts'
import { decide } from '../../src/watchdog/decide.ts'
import { emptyMemory } from '../../src/watchdog/empty.ts'
import type { Action, AgentSeen, Decision, Memory, Observation, Sighting } from '../../src/watchdog/types.ts'
import { makeAgent, makeFleet, makePane, makeReading, type WatchdogOver } from './build.ts'

/** One agent on the table: decide is called on what the test says, with frozen inputs. */
export interface Table {
  fleet: Fleet
  now: Now
  memory: Memory
  seen: Observation
  /** The agent as the next look sees it. */
  agent: AgentSeen
  /** Decides after `afterMs` on the (changed) observation; keeps the memory. */
  look(afterMs?: number, change?: Partial<AgentSeen>): Decision
  /** Actions of one look without notes. */
  acts(afterMs?: number, change?: Partial<AgentSeen>): Action[]
  /** Kinds of one look, notes as `note:event`. */
  kinds(afterMs?: number, change?: Partial<AgentSeen>): string[]
  mem(): Memory['agents'][string]
}

export function alive(
  reading = makeReading('idle'),
  over: Partial<Extract<Sighting, { kind: 'alive' }>> = {},
): Extract<Sighting, { kind: 'alive' }> {
  return { kind: 'alive', pane: makePane(), reading, lookAt: -1, cpuBusy: undefined, ...over }
}

export function dead(
  cause: Extract<Sighting, { kind: 'dead' }>['cause'] = 'failure',
  panePid = 101,
): Sighting {
  return { kind: 'dead', pane: makePane({ dead: true, panePid }), cause, evidence: [`it ended: ${cause}`] }
}

export const missing: Sighting = { kind: 'missing' }

export function table(
  spec: Parameters<typeof makeAgent>[1] = {},
  over: WatchdogOver = {},
  change: Partial<AgentSeen> = {},
): Table {
  const agentSpec = makeAgent('a', spec)
  const fleet = makeFleet([agentSpec], over)
  const agent: AgentSeen = {
    spec: agentSpec,
    effectiveModel: '',
    backend: fleet.backends[agentSpec.backend],
    sighting: missing,
    busy: false,
    intent: { wanted: 'up', paused: false, by: 'default', at: 1 },
    blocked: undefined,
    wantedLaunch: 'L1',
    runningLaunch: 'L1',
    kickoffPending: false,
    queued: 0,
    cutsIn: false,
    ...change,
  }
  const self: Table = {
    fleet,
    now: { wall: 1_000_000_000, mono: 1_000_000 },
    memory: emptyMemory(),
    seen: { server: 'up', serverId: 's1', agents: [agent], phase: undefined, outcomes: [] },
    agent,
    look(afterMs = 1000, more = {}) {
      self.now = { wall: self.now.wall + afterMs, mono: self.now.mono + afterMs }
      self.agent = { ...self.agent, ...more }
      const s = self.agent.sighting
      if (s.kind === 'alive') self.agent = { ...self.agent, sighting: { ...s, lookAt: self.now.mono } }
      self.seen = { ...self.seen, agents: [self.agent] }
      const inputs = deepFreeze({ fleet: self.fleet, seen: self.seen, memory: self.memory, now: self.now })
      const decision = decide(inputs.fleet, inputs.seen, inputs.memory, inputs.now, () => 0.5)
      self.memory = JSON.parse(JSON.stringify(decision.memory)) as Memory
      self.seen = { ...self.seen, outcomes: [] }
      return decision
    },
    acts: (afterMs, more) => self.look(afterMs, more).actions.filter((one) => one.kind !== 'note'),
    kinds: (afterMs, more) => self.look(afterMs, more).actions.map(kindOf),
    mem: () => self.memory.agents.a!,
  }
  return self
}

export function kindOf(action: Action): string {
  return action.kind === 'note' ? `note:${action.event}` : action.kind
}

export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFreeze(inner)
  return value
}

/** The outcome of the last action, for the next look. */
export function report(
  t: Table,
  action: Action['kind'],
  ok: boolean,
  more: Partial<Observation['outcomes'][number]> = {},
): void {
  t.seen = { ...t.seen, outcomes: [{ agent: 'a', action, ok, ...more }] }
}
