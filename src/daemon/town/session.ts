import type { AgentSpec } from '../../core/index.ts'
import { ensureEpoch, sendHeartbeats, writeMirror } from '../../town/agents/mirror.ts'
import type { Town } from '../../town/town.ts'
import { isTerminal } from '../../town/wire/agent-record.ts'
import { newId } from '../../town/wire/ids.ts'
import type { Engine } from '../engine.ts'
import { fleetId } from '../names.ts'
import type { World } from '../world.ts'
import type { Carrier } from './carry.ts'
import type { Feed } from './feed.ts'
import type { Ledger } from './ledger.ts'
import { nothingTold, type Passed, pass, type Told } from './pass.ts'
import { type Conflict, enrolAll, findRivals } from './roster.ts'
import { createSilence } from './silence.ts'
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

/** Signs of life are never more than 60 s apart. Milliseconds. */
const heartbeatMs = 25_000
/** Between two tries to give an agent its record whose name somebody else has. Milliseconds. */
const enrolMs = 5_000
/** How often it is looked for others of our names: tinytown keeps no index of them. Milliseconds. */
const rivalsMs = 20_000
/** Lines that `tt` keeps. */
const linesKept = 10

export function createTownSession(deps: SessionDeps): TownSession {
  const { world, ledger, carrier, feed, complain } = deps
  const told = new Map<string, Told>()
  const agents = () => world.fleet().agents
  const owner = (): string => fleetId(world.fleet())
  let enrolled = new Set<string>()
  let conflicts: readonly Conflict[] = []
  let enrolledAt = Number.NEGATIVE_INFINITY
  let beatAt = Number.NEGATIVE_INFINITY
  let rivals: readonly Conflict[] = []
  let rivalsAt = Number.NEGATIVE_INFINITY
  let published = false
  const silence = createSilence()

  const toldOf = (name: string): Told => {
    const known = told.get(name) ?? nothingTold()
    told.set(name, known)
    return known
  }

  /** What was written before counts no more, what is still to be written does. */
  function forget(): void {
    published = false
    silence.forget()
    enrolled = new Set()
    beatAt = Number.NEGATIVE_INFINITY
    for (const one of told.values()) Object.assign(one, { ...nothingTold(), lines: one.lines })
  }

  async function publish(town: Town): Promise<void> {
    const { mark, made } = await ensureEpoch(town, newId())
    const before = ledger.state.epoch
    if (before !== undefined && before !== mark) {
      const moved = ledger.state.town !== undefined && ledger.state.town !== town.name
      const how = made ? 'was emptied' : 'is another one'
      const what = moved
        ? `the fleet lives in the town ${town.name} now`
        : `the Redis of the town ${town.name} ${how}`
      const because = `${what}: its agents are told anew, under the same ids`
      world.report({ kind: 'town', because, town: town.name })
    }
    Object.assign(ledger.state, { epoch: mark, town: town.name })
    await enrol(town, agents())
    published = true
    carrier.resume(
      agents().filter(({ name }) => enrolled.has(name)),
      town.name,
    )
  }

  async function enrol(town: Town, specs: readonly AgentSpec[]): Promise<void> {
    enrolledAt = world.clock.now().mono
    const found = await enrolAll(town, world.fleet(), specs, ledger, (signs) =>
      silence.of(signs, world.clock.now().mono),
    )
    const known = new Set(conflicts.map(({ agent }) => agent))
    for (const { agent, id } of found.filter((one) => !known.has(one.agent)))
      world.report({
        kind: 'town',
        agent,
        because: `somebody lives in the town ${town.name} under its name (${id}): it has no record there until that one is stopped`,
        town: town.name,
      })
    const refused = new Set(found.map(({ agent }) => agent))
    const names = specs.map(({ name }) => name)
    conflicts = [...conflicts.filter(({ agent }) => !names.includes(agent)), ...found]
    for (const name of names) if (!refused.has(name)) enrolled.add(name)
    await ledger.save().then(undefined, complain)
  }

  /** Those that the config has and the town has not; those that left the config. */
  async function follow(town: Town): Promise<void> {
    const names = new Set(agents().map(({ name }) => name))
    for (const [name, agent] of Object.entries(ledger.state.agents)) {
      if (names.has(name) || agent.gone === true) continue
      await leave(town, name)
    }
    conflicts = conflicts.filter(({ agent }) => names.has(agent))
    const missing = agents().filter(({ name }) => !enrolled.has(name))
    if (missing.length === 0) return
    const refused = missing.every(({ name }) => conflicts.some(({ agent }) => agent === name))
    if (refused && world.clock.now().mono - enrolledAt < enrolMs) return
    await enrol(town, missing)
  }

  async function stop(town: Town, name: string, why: string): Promise<void> {
    const agent = ledger.state.agents[name]!
    const { rounds, id, state } = agent
    const event = {
      type: 'agent_stopped' as const,
      agent: id,
      oldState: state,
      newState: 'stopped' as const,
      message: `${name}: ${why}`,
      at: town.now(),
    }
    await writeMirror(town, owner(), {
      id,
      expect: undefined,
      state: 'stopped',
      rounds,
      fields: { current_task: undefined },
      lines: [],
      event,
      stop: 'honour',
    })
  }

  async function leave(town: Town, name: string): Promise<void> {
    const agent = ledger.state.agents[name]!
    await stop(town, name, 'it is in no config any more')
    Object.assign(agent, { gone: true, state: 'stopped', order: undefined })
    enrolled.delete(name)
    told.delete(name)
    ledger.touch()
  }

  /** Who came after us. */
  async function lookAround(town: Town): Promise<void> {
    const now = world.clock.now().mono
    if (now - rivalsAt < rivalsMs) return
    rivalsAt = now
    const found = await findRivals(town, ledger, [...enrolled])
    for (const { agent, id } of found.filter((one) => !rivals.some((old) => old.id === one.id)))
      world.report({
        kind: 'town',
        agent,
        because: `somebody else lives in the town ${town.name} under its name, too (${id})`,
        town: town.name,
      })
    rivals = found
  }

  async function beat(town: Town): Promise<void> {
    const now = world.clock.now().mono
    if (now - beatAt < heartbeatMs) return
    const known = agents().flatMap((spec) => {
      const agent = enrolled.has(spec.name) ? ledger.state.agents[spec.name] : undefined
      return agent === undefined ? [] : [{ spec, agent }]
    })
    const asked = known.map(({ agent: { id, state } }) => ({ id, lives: !isTerminal(state) }))
    const counted = await sendHeartbeats(town, owner(), asked, town.now())
    beatAt = now
    for (const [at, { spec, agent }] of known.entries()) {
      const found = counted[at]
      if (found === undefined) continue
      const { task, ...counts } = found
      // A worker counts its own rounds.
      const rounds = spec.kind === 'worker' ? counts.rounds : agent.rounds
      if (counts.tasks === agent.tasks && rounds === agent.rounds && task === agent.task) continue
      Object.assign(agent, { tasks: counts.tasks, rounds })
      if (task === undefined) delete agent.task
      else agent.task = task
      ledger.touch()
    }
  }

  return {
    pulse: async (town) => {
      if (!published) await publish(town)
      else await follow(town)
      const done = await pass(town, {
        owner: owner(),
        ledger,
        specs: agents().filter(({ name }) => enrolled.has(name)),
        view: (spec) => steadyView(viewOf(deps.engine(), spec), toldOf(spec.name), world.clock.now().mono),
        told: toldOf,
        ordered: (spec, order) => carrier.take(spec, order, town.name),
      })
      if (done.epoch !== ledger.state.epoch) {
        forget()
        feed.forget()
        return { ...done, soon: true }
      }
      for (const name of done.enrol) enrolled.delete(name)
      await beat(town)
      await lookAround(town)
      await feed.flush(town, owner(), ledger)
      carrier.tidy()
      return done.enrol.length > 0 ? { ...done, soon: true } : done
    },
    moveOut: async (town) => {
      const known = published ? [...enrolled] : []
      forget()
      await Promise.all(known.map((name) => stop(town, name, 'its fleet has left the town')))
    },
    forget,
    say: (agent, line) => {
      const { lines } = toldOf(agent)
      lines.push(line)
      if (lines.length > linesKept) lines.shift()
    },
    isEnrolled: (agent) => enrolled.has(agent),
    conflicts: () => [...conflicts, ...rivals],
  }
}
