import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decide } from '../../../src/watchdog/decide.ts'
import { deepFreeze } from '../../simulator/bench.ts'
import { hour, minute, second, seeded } from '../../simulator/build.ts'
import { type HabitName, habits } from '../../simulator/habits.ts'
import { createInvariants } from '../../simulator/invariants.ts'
import { type Event, type Options, World } from '../../simulator/world.ts'

const names = Object.keys(habits) as HabitName[]
const noLoops = names.filter((name) => name !== 'loop')

function mixed(count: number, from: readonly HabitName[] = noLoops): Options['agents'] {
  return Array.from({ length: count }, (_, i) => ({ name: `a${i}`, habit: from[i % from.length]! }))
}

/** Random trouble of every kind, spread over `ms`. */
function trouble(seed: number, count: number, ms: number, agents: Options['agents']): Event[] {
  const random = seeded(seed)
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!
  return Array.from({ length: count }, (): Event => {
    const at = Math.floor(random() * ms)
    const agent = pick(agents).name
    const dice = Math.floor(random() * 24)
    if (dice < 8) return { at, kind: 'kill', agent }
    if (dice === 8) return { at, kind: 'server-lost' }
    if (dice === 9) return { at, kind: 'scan-fails', forMs: 1 + random() * 40 * second }
    if (dice < 12) return { at, kind: 'scan-fails', forMs: 1 + random() * 40 * second, agent }
    if (dice < 14) return { at, kind: 'wall-jumps', byMs: (random() - 0.5) * 144 * hour }
    if (dice === 14) return { at, kind: 'suspend', forMs: random() * 10 * minute }
    return {
      at,
      kind: pick(['down', 'up', 'up', 'pause', 'resume', 'resume', 'reset', 'change', 'message']),
      agent,
    }
  })
}

function run(options: Options, ms: number) {
  const { witness, tally } = createInvariants()
  const world = new World(options, witness)
  world.runFor(ms)
  return { world, tally }
}

function traceOf(options: Options, ms: number): string[] {
  const world = new World(options)
  world.keepTrace = true
  return world.runFor(ms).trace
}

const event = (agents: readonly string[]): fc.Arbitrary<Event> => {
  const at = fc.integer({ min: 0, max: 20 * minute })
  const agent = fc.constantFrom(...agents)
  const forMs = fc.integer({ min: 1, max: 90 * second })
  return fc.oneof(
    fc.record({ at, kind: fc.constant('kill' as const), agent }),
    fc.record({ at, kind: fc.constant('server-lost' as const) }),
    fc.record({ at, kind: fc.constant('scan-fails' as const), forMs }),
    fc.record({ at, kind: fc.constant('scan-fails' as const), forMs, agent }),
    fc.record({
      at,
      kind: fc.constant('wall-jumps' as const),
      byMs: fc.integer({ min: -48 * hour, max: 72 * hour }),
    }),
    fc.record({ at, kind: fc.constant('suspend' as const), forMs }),
    fc.record({
      at,
      kind: fc.constantFrom('down' as const, 'up', 'pause', 'resume', 'reset', 'change', 'message'),
      agent,
    }),
  )
}

describe('invariants under random trouble', () => {
  test.each([1, 2, 3, 4, 5, 6])('a mixed fleet for three hours, seed %i', (seed) => {
    const agents = mixed(40)
    const { tally } = run(
      { agents, seed, events: trouble(seed, 300, 3 * hour, agents), startTrouble: 0.05 },
      3 * hour,
    )
    expect(tally.starts).toBeGreaterThan(100)
    expect(tally.kills).toBeGreaterThan(5)
    expect(tally.parks).toBeGreaterThan(2)
  })
  test('any short history of trouble (fast-check)', () => {
    const agents = mixed(noLoops.length)
    fc.assert(
      fc.property(
        fc.array(event(agents.map((a) => a.name)), { maxLength: 30 }),
        fc.nat(1000),
        (events, seed) => {
          run({ agents, events, seed, startTrouble: 0.1 }, 25 * minute)
        },
      ),
      { numRuns: 25 },
    )
  })
  test('INV-36: watchdogs that are killed at any time and go on with what was saved come to the same end', () => {
    const ends = (world: World) =>
      world.bodies.map(({ name, run }) => [name, world.memory.agents[name]?.life, run !== undefined])
    for (const seed of [1, 2]) {
      const agents = mixed(26)
      const kills = trouble(seed, 40, hour, agents).filter(
        (one) => one.kind === 'kill' || one.kind === 'server-lost' || one.kind === 'message',
      )
      const random = seeded(seed)
      const restarts = Array.from(
        { length: 200 },
        (): Event => ({ at: random() * hour, kind: 'watchdog-restarts' }),
      )
      const one = run({ agents, seed, events: kills }, 2 * hour)
      const many = run({ agents, seed, events: [...kills, ...restarts] }, 2 * hour)
      expect(ends(many.world), `seed ${seed}`).toEqual(ends(one.world))
    }
  })
  test('phases move one by one under trouble, and complete once', () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const agents = mixed(4, ['loop', 'loop', 'worker', 'mortal'])
      const moves = [10, 25, 40, 41].map((at): Event => ({ at: at * minute, kind: 'phase-done' }))
      const calm = trouble(seed, 60, hour, agents).filter(
        (one) => one.kind !== 'down' && one.kind !== 'pause',
      )
      const { world, tally } = run({ agents, seed, phases: 3, events: [...moves, ...calm] }, 90 * minute)
      expect(world.phase).toMatchObject({ index: 2, complete: true })
      expect(tally.completions).toBe(1)
    }
  })
})

describe('no false kills', () => {
  const harmless: HabitName[] = [
    'worker',
    'idler',
    'asker',
    'burner',
    'sleeper',
    'limited',
    'mumbler',
    'liar',
  ]
  test('a hundred thousand looks at harmless agents, with jumps, suspends and failed scans', () => {
    const agents = mixed(80, harmless)
    const quiet = trouble(7, 60, 2 * hour, agents).filter((one) =>
      ['scan-fails', 'wall-jumps', 'suspend'].includes(one.kind),
    )
    const { tally } = run({ agents, seed: 7, events: quiet, eventDriven: false }, 2 * hour)
    expect(tally.harmlessTicks).toBeGreaterThan(100_000)
    expect(tally.kills).toBe(0)
    expect(tally.starts).toBe(agents.length)
  })
  test('limited agents come back by themselves after their reset', () => {
    const { world } = run({ agents: mixed(9, ['limited', 'mumbler', 'liar']) }, 3 * hour)
    for (const body of world.bodies) expect(world.memory.agents[body.name]?.life).toBe('up')
  })
})

describe('what must be mended is mended', () => {
  test('a frozen agent, a fatal screen, an impostor and an overslept one are restarted', () => {
    const { world } = run({ agents: mixed(4, ['freezer', 'fatal', 'impostor', 'oversleeper']) }, 30 * minute)
    for (const body of world.bodies) expect(body.runs, body.name).toBeGreaterThan(1)
  })
  test('what crashes for ever ends parked, also when it lives two seconds; the others do not notice', () => {
    const { world } = run({ agents: mixed(3, ['crasher', 'twoSeconds', 'idler']) }, 15 * minute)
    const lives = world.bodies.map((body) => world.memory.agents[body.name]?.life)
    expect(lives).toEqual(['parked', 'parked', 'up'])
    expect(world.bodies.map((body) => body.runs <= 11)).toEqual([true, true, true])
  })
  test('losing the server, or all agents at once, charges nobody, and all come back', () => {
    for (const kind of ['server-lost', 'kill'] as const) {
      const agents = mixed(50, ['idler'])
      const events: Event[] =
        kind === 'server-lost'
          ? [{ at: minute, kind }]
          : agents.map(({ name }) => ({ at: minute, kind, agent: name }))
      const { world } = run({ agents, events }, minute + 8 * second)
      expect(world.bodies.every((body) => body.run !== undefined && body.runs === 2)).toBe(true)
      expect(Object.values(world.memory.agents).every((m) => m.restarts.length === 0)).toBe(true)
    }
  })
  test('many deaths within a second are one incident, also when they are seen one by one', () => {
    const agents = mixed(20, ['idler'])
    const events = agents.map(({ name }, i): Event => ({ at: minute + 30 * i, kind: 'kill', agent: name }))
    const { world } = run({ agents, events }, 2 * minute)
    expect(world.bodies.every((body) => body.run !== undefined && body.runs === 2)).toBe(true)
    expect(Object.values(world.memory.agents).flatMap((m) => m.restarts)).toEqual([])
  })
  test('two of twenty that die together are two failures', () => {
    const events = ['a1', 'a2'].map((agent): Event => ({ at: minute, kind: 'kill', agent }))
    const { world } = run({ agents: mixed(20, ['idler']), events }, 2 * minute)
    expect(Object.values(world.memory.agents).flatMap((m) => m.restarts)).toHaveLength(2)
  })
  test('a fleet that crashes in step is charged all the same, and its breaker opens', () => {
    const { world } = run(
      { agents: mixed(60, ['crasher']), watchdog: { governor: { startRate: 60 } } },
      minute,
    )
    expect(world.memory.fleet.breaker).toBeDefined()
    expect(world.bodies.reduce((sum, body) => sum + body.runs, 0)).toBeLessThan(330)
    const before = world.bodies.reduce((sum, body) => sum + body.runs, 0)
    world.runFor(minute)
    expect(world.bodies.reduce((sum, body) => sum + body.runs, 0) - before).toBeLessThan(20)
  })
  test('the breaker closes when a trial start stays up', () => {
    const agents = [...mixed(60, ['crasher']), { name: 'good', habit: 'idler' as const }]
    const { world } = run({ agents, watchdog: { governor: { startRate: 60 } } }, minute)
    expect(world.memory.fleet.breaker).toBeDefined()
    world.runFor(3 * hour)
    const crashing = Object.entries(world.memory.agents).filter(([name]) => name !== 'good')
    expect(crashing.every(([, m]) => m.life === 'parked' || m.life === 'starting')).toBe(true)
    expect(world.memory.agents.good?.life).toBe('up')
  })
  test('nobody starves behind those who crash', () => {
    const agents = [...mixed(30, ['twoSeconds']), { name: 'last', habit: 'idler' as const }]
    const { world } = run({ agents, watchdog: { governor: { startRate: 2 } } }, minute)
    expect(world.byName.get('last')?.run).toBeDefined()
  })
})

describe('metamorphic', () => {
  const agents = mixed(32)
  const events = trouble(11, 80, hour, agents)
  const noJumps = events.filter((one) => one.kind !== 'wall-jumps')

  test('INV-37: wall-clock jumps leave the decisions as they are', () => {
    const jumps = trouble(12, 400, hour, agents).filter((one) => one.kind === 'wall-jumps')
    expect(jumps.length).toBeGreaterThan(20)
    const calm = traceOf({ agents, events: noJumps, eventDriven: false }, hour)
    const jumping = traceOf({ agents, events: [...noJumps, ...jumps], eventDriven: false }, hour)
    expect(jumping).toEqual(calm)
    expect(calm.length).toBeGreaterThan(100)
  })
  test('permuted names give the permuted trace', () => {
    const other = (name: string) => (name === '-' ? name : `z${99 - Number(name.slice(1))}`)
    const renamed = agents.map(({ name, habit }) => ({ name: other(name), habit }))
    const moved = events.map((one) =>
      'agent' in one && one.agent ? { ...one, agent: other(one.agent) } : one,
    )
    const plain = traceOf({ agents, events }, hour).map((line) => {
      const [at, kind, name, ...rest] = line.split(' ')
      return [at, kind, other(name!), ...rest].join(' ')
    })
    expect(traceOf({ agents: renamed, events: moved }, hour)).toEqual(plain)
  })
  test('a tick split in two gives the same decisions', () => {
    const steady = mixed(12, [
      'worker',
      'idler',
      'freezer',
      'fatal',
      'limited',
      'impostor',
      'oversleeper',
      'task',
    ])
    const kinds = (looksPerTick: number) => {
      const options: Options = { agents: steady, looksPerTick, latencyMs: [100, 100] }
      const byAgent = new Map<string, string[]>()
      for (const line of traceOf(options, 30 * minute)) {
        const [, kind, name] = line.split(' ')
        byAgent.set(name!, [...(byAgent.get(name!) ?? []), kind!])
      }
      return byAgent
    }
    expect(kinds(2)).toEqual(kinds(1))
  })
  test('the same seed replays the same run', () => {
    expect(traceOf({ agents, events, seed: 5 }, hour)).toEqual(traceOf({ agents, events, seed: 5 }, hour))
  })
  test('deciding again while the actions are under way decides nothing, and nothing is mutated', () => {
    const world = new World(
      { agents, events },
      {
        decided(w, decision, before, seen) {
          const acting = new Set(decision.actions.map((action) => ('agent' in action ? action.agent : '')))
          const moving = decision.actions.some(
            (action) => action.kind === 'advance' || action.kind === 'complete',
          )
          const phase =
            seen.phase === undefined ? undefined : { ...seen.phase, moving: seen.phase.moving || moving }
          const again = {
            ...seen,
            phase,
            outcomes: [],
            agents: seen.agents.map((a) => (acting.has(a.spec.name) ? { ...a, busy: true } : a)),
          }
          const now = { wall: w.wall, mono: w.mono }
          const second = decide(
            w.fleet,
            deepFreeze(structuredClone(again)),
            deepFreeze(decision.memory),
            now,
            () => 0.5,
          )
          expect(second.actions).toEqual([])
          deepFreeze(before)
          expect(JSON.parse(JSON.stringify(decision.memory))).toEqual(
            JSON.parse(JSON.stringify(decision.memory)),
          )
        },
      },
    )
    world.runFor(5 * minute)
    expect(world.decisions).toBeGreaterThan(300)
  })
})

describe('size', () => {
  test('two thousand agents go through a virtual hour', { timeout: 60_000 }, () => {
    const agents = mixed(2000, ['worker', 'idler', 'asker', 'mortal', 'limited', 'burner', 'sleeper', 'task'])
    const governor = { startRate: 50 }
    const world = new World({ agents, eventDriven: false, watchdog: { governor } }).runFor(hour)
    expect(world.decisions).toBe(3601)
  })
})
