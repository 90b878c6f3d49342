import type { AgentSpec } from '../../core/index.ts'
import { writeMirror } from '../../town/agents/mirror.ts'
import type { Town } from '../../town/town.ts'
import { fleetId } from '../names.ts'
import type { World } from '../world.ts'
import type { Ledger } from './ledger.ts'
import { type Conflict, enrolAll, findRivals } from './roster.ts'
import { createSilence } from './silence.ts'

/** Who of ours has a record in the town, and who else has one under a name of ours. Each of its calls fails as Redis does. */
export interface Membership {
  has(agent: string): boolean
  /** Names, also of those that have left the config meanwhile. */
  enrolled(): string[]
  /** Those of the config that have their records. */
  specs(): AgentSpec[]
  /** Gives these their records. */
  enrol(town: Town, specs: readonly AgentSpec[]): Promise<void>
  /**
   * Those that the config has and the town has not get theirs; those that left the config are told as stopped.
   * @param left called for each of the latter
   */
  follow(town: Town, left: (agent: string) => void): Promise<void>
  /** Its record is gone or not ours: it is enrolled with the next `follow`. */
  lose(agent: string): void
  /** Who came after us; looked for now and then. */
  lookAround(town: Town): Promise<void>
  /** The fleet goes: these are told as stopped. */
  stop(town: Town, agents: readonly string[], why: string): Promise<void>
  conflicts(): readonly Conflict[]
  forget(): void
}

/** Between two tries to give an agent its record whose name somebody else has. Milliseconds. */
const enrolMs = 5_000
/** How often it is looked for others of our names: tinytown keeps no index of them. Milliseconds. */
const rivalsMs = 20_000

export function createMembership(
  world: World,
  ledger: Ledger,
  complain: (error: unknown) => void,
): Membership {
  const silence = createSilence()
  const agents = () => world.fleet().agents
  let enrolled = new Set<string>()
  /** Those of the config that are enrolled; undefined: to be counted anew. */
  let present: { of: readonly AgentSpec[]; specs: AgentSpec[] } | undefined
  /** Everybody had a record, and nobody one who should not: as long as these are the same, it is so. */
  let followed: { agents: readonly AgentSpec[]; known: number } | undefined
  let conflicts: readonly Conflict[] = []
  let enrolledAt = Number.NEGATIVE_INFINITY
  let rivals: readonly Conflict[] = []
  let rivalsAt = Number.NEGATIVE_INFINITY

  function tell(town: Town, found: readonly Conflict[], sentence: (id: string) => string): void {
    for (const { agent, id } of found)
      world.report({ kind: 'town', agent, because: sentence(id), town: town.name })
  }

  async function enrol(town: Town, specs: readonly AgentSpec[]): Promise<void> {
    enrolledAt = world.clock.now().mono
    const found = await enrolAll(town, world.fleet(), specs, ledger, (signs) =>
      silence.of(signs, world.clock.now().mono),
    )
    const known = new Set(conflicts.map(({ agent }) => agent))
    tell(
      town,
      found.filter((one) => !known.has(one.agent)),
      (id) =>
        `somebody lives in the town ${town.name} under its name (${id}): it has no record there until that one is stopped`,
    )
    const refused = new Set(found.map(({ agent }) => agent))
    const names = specs.map(({ name }) => name)
    conflicts = [...conflicts.filter(({ agent }) => !names.includes(agent)), ...found]
    for (const name of names) if (!refused.has(name)) enrolled.add(name)
    present = undefined
    await ledger.save().then(undefined, complain)
  }

  const known = (): number => Object.keys(ledger.state.agents).length

  function specs(): AgentSpec[] {
    const of = agents()
    if (present?.of !== of) present = { of, specs: of.filter(({ name }) => enrolled.has(name)) }
    return present.specs
  }

  function remove(agent: string): void {
    enrolled.delete(agent)
    present = undefined
    followed = undefined
  }

  async function follow(town: Town, left: (agent: string) => void): Promise<void> {
    if (followed !== undefined && followed.agents === agents() && followed.known === known()) return
    const names = new Set(agents().map(({ name }) => name))
    for (const [name, agent] of Object.entries(ledger.state.agents)) {
      if (names.has(name) || agent.gone === true) continue
      await stop(town, name, 'it is in no config any more')
      Object.assign(agent, { gone: true, state: 'stopped', order: undefined })
      remove(name)
      left(name)
      ledger.touch()
    }
    conflicts = conflicts.filter(({ agent }) => names.has(agent))
    const missing = agents().filter(({ name }) => !enrolled.has(name))
    const refused = missing.every(({ name }) => conflicts.some(({ agent }) => agent === name))
    const soon = refused && world.clock.now().mono - enrolledAt < enrolMs
    if (missing.length > 0 && !soon) await enrol(town, missing)
    followed = missing.length > 0 ? undefined : { agents: agents(), known: known() }
  }

  async function stop(town: Town, name: string, why: string): Promise<void> {
    const { rounds, id, state } = ledger.state.agents[name]!
    const event = {
      type: 'agent_stopped' as const,
      agent: id,
      oldState: state,
      newState: 'stopped' as const,
      message: `${name}: ${why}`,
      at: town.now(),
    }
    await writeMirror(town, fleetId(world.fleet()), {
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

  return {
    has: (agent) => enrolled.has(agent),
    enrolled: () => [...enrolled],
    specs,
    enrol,
    follow,
    lose: remove,
    async lookAround(town) {
      const now = world.clock.now().mono
      if (now - rivalsAt < rivalsMs) return
      rivalsAt = now
      const found = await findRivals(town, ledger, [...enrolled])
      tell(
        town,
        found.filter((one) => !rivals.some((old) => old.id === one.id)),
        (id) => `somebody else lives in the town ${town.name} under its name, too (${id})`,
      )
      rivals = found
    },
    stop: async (town, names, why) => {
      await Promise.all(names.map((name) => stop(town, name, why)))
    },
    conflicts: () => [...conflicts, ...rivals],
    forget() {
      silence.forget()
      enrolled = new Set()
      present = undefined
      followed = undefined
    },
  }
}
