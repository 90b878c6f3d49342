import type { TownReport } from '../../core/index.ts'
import { newId } from '../../town/wire/ids.ts'
import type { FleetControl } from '../control/control.ts'
import type { Engine } from '../engine.ts'
import type { World } from '../world.ts'
import { createCarrier } from './carry.ts'
import type { TownDoor } from './door.ts'
import { createFeed } from './feed.ts'
import { createHearing, type Hearing, type Parts } from './hearing.ts'
import { createLedger, newcomer, readLedger } from './ledger.ts'
import { createTownLink, type TownDoors } from './link.ts'
import { createListeners } from './listeners.ts'
import { townReport } from './report.ts'
import { createRounds, longestPauseMs } from './rounds.ts'
import { createTownSession } from './session.ts'
import { createTidings } from './tidings.ts'

export interface TownKeeper extends TownDoor, Pick<Hearing, 'seen' | 'heard'> {
  start(): void
  /** After a reload. */
  configure(): void
  report(): Promise<TownReport>
  close(): Promise<void>
}

export interface TownKeeperDeps {
  world: World
  engine: () => Engine
  control: () => FleetControl
  doors: TownDoors
  complain: (error: unknown) => void
}

/**
 * Keeps the fleet's records in the town true, and carries out what is asked for there. It has a loop of its own, in which
 * every call has a deadline: whatever Redis does, no tick waits for it (rows 91-107).
 */
export function createTownKeeper(deps: TownKeeperDeps): TownKeeper {
  const { world, doors, complain } = deps
  const link = createTownLink(
    () => world.fleet(),
    world.clock,
    doors,
    async (town) => {
      await parts?.session.moveOut(town).then(undefined, complain)
    },
  )
  const stopping = new AbortController()
  const feed = createFeed(world)
  const hearing = createHearing(world, feed, () => parts)
  const listeners = createListeners(complain)
  const tidings = createTidings(world, stopping.signal)
  const rounds = createRounds({ world, link, doors, feed, tidings, listeners, complain })
  let parts: Parts | undefined
  let running: Promise<void> | undefined
  /** Ends the pause between two rounds. */
  let wake = (): void => undefined
  /** The config was changed during the round that runs: the next one comes at once. */
  let changed = false
  /** The ledger is read. */
  let ready: Promise<Parts> | undefined

  async function begin(): Promise<Parts> {
    const { state: kept, damaged } = await readLedger(world.store)
    const because = 'town.json was damaged: ids are taken from the town, counts begin anew'
    if (damaged) world.report({ kind: 'trouble', because })
    const ledger = createLedger(world.store, kept)
    const carrier = createCarrier(world, ledger, deps.control, looked, complain)
    const session = createTownSession({ world, engine: deps.engine, ledger, carrier, feed, complain })
    parts = { ledger, session }
    return parts
  }

  /** The watchdog has looked since, and what that led to for this agent is done. */
  async function looked(agent: string): Promise<void> {
    await deps.engine().refresh()
    await deps.engine().inLane(agent, 'order', async () => undefined)
  }

  async function run(begun: Promise<Parts>): Promise<void> {
    const { ledger, session } = await begun
    await hearing.recall({ ledger, session }).then(undefined, complain)
    while (!stopping.signal.aborted) {
      changed = false
      const ms = await rounds.round(session).then(undefined, (error: unknown) => {
        complain(error)
        return longestPauseMs
      })
      await ledger.settle(world.clock.now().mono).then(undefined, complain)
      await pause(ms)
    }
    await ledger.save().then(undefined, complain)
  }

  /** Until then, or until the connection is lost: a server that died is started at once. */
  async function pause(ms: number): Promise<void> {
    if (changed) return
    const ended = new AbortController()
    wake = () => ended.abort()
    if (stopping.signal.aborted) return
    const deaf = link.onLost(wake)
    await world.clock.sleep(ms, ended.signal).then(undefined, () => undefined)
    deaf()
  }

  const known = (agent: string) => parts?.ledger.state.agents[agent]

  return {
    start: () => {
      ready = begin()
      running = run(ready).catch(complain)
    },
    seen: hearing.seen,
    heard: hearing.heard,
    configure() {
      changed = true
      rounds.hurry()
      link.configure()
      wake()
    },
    report: () => {
      const ids = world.fleet().agents.flatMap(({ name }) => known(name)?.id ?? [])
      return townReport(rounds.state(), ids, world.clock)
    },
    idOf: (agent) => (parts?.session.isEnrolled(agent) === true ? known(agent)?.id : undefined),
    assign: async (agent) => {
      if (!(await doors.isOn(world.fleet()))) return undefined
      const begun = await ready
      if (begun === undefined) return undefined
      const { agents } = begun.ledger.state
      agents[agent] ??= { ...newcomer(newId(), world.clock.now().wall), ahead: true }
      begun.ledger.touch()
      return agents[agent].id
    },
    town: () => {
      const state = rounds.state()
      return state.kind === 'up' ? state.reach.town : undefined
    },
    onPulse: listeners.on,
    close: async () => {
      stopping.abort()
      wake()
      await link.close()
      await running
    },
  }
}
