import { type FleetEvent, OutsideError, type TownReport } from '../../core/index.ts'
import { activityOf } from '../../town/events/from-log.ts'
import type { Town } from '../../town/town.ts'
import { newId } from '../../town/wire/ids.ts'
import type { Observation } from '../../watchdog/types.ts'
import type { FleetControl } from '../control/control.ts'
import type { Engine } from '../engine.ts'
import type { World } from '../world.ts'
import { createCarrier } from './carry.ts'
import type { TownDoor, TownPulse } from './door.ts'
import { createFeed } from './feed.ts'
import {
  createLedger,
  type Ledger,
  type LedgerAgent,
  type LedgerState,
  newcomer,
  readLedger,
} from './ledger.ts'
import { createTownLink, type Reach, type TownDoors, whyAway } from './link.ts'
import { townReport } from './report.ts'
import type { Conflict } from './roster.ts'
import { createTownSession, type TownSession } from './session.ts'
import { createTurns } from './turns.ts'

export interface TownKeeper extends TownDoor {
  start(): void
  /** Called with what every look saw. */
  seen(observation: Observation): void
  /** Called for every event, after it was written. */
  heard(event: FleetEvent): void
  /** After a reload. */
  configure(): void
  report(): Promise<TownReport>
  close(): Promise<void>
}

/** How the town is, for `status`. */
export type TownState =
  | { kind: 'off' }
  | { kind: 'starting' }
  | { kind: 'away'; reach: Extract<Reach, { kind: 'away' }> }
  | {
      kind: 'up'
      reach: Extract<Reach, { kind: 'up' }>
      /** Why what is true cannot be written. */
      refused: string | undefined
      conflicts: readonly Conflict[]
    }

export interface TownKeeperDeps {
  world: World
  engine: () => Engine
  control: () => FleetControl
  doors: TownDoors
  complain: (error: unknown) => void
}

interface Parts {
  ledger: Ledger
  session: TownSession
}

/** Between two pulses: half a second, less where there are few to look at; and where something is not settled. Milliseconds. */
const pulseMs = (agents: number): number => Math.min(500, Math.max(250, 5 * agents))
const soonMs = 100
/** How often the connection is looked at in between: a server that died is started at once. Milliseconds. */
const watchMs = 50
/** How often it is looked whether the town is in use now. Milliseconds. */
const offMs = 1_000
/** Longest pause between two tries to reach the town. Milliseconds. */
const longestPauseMs = 5_000
/** Events read when it begins, to know how the agents were started. */
const recalled = 1_000

/**
 * Keeps the fleet's records in the town true, and carries out what is asked for there. It has a loop of its own, in which
 * every call has a deadline: whatever Redis does, no tick waits for it (rows 91-107).
 */
export function createTownKeeper(deps: TownKeeperDeps): TownKeeper {
  const { world, complain } = deps
  const link = createTownLink(
    () => world.fleet(),
    world.clock,
    deps.doors,
    async (town) => {
      await parts?.session.moveOut(town).then(undefined, complain)
    },
  )
  const stopping = new AbortController()
  const listeners = new Map<(pulse: TownPulse) => Promise<void>, { busy: boolean }>()
  let parts: Parts | undefined
  let state: TownState = { kind: 'starting' }
  let failures = 0
  let said = 'starting'
  let notedPid: number | undefined
  let running: Promise<void> | undefined
  /** The ledger is read. */
  let ready: Promise<Parts> | undefined

  async function begin(): Promise<Parts> {
    const { state: kept, damaged } = await readLedger(world.store)
    const because = 'town.json was damaged: ids are taken from the town, counts begin anew'
    if (damaged) world.report({ kind: 'trouble', because })
    const ledger = createLedger(world.store, kept)
    const carrier = createCarrier(world, ledger, deps.control, complain)
    const session = createTownSession({ world, engine: deps.engine, ledger, carrier, feed, complain })
    parts = { ledger, session }
    return parts
  }

  async function run(begun: Promise<Parts>): Promise<void> {
    const { ledger, session } = await begun
    await recall(ledger.state.agents).then(undefined, complain)
    while (!stopping.signal.aborted) {
      const ms = await round(session).then(undefined, (error: unknown) => {
        complain(error)
        return longestPauseMs
      })
      await ledger.settle(world.clock.now().mono).then(undefined, complain)
      await pause(ms)
    }
    await ledger.save().then(undefined, complain)
  }

  /** @returns milliseconds until the next one */
  async function round(session: TownSession): Promise<number> {
    const reach = await link.reach()
    if (reach.kind === 'off') {
      tell('off')
      state = reach
      return offMs
    }
    if (reach.kind === 'away') {
      state = { kind: 'away', reach }
      tell('away', `the town cannot be reached: ${reach.why}`)
      return restMs()
    }
    if (reach.fresh) {
      session.forget()
      feed.forget()
      void deps.doors.remember(world.fleet(), reach.place.name).then(undefined, complain)
    }
    tellNote(reach.server)
    return session.pulse(reach.town).then(
      ({ mail, soon }) => {
        state = { kind: 'up', reach, refused: undefined, conflicts: session.conflicts() }
        tell('up', `the town ${reach.place.name} can be reached`)
        failures = 0
        call({ town: reach.town, now: world.clock.now(), mail })
        return soon ? soonMs : pulseMs(world.fleet().agents.length)
      },
      (error: unknown) => failed(reach, error),
    )
  }

  function failed(reach: Extract<Reach, { kind: 'up' }>, error: unknown): number {
    if (!(error instanceof OutsideError)) complain(error)
    const { why, fix } = whyAway(error)
    const gone = !(error instanceof OutsideError) || awayCodes.includes(error.code)
    if (gone) state = { kind: 'away', reach: { kind: 'away', place: reach.place, why, fix } }
    else state = { kind: 'up', reach, refused: why, conflicts: parts?.session.conflicts() ?? [] }
    tell(
      gone ? 'away' : 'refused',
      gone ? `the town cannot be reached: ${why}` : `the town takes nothing: ${why}`,
    )
    return restMs()
  }

  /** Tried again at once, then slower: a server that is started anew is back within 150 ms. */
  function restMs(): number {
    failures += 1
    const ms = Math.min(longestPauseMs, 50 * 2 ** Math.min(failures, 10))
    return ms * (0.75 + Math.random() / 2)
  }

  /** Once for each change. */
  function tell(what: string, because?: string): void {
    // A connection that ends with us is no news.
    if (stopping.signal.aborted) return
    const news = said !== what && !(what === 'up' && said === 'starting')
    said = what
    if (news && because !== undefined) world.report({ kind: 'town', because, state: what })
  }

  /** Once for each start of the server. */
  function tellNote(server: Extract<Reach, { kind: 'up' }>['server']): void {
    if (server?.kind !== 'running' || server.note === undefined || server.pid === notedPid) return
    notedPid = server.pid
    world.report({ kind: 'town', because: `the town's Redis was started: ${server.note}`, state: 'up' })
  }

  /** Until then, or until the connection is lost. */
  async function pause(ms: number): Promise<void> {
    const until = world.clock.now().mono + ms
    const wasUp = link.up()
    for (;;) {
      const left = until - world.clock.now().mono
      if (left <= 0 || stopping.signal.aborted || (wasUp && !link.up())) return
      await world.clock.sleep(Math.min(left, watchMs), stopping.signal).then(undefined, () => undefined)
    }
  }

  function call(pulse: TownPulse): void {
    for (const [listener, line] of listeners) {
      if (line.busy) continue
      line.busy = true
      listener(pulse)
        .catch(complain)
        .finally(() => {
          line.busy = false
        })
    }
  }

  const feed = createFeed(world)

  function heard(event: FleetEvent): void {
    const { agent: name = '' } = event
    const agent = parts?.ledger.state.agents[name]
    if (agent !== undefined && event.kind === 'start') startedAs(agent, event)
    // The town told of its own order when it was given.
    if (agent?.order?.carried === false && tells[event.kind] === agent.order.order) return
    feed.heard(event)
    const line = activityOf(event)
    if (agent !== undefined && line !== undefined) parts?.session.say(name, line)
  }

  /** How the agents that run now were started, also before this watchdog. */
  async function recall(agents: LedgerState['agents']): Promise<void> {
    for (const event of await world.events.read({ last: recalled })) {
      const agent = agents[event.agent ?? '']
      if (event.kind === 'start' && agent !== undefined) startedAs(agent, event)
    }
  }

  const turns = createTurns(({ agent, how }) => {
    const known = parts?.ledger.state.agents[agent]
    if (parts === undefined || known === undefined) return
    // It counts its rounds itself, and knows how they ended.
    if (world.fleet().agents.some(({ name, kind }) => name === agent && kind === 'worker')) return
    if (how === 'failed') {
      parts.session.say(agent, `Round ${known.rounds + 1}: ⚠️ CLI error`)
      return
    }
    known.rounds += 1
    parts.session.say(agent, `Round ${known.rounds}: ✅ completed`)
    parts.ledger.touch()
  })

  const town = (): Town | undefined => (state.kind === 'up' ? state.reach.town : undefined)

  return {
    start: () => {
      ready = begin()
      running = run(ready).catch(complain)
    },
    seen: turns.seen,
    heard,
    configure: link.configure,
    report: () => {
      const agents = parts?.ledger.state.agents ?? {}
      const ids = world.fleet().agents.flatMap(({ name }) => agents[name]?.id ?? [])
      return townReport(state, ids, world.clock)
    },
    idOf: (agent) =>
      parts?.session.isEnrolled(agent) === true ? parts.ledger.state.agents[agent]?.id : undefined,
    assign: async (agent) => {
      if (!(await deps.doors.isOn(world.fleet()))) return undefined
      const begun = await ready
      if (begun === undefined) return undefined
      const { agents } = begun.ledger.state
      agents[agent] ??= { ...newcomer(newId(), world.clock.now().wall), ahead: true }
      begun.ledger.touch()
      return agents[agent].id
    },
    town,
    onPulse: (listener) => {
      listeners.set(listener, { busy: false })
      return () => void listeners.delete(listener)
    },
    close: async () => {
      stopping.abort()
      await link.close()
      await running
    },
  }
}

/** Events of an operator's word that `tt` has told the streams of itself. */
const tells: Partial<Record<FleetEvent['kind'], string>> = { pause: 'interrupt', resume: 'resume' }

function startedAs(agent: LedgerAgent, event: FleetEvent): void {
  agent.spawnMode = event.resumes === undefined ? 'fresh' : 'resumed'
}

/** Nobody knows whether it is there; the other codes are a server's own word. */
const awayCodes = [
  'REDIS_AWAY',
  'REDIS_TIMEOUT',
  'REDIS_LOST',
  'REDIS_LOADING',
  'REDIS_BUSY',
  'REDIS_AUTH',
  'REDIS_OLD',
]
