import * as v from 'valibot'
import { createStateStore } from '../adapters/files/state-store.ts'
import type { AgentSpec } from '../core/index.ts'
import { emptyAgent, emptyMemory, migrateMemory } from '../watchdog/memory.ts'
import type { AgentMemory, Memory } from '../watchdog/types.ts'
import { loadHold } from './act/limits.ts'
import type { World } from './world.ts'

const recordName = 'memory.json'
const shape = v.object({ boot: v.string(), memory: v.looseObject({}) })
type Saved = v.InferOutput<typeof shape>

/** What the watchdog learned, kept over its own restarts: strikes, parking, holds. */
export async function loadMemory(world: World): Promise<Memory> {
  const loaded = await world.store.load<Saved>(recordName, (value) => {
    const read = v.safeParse(shape, value)
    return read.success ? read.output : undefined
  })
  if (loaded.kind === 'corrupt' || loaded.kind === 'newer') {
    const why = loaded.kind === 'newer' ? `written by version ${loaded.version}` : loaded.why
    world.report({
      kind: 'trouble',
      because: `the watchdog's memory cannot be used: ${why}; strikes start anew`,
    })
  }
  const now = world.clock.now()
  const memory =
    loaded.kind === 'ok'
      ? migrateMemory(loaded.value.memory, loaded.value.boot === world.clock.bootId(), now)
      : emptyMemory()
  return withHolds(world, memory)
}

/** The boot in which memory was saved last; undefined without a readable one. */
export async function bootOfMemory(stateDir: string): Promise<string | undefined> {
  const loaded = await createStateStore(stateDir).load(recordName, (value) => {
    const read = v.safeParse(shape, value)
    return read.success ? read.output.boot : undefined
  })
  return loaded.kind === 'ok' ? loaded.value : undefined
}

/**
 * Limit files win over memory: they are what the Python driver, or an operator's copy, left. The account's clock is in
 * memory alone: a file that a crash kept from being written takes no sibling's protection away.
 */
async function withHolds(world: World, memory: Memory): Promise<Memory> {
  const agents = { ...memory.agents }
  await Promise.all(
    world.fleet().agents.map(async (spec: AgentSpec) => {
      const hold = await loadHold(world, spec)
      const old = agents[spec.name]
      if (hold === undefined) {
        if (old?.hold !== undefined) agents[spec.name] = { ...old, hold: undefined }
        return
      }
      const { account, window, asks } = old?.hold ?? {}
      const known = { ...hold }
      if (account !== undefined) known.account = account
      if (window !== undefined) known.window = window
      if (asks !== undefined) known.asks = asks
      agents[spec.name] = { ...(old ?? emptyAgent(world.clock.now().wall)), hold: known }
    }),
  )
  return { ...memory, agents }
}

/** After a `down` of everything: nobody runs, and the server that ended with the last session was not lost. */
export function withoutServer(memory: Memory): Memory {
  const agents = Object.entries(memory.agents).map(([name, one]) => [
    name,
    { ...one, run: undefined, server: undefined, down: undefined, upSince: undefined, idle: undefined },
  ])
  return {
    agents: Object.fromEntries(agents),
    fleet: { ...memory.fleet, serverId: undefined, serverLost: false },
  }
}

export interface MemoryKeeper {
  changed(memory: Memory): void
  /** Something was changed since this keeper was made. */
  pending(): boolean
  flush(): Promise<void>
}

/**
 * Saves memory when something that must survive a crash changed (strikes, parking, holds, lives) at once, and mere
 * clocks not at all: those start anew with the next watchdog anyway.
 */
export function createMemoryKeeper(world: World): MemoryKeeper {
  let saved: Lasting | undefined
  let latest: Memory | undefined
  let writing: Promise<void> = Promise.resolve()
  /** Said once, not with every look that tries again. */
  let failing: string | undefined

  function changed(memory: Memory): void {
    latest = memory
    const lasting = lastingOf(memory)
    if (saved !== undefined && lastsAs(lasting, saved)) return
    saved = lasting
    writing = write(memory)
  }

  function write(memory: Memory): Promise<void> {
    return world.store.save(recordName, { boot: world.clock.bootId(), memory }).then(
      () => {
        failing = undefined
      },
      (error: unknown) => {
        saved = undefined
        const why = String(error)
        if (why !== failing) world.report({ kind: 'trouble', because: `memory was not saved: ${why}` })
        failing = why
      },
    )
  }

  return {
    changed,
    pending: () => latest !== undefined,
    flush: async () => {
      if (latest !== undefined) writing = write(latest)
      await writing
    },
  }
}

/** What must survive a crash, of each agent and of the fleet, to be compared. */
interface Lasting {
  agents: ReadonlyMap<string, readonly unknown[]>
  fleet: readonly unknown[]
}

export function lastingOf(memory: Memory): Lasting {
  const agents = Object.entries(memory.agents).map(([name, one]) => [name, lastingOfAgent(one)] as const)
  const { breaker, serverId, clocks } = memory.fleet
  return { agents: new Map(agents), fleet: [breaker?.step, serverId, JSON.stringify(clocks)] }
}

const lastingOfAgent = (one: AgentMemory): readonly unknown[] => [
  one.life,
  one.restarts.length,
  one.restarts.at(-1),
  one.backoff?.step,
  one.parked?.at,
  one.asking?.fingerprint,
  one.asking?.failed,
  one.hold?.until,
  one.hold?.nudges,
  one.hold?.asks,
  one.overload?.step,
  one.sidestep && JSON.stringify(one.sidestep),
  one.run,
]

/** Value by value: after every look two hundred agents are compared, and as text that was a tenth of its work. */
export const lastsAs = (a: Lasting, b: Lasting): boolean =>
  a.agents.size === b.agents.size &&
  sameValues(a.fleet, b.fleet) &&
  [...a.agents].every(([name, values]) => sameValues(values, b.agents.get(name)))

const sameValues = (a: readonly unknown[], b: readonly unknown[] | undefined): boolean =>
  b !== undefined && a.every((value, at) => value === b[at])
