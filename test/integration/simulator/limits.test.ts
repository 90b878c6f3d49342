import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { hour, minute, second } from '../../simulator/build.ts'
import { epoch, limitFrom, limitTo } from '../../simulator/habits.ts'
import { createInvariants } from '../../simulator/invariants.ts'
import { type Event, type Options, type Witness, World } from '../../simulator/world.ts'

const limitAt = limitFrom - epoch
const overAt = limitTo - epoch

interface Typed {
  at: number
  agent: string
  kind: string
}

/** A fleet of one account: who was typed to or started when, with every invariant watched. */
function play(options: Options, ms: number) {
  const { witness: rules } = createInvariants()
  const typed: Typed[] = []
  const witness: Witness = {
    ...rules,
    typed: (world, body, kind) => {
      rules.typed?.(world, body, kind)
      typed.push({ at: world.mono - epoch, agent: body.name, kind })
    },
    started: (world, body, cause) => {
      rules.started?.(world, body, cause)
      typed.push({ at: world.mono - epoch, agent: body.name, kind: 'start' })
    },
  }
  const world = new World(options, witness)
  world.runFor(ms)
  return { world, typed }
}

const one: Options['agents'] = [
  { name: 'a', habit: 'spender' },
  { name: 'b', habit: 'bystander' },
  { name: 'c', habit: 'bystander' },
  { name: 'd', habit: 'bystander' },
]
const message = (agent: string, at: number): Event => ({ at, kind: 'message', agent })
const messages = ['b', 'c', 'd'].map((agent, i) => message(agent, limitAt + 2 * minute + i * second))
const latency: Pick<Options, 'latencyMs'> = { latencyMs: [5, 50] }
const since = (typed: Typed[], at: number) => typed.filter((each) => each.at > at)

describe('one clock for an account', () => {
  test('the first banner holds the siblings; after the reset one asks, and the others follow one by one', () => {
    const { world, typed } = play({ agents: one, events: messages, ...latency }, limitAt + hour + 10 * minute)
    const late = since(typed, limitAt)
    expect(late.map(({ agent, kind }) => `${agent} ${kind}`)).toEqual([
      'a probe',
      'b deliver',
      'c deliver',
      'd deliver',
    ])
    // Slack of a minute, up to a fifth more by chance, and what a tick and the typing take.
    expect(late[0]!.at - overAt).toBeGreaterThanOrEqual(minute)
    expect(late[0]!.at - overAt).toBeLessThan(1.2 * minute + 2 * second)
    for (const [i, { at }] of late.entries()) {
      if (i > 0) expect(at - late[i - 1]!.at).toBeGreaterThan(7 * second)
    }
    expect(late[3]!.at - late[0]!.at).toBeLessThan(40 * second)
    expect(world.bodies.map((body) => body.seen.queued)).toEqual([0, 0, 0, 0])
    expect(world.bodies.every((body) => body.runs === 1)).toBe(true)
  })

  test('a held sibling says so, and a clock that nobody needs any more is forgotten', () => {
    const { world } = play({ agents: one, events: messages, ...latency }, limitAt + 5 * minute)
    expect(world.memory.agents.b).toMatchObject({
      life: 'held',
      because: 'usage limit of account wall, shown by a: resets later',
    })
    expect(world.memory.fleet.clocks).toMatchObject([
      { account: 'wall', window: 'usage', evidence: { agent: 'a', source: 'screen' }, tries: 0 },
    ])
    world.runFor(2 * hour)
    expect(world.memory.fleet.clocks).toEqual([])
    expect(world.memory.agents.b?.life).toBe('up')
  })

  test('agents of another account do not notice', () => {
    const agents: Options['agents'] = [...one, { name: 'e', habit: 'idler' }]
    const { typed } = play(
      { agents, events: [message('e', limitAt + 2 * minute), ...messages], ...latency },
      limitAt + 5 * minute,
    )
    expect(since(typed, limitAt)).toMatchObject([{ agent: 'e', kind: 'deliver' }])
  })

  test('a sibling that dies is not started before its turn, and is the canary where nobody else can be', () => {
    const events: Event[] = [
      { at: limitAt + 2 * minute, kind: 'kill', agent: 'b' },
      { at: limitAt + 3 * minute, kind: 'down', agent: 'a' },
    ]
    const { world, typed } = play(
      { agents: one.slice(0, 2), events, ...latency },
      limitAt + hour + 5 * minute,
    )
    const late = since(typed, limitAt)
    expect(late).toMatchObject([{ agent: 'b', kind: 'start' }])
    expect(late[0]!.at).toBeGreaterThan(overAt + minute)
    expect(world.memory.agents.b?.restarts).toHaveLength(1)
  })

  test('a canary that is still limited waits longer each time, and another one asks next', () => {
    const agents: Options['agents'] = ['a', 'b'].map((name) => ({ name, habit: 'deceived' }))
    const { world, typed } = play({ agents, ...latency }, limitAt + hour + 2 * hour)
    const probes = since(typed, limitAt)
    const vain = probes.filter(({ at }) => at < overAt)
    expect(vain.map(({ agent }) => agent)).toEqual(['a', 'b', 'a', 'b'].slice(0, vain.length))
    expect(vain.length).toBeGreaterThanOrEqual(3)
    const waits = vain.slice(1).map(({ at }, i) => Math.round((at - vain[i]!.at) / minute))
    expect(waits).toEqual([5, 10, 20].slice(0, waits.length))
    expect(world.bodies.map((body) => world.memory.agents[body.name]?.life)).toEqual(['up', 'up'])
  })
})

describe('what a limit outlives', () => {
  const history = (events: Event[], ms = hour + 10 * minute) =>
    since(play({ agents: one, events: [...messages, ...events], ...latency }, limitAt + ms).typed, limitAt)
  const order = (typed: Typed[]) => typed.map(({ agent, kind }) => `${agent} ${kind}`)
  let plain: Typed[]
  // Not as the file is read: a broken invariant is a failed test and not a file that does not load.
  beforeAll(() => {
    plain = history([])
  })

  test.each([
    ['a restart of the watchdog', { kind: 'watchdog-restarts' } as const],
    ['a jump of the wall clock ahead', { kind: 'wall-jumps', byMs: 7 * hour } as const],
    ['a jump of the wall clock back', { kind: 'wall-jumps', byMs: -7 * hour } as const],
    ['an account that is renamed', { kind: 'account', backend: 'wall', account: 'work' } as const],
  ])('%s', (_, event) => {
    const typed = history([{ at: limitAt + 20 * minute, ...event }])
    expect(order(typed)).toEqual(order(plain))
    for (const [i, { at }] of typed.entries()) expect(Math.abs(at - plain[i]!.at)).toBeLessThan(15 * second)
  })

  test('a boot of the machine: the limit ends by the wall clock', () => {
    const typed = history([{ at: limitAt + 20 * minute, kind: 'watchdog-restarts', rebooted: true }])
    expect(order(typed)).toEqual(order(plain))
  })

  test('a restart while the canary asks, or while the others follow', () => {
    for (const late of [0, 1, 3, 9, 14]) {
      const at = plain[0]!.at + late * second
      const typed = history([{ at, kind: 'watchdog-restarts' }])
      expect(new Set(order(typed))).toEqual(new Set(order(plain)))
    }
  })
})

const setBackMs = (events: readonly Event[]): number =>
  events.reduce((sum, one) => sum + (one.kind === 'wall-jumps' ? Math.max(0, -one.byMs) : 0), 0)

test('INV-6 over any history: nobody of a limited account is killed, told or started before its turn', () => {
  const names = ['a', 'b', 'c', 'd', 'e']
  const agents: Options['agents'] = names.map((name, i) => ({
    name,
    habit: (['spender', 'bystander', 'deceived', 'bystander', 'spender'] as const)[i]!,
  }))
  const at = fc.integer({ min: 0, max: 90 * minute })
  const agent = fc.constantFrom(...names)
  const forMs = fc.integer({ min: 1, max: 90 * second })
  const byMs = fc.integer({ min: -48 * hour, max: 72 * hour })
  const account = fc.constantFrom('wall', 'work', 'other')
  const event: fc.Arbitrary<Event> = fc.oneof(
    fc.record({ at, kind: fc.constantFrom('message' as const, 'kill', 'message'), agent }),
    fc.record({ at, kind: fc.constantFrom('down' as const, 'up', 'pause', 'resume', 'reset'), agent }),
    fc.record({ at, kind: fc.constant('watchdog-restarts' as const), rebooted: fc.boolean() }),
    fc.record({ at, kind: fc.constant('wall-jumps' as const), byMs }),
    fc.record({ at, kind: fc.constant('suspend' as const), forMs }),
    fc.record({ at, kind: fc.constant('scan-fails' as const), forMs }),
    fc.record({ at, kind: fc.constant('scan-fails' as const), forMs, agent }),
    fc.record({ at, kind: fc.constant('server-lost' as const) }),
    fc.record({ at, kind: fc.constant('account' as const), backend: fc.constant('wall'), account }),
  )
  fc.assert(
    fc.property(fc.array(event, { maxLength: 25 }), fc.nat(1000), (events, seed) => {
      const { world } = play({ agents, events, seed, startTrouble: 0.05 }, 3 * hour)
      // A clock that was set back puts the reset that a banner names as far away: so long they may wait, and no longer.
      if (world.bodies.some(({ name }) => world.memory.agents[name]?.life === 'held')) {
        world.runFor(setBackMs(events) + hour)
      }
      for (const body of world.bodies) {
        if (body.intent.wanted === 'down' || body.intent.paused) continue
        expect(world.memory.agents[body.name]?.life, body.name).not.toBe('held')
      }
    }),
    { numRuns: 15 },
  )
}, 60_000)
