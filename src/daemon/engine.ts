import type { AgentSpec, EventDraft } from '../core/index.ts'
import type { PhaseMachine } from '../phases/index.ts'
import { decide } from '../watchdog/decide.ts'
import type { Action, ActionOutcome, Decision, Memory, Observation } from '../watchdog/types.ts'
import { perform } from './act/perform.ts'
import { decideApart } from './apart.ts'
import type { PlanLine } from './control/control.ts'
import { decideForAll } from './faults.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { createConversationKeeper } from './look/conversation-keeper.ts'
import { observe } from './look/observation.ts'
import type { Observer } from './look/observer.ts'
import type { World } from './world.ts'

/** What the actors of the engine share. */
export interface Crew {
  world: World
  observer: Observer
  phases: PhaseMachine
  lanes: Lanes
  /** Why an agent of the config cannot be started, by name: its prompt is missing. */
  blocked: ReadonlyMap<string, string>
}

export interface DecisionNote {
  at: number
  action: string
  because: string
  evidence: string[]
}

export interface Engine {
  crew(): Crew
  memory(): Memory
  /** Replaces memory (at start) or mends it (`reset`); decided on at once. */
  remember(change: (memory: Memory) => Memory): void
  /** Looks again, then decides and acts. Runs one at a time; calls in between are merged. */
  refresh(all?: boolean): Promise<void>
  /** The same, unless nothing was done since a look that is at most this old; one under way is waited for. Milliseconds. */
  recent(maxAgeMs: number): Promise<void>
  /** What was seen is out of date: an operator's change was carried out. */
  outdate(): void
  /** Decides on what was seen last. */
  step(): void
  /** Decides nothing for so long. Milliseconds. */
  hush(ms: number): void
  /** What the next step would do, without doing it. */
  plan(): PlanLine[]
  /** Runs an operator's change in the agent's lane: after what is under way, before anything new. */
  inLane<T>(agent: string, label: string, body: () => Promise<T>): Promise<T>
  decisions(agent: string): DecisionNote[]
  nextAt(): number | undefined
  /** Resolves when no action is under way. */
  settled(): Promise<void>
  /** Stops acting; what is under way is finished. */
  stop(): Promise<void>
  setBlocked(blocked: ReadonlyMap<string, string>): void
}

/** Decisions kept per agent for `agents why`. */
const decisionsKept = 20

/** Longest pause between two looks that follow each other. Milliseconds. */
const longestBreathMs = 50

export interface EngineDeps {
  world: World
  observer: Observer
  phases: PhaseMachine
  /** Called after every step that changed the memory: time to save it. */
  onMemory: (memory: Memory) => void
  /** Called with what was seen, before it is decided on. */
  onSeen?: (seen: Observation) => void
  random: () => number
  /** False in commands: nothing is decided, only what the operator asked for is done. */
  decides: boolean
}

export function createEngine(deps: EngineDeps, initial: Memory): Engine {
  const { world, observer } = deps
  let memory = initial
  let outcomes: ActionOutcome[] = []
  let nextAt: number | undefined
  let stopped = false
  let hushedUntil = Number.NEGATIVE_INFINITY
  let wantCpu: string[] = []
  const notes = new Map<string, DecisionNote[]>()
  const lanes = createLanes()
  const conversations = createConversationKeeper(world)
  const crew: Crew = { world, observer, phases: deps.phases, lanes, blocked: new Map() }

  const decideAll = decideForAll(decide, world.report)

  function seen(): Observation {
    return observe(crew, outcomes)
  }

  function step(): void {
    if (stopped || !deps.decides || world.clock.now().mono < hushedUntil) return
    const now = seen()
    deps.onSeen?.(now)
    const decision = decideAll(world.fleet(), now, memory, world.clock.now(), deps.random)
    outcomes = []
    keep(decision)
    if (decision.actions.length > 0) dispatch(decision.actions)
  }

  function keep(decision: Decision): void {
    memory = decision.memory
    nextAt = decision.nextAt
    wantCpu = decision.wantCpu
    deps.onMemory(memory)
  }

  function dispatch(actions: Action[]): void {
    for (const action of actions) note(action)
    void perform(crew, actions, (outcome) => {
      outcomes.push(outcome)
      void refresh()
    })
  }

  function note(action: Action): void {
    const agent = 'agent' in action ? action.agent : undefined
    if (agent === undefined || action.kind === 'deliver') return
    const list = notes.get(agent) ?? []
    const evidence = 'evidence' in action ? action.evidence : []
    list.push({ at: world.clock.now().wall, action: nameOf(action), because: action.because, evidence })
    notes.set(agent, list.slice(-decisionsKept))
  }

  let running: Promise<void> | undefined
  let again: { all: boolean } | undefined

  function refresh(all = false): Promise<void> {
    if (running !== undefined) {
      again = { all: all || (again?.all ?? false) }
      return running
    }
    running = rounds(all).finally(() => {
      running = undefined
    })
    return running
  }

  async function rounds(all: boolean): Promise<void> {
    let next: { all: boolean } | undefined = { all }
    while (next !== undefined && !stopped) {
      again = undefined
      const from = world.clock.now().mono
      await once(next.all)
      next = again
      // A storm of events, such as a fleet that starts, leaves tmux half of the time for other work.
      if (next !== undefined)
        await world.clock.sleep(Math.min(longestBreathMs, world.clock.now().mono - from))
    }
  }

  /** When the last look began that is over; a change carried out since makes it worth nothing. */
  let lookedAt: number | undefined

  function recent(maxAgeMs: number): Promise<void> {
    if (running !== undefined) return running
    const young = lookedAt !== undefined && world.clock.now().mono - lookedAt <= maxAgeMs
    return young && outcomes.length === 0 ? Promise.resolve() : refresh()
  }

  async function once(all: boolean): Promise<void> {
    const from = world.clock.now().mono
    await observer.scan()
    const agents = world.fleet().agents
    await observer.look(agents, all)
    if (deps.decides)
      await conversations
        .keep(agents)
        .then(undefined, (error) => world.report(troubleEvent('fleet', 'conversation', error)))
    const suspects = new Set(wantCpu)
    await observer.sampleCpu(agents.filter((spec: AgentSpec) => suspects.has(spec.name)))
    await Promise.all([world.intents.read(), world.outbox.read(), deps.phases.refresh()])
    lookedAt = from
    step()
    // For the next look: neither what is decided now nor the tick waits for it.
    if (deps.decides) sampleBeside()
  }

  let sampling = false

  function sampleBeside(): void {
    if (sampling) return
    sampling = true
    observer
      .sampleProcesses(new Set(wantCpu))
      .then(undefined, (error) => world.report(troubleEvent('fleet', 'processes', error)))
      .finally(() => {
        sampling = false
      })
  }

  return {
    crew: () => crew,
    memory: () => memory,
    remember: (change) => {
      memory = change(memory)
      deps.onMemory(memory)
    },
    refresh,
    recent,
    outdate: () => {
      lookedAt = undefined
    },
    step,
    hush: (ms) => {
      hushedUntil = world.clock.now().mono + ms
    },
    plan: () => {
      const now = seen()
      deps.onSeen?.(now)
      const { decision } = decideApart(decide, world.fleet(), now, memory, world.clock.now(), deps.random)
      return decision.actions.map((action) => ({
        agent: 'agent' in action && action.agent !== undefined ? action.agent : 'fleet',
        action: nameOf(action),
        because: action.because,
      }))
    },
    inLane: lanes.run,
    decisions: (agent) => notes.get(agent) ?? [],
    nextAt: () => nextAt,
    settled: lanes.idle,
    stop: async () => {
      stopped = true
      await lanes.idle()
    },
    setBlocked: (blocked) => {
      crew.blocked = blocked
    },
  }
}

/** What an action is called in `plan` and `why`. */
const nameOf = (action: Action): string => (action.kind === 'note' ? action.event : action.kind)

/** The event that a failed action leaves; a bug in one agent's action is that agent's trouble alone (row 41). */
export function troubleEvent(agent: string, action: string, error: unknown): EventDraft {
  return {
    kind: 'trouble',
    agent,
    because: `${action}: ${error instanceof Error ? error.message : String(error)}`,
  }
}
