import { ensureEpoch } from '../../town/agents/mirror.ts'
import type { Town } from '../../town/town.ts'
import { newId } from '../../town/wire/ids.ts'
import type { Engine } from '../engine.ts'
import { fleetId } from '../names.ts'
import type { World } from '../world.ts'
import type { Carrier } from './carry.ts'
import type { Feed } from './feed.ts'
import { createHeartbeats } from './heartbeats.ts'
import type { Ledger } from './ledger.ts'
import { createMembership } from './membership.ts'
import { nothingTold, type Passed, pass, type Told } from './pass.ts'
import type { Conflict } from './roster.ts'
import { steadyView, viewOf } from './view.ts'

/** Our agents in one town, over one connection after the other. */
export interface TownSession {
  /** One look, and everything that follows from it. @throws {OutsideError} */
  pulse(town: Town): Promise<Passed>
  /** The fleet lives in this town no longer: its agents are told as stopped there. @throws {OutsideError} */
  moveOut(town: Town): Promise<void>
  /** The connection is a new one: what was told before is told again. */
  forget(): void
  /** An activity line of an agent, written with the next pulse. */
  say(agent: string, line: string): void
  isEnrolled(agent: string): boolean
  conflicts(): readonly Conflict[]
}

export interface SessionDeps {
  world: World
  engine: () => Engine
  ledger: Ledger
  carrier: Carrier
  feed: Feed
  complain: (error: unknown) => void
}

/** Lines that `tt` keeps. */
const linesKept = 10
/** Of so many pulses one looks at every record whole: each five seconds. */
const thoroughEvery = 10

export function createTownSession(deps: SessionDeps): TownSession {
  const { world, ledger, carrier, feed, complain } = deps
  const told = new Map<string, Told>()
  const members = createMembership(world, ledger, complain)
  const heartbeats = createHeartbeats(world, ledger)
  const owner = (): string => fleetId(world.fleet())
  let published = false
  let pulses = 0

  const toldOf = (name: string): Told => {
    const known = told.get(name) ?? nothingTold()
    told.set(name, known)
    return known
  }

  /** What was written before counts no more, what is still to be written does. */
  function forget(): void {
    published = false
    pulses = 0
    members.forget()
    heartbeats.forget()
    for (const one of told.values()) Object.assign(one, { ...nothingTold(), lines: one.lines })
  }

  async function publish(town: Town): Promise<void> {
    const { mark, made } = await ensureEpoch(town, newId())
    const before = ledger.state.epoch
    if (before !== undefined && before !== mark) tellMove(town, made)
    Object.assign(ledger.state, { epoch: mark, town: town.name })
    await members.enrol(town, world.fleet().agents)
    published = true
    carrier.resume(members.specs(), town.name)
  }

  /** @param emptied the server had no mark at all */
  function tellMove(town: Town, emptied: boolean): void {
    const moved = ledger.state.town !== undefined && ledger.state.town !== town.name
    const how = emptied ? 'was emptied' : 'is another one'
    const what = moved
      ? `the fleet lives in the town ${town.name} now`
      : `the Redis of the town ${town.name} ${how}`
    const because = `${what}: its agents are told anew, under the same ids`
    world.report({ kind: 'town', because, town: town.name })
  }

  return {
    pulse: async (town) => {
      if (!published) await publish(town)
      else await members.follow(town, (agent) => void told.delete(agent))
      const done = await pass(town, {
        owner: owner(),
        ledger,
        specs: members.specs(),
        view: (spec) => steadyView(viewOf(deps.engine(), spec), toldOf(spec.name), world.clock.now().mono),
        told: toldOf,
        thorough: pulses % thoroughEvery === 0,
        ordered: (spec, order, left) => carrier.take(spec, order, left, town.name),
      })
      pulses += 1
      if (done.epoch !== ledger.state.epoch) {
        forget()
        feed.forget()
        return { ...done, soon: true }
      }
      for (const name of done.enrol) members.lose(name)
      await heartbeats.beat(town, members.specs())
      await members.lookAround(town)
      await feed.flush(town, owner(), ledger)
      carrier.tidy()
      return done.enrol.length > 0 ? { ...done, soon: true } : done
    },
    moveOut: async (town) => {
      const known = published ? members.enrolled() : []
      forget()
      await members.stop(town, known, 'its fleet has left the town')
    },
    forget,
    say: (agent, line) => {
      const { lines } = toldOf(agent)
      lines.push(line)
      if (lines.length > linesKept) lines.shift()
    },
    isEnrolled: members.has,
    conflicts: members.conflicts,
  }
}
