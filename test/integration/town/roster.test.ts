import { expect } from 'vitest'
import { whoSpeaks } from '../../../src/cli/speaker.ts'
import type { AgentSpec, Fleet } from '../../../src/core/index.ts'
import { fleetId } from '../../../src/daemon/names.ts'
import { createLedger, type LedgerState, newcomer } from '../../../src/daemon/town/ledger.ts'
import { enrolAll, findRivals } from '../../../src/daemon/town/roster.ts'
import { writeMirror } from '../../../src/town/agents/mirror.ts'
import { test } from '../../support/redis.ts'
import { addAgent, townOn } from '../../support/town.ts'

const specs = ['a', 'b', 'c', 'd'].map((name) => ({
  name,
  backend: 't',
  role: undefined,
  kind: 'loop',
})) as AgentSpec[]
const fleet = { projectDir: '/p', sessionPrefix: 'x-', agents: specs } as Fleet
const ledgerOf = (state: LedgerState) => createLedger({ save: () => Promise.resolve() }, state)

test('an id for life: of the ledger, else of the index, else of a record that is over, else a new one', async ({
  bench,
}) => {
  const town = townOn(bench)
  const known = crypto.randomUUID()
  const named = crypto.randomUUID()
  await town.redis.call('HSET', town.keys.names, 'b', named)
  const over = await addAgent(town, 'c', { state: 'stopped', tasksCompleted: 3, role: 'painter' })
  const ledger = ledgerOf({ agents: { a: newcomer(known, 1) } })
  expect(await enrolAll(town, fleet, specs, ledger)).toEqual([])
  const ids = () =>
    Object.fromEntries(Object.entries(ledger.state.agents).map(([name, { id }]) => [name, id]))
  expect(ids()).toMatchObject({ a: known, b: named, c: over.id })
  const before = ids()
  expect(await town.redis.call('HGET', town.keys.names, 'd')).toBe(before.d)
  // What the other one had counted stays; what the config says is ours.
  expect(ledger.state.agents.c?.tasks).toBe(3)
  expect(await town.redis.call('HGET', town.keys.agent(over.id), 'cli')).toBe('t')
  // Without a ledger: the same ids, from the town.
  const lost = ledgerOf({ agents: {} })
  await enrolAll(town, fleet, specs, lost)
  expect(Object.fromEntries(Object.entries(lost.state.agents).map(([name, { id }]) => [name, id]))).toEqual(
    before,
  )
  // Given before the town was asked: the record that waits for the name has another id, and keeps it.
  const early = ledgerOf({ agents: { c: { ...newcomer(crypto.randomUUID(), 1), ahead: true } } })
  await enrolAll(town, fleet, [specs[2]!], early)
  expect(early.state.agents.c).toMatchObject({ id: over.id })
  expect(early.state.agents.c).not.toHaveProperty('ahead')
})

test('who lives under a name of ours keeps its record; two fleets do not take each other’s; who comes later is told of', async ({
  bench,
}) => {
  const town = townOn(bench)
  const other = await addAgent(town, 'a', { state: 'working' })
  const ledger = ledgerOf({ agents: {} })
  expect(await enrolAll(town, fleet, specs, ledger)).toEqual([{ agent: 'a', id: other.id, both: false }])
  expect(ledger.state.agents.a).toBeUndefined()
  const b = ledger.state.agents.b!
  const write = {
    id: b.id,
    expect: undefined,
    rounds: 0,
    fields: {},
    lines: [],
    event: undefined,
    stop: '',
  } as const
  expect(await writeMirror(town, fleetId(fleet), { ...write, state: 'idle' })).toMatchObject({ kind: 'ok' })
  // Another project with an agent of that name, in the same town.
  const second = { ...fleet, projectDir: '/q' }
  const theirs = ledgerOf({ agents: {} })
  expect(await enrolAll(town, second, [specs[1]!], theirs)).toEqual([{ agent: 'b', id: b.id, both: false }])
  expect(await writeMirror(town, fleetId(second), { ...write, state: 'stopped' })).toEqual({
    kind: 'foreign',
  })
  const late = await addAgent(town, 'c', { state: 'idle' })
  expect(await findRivals(town, ledger, ['b', 'c'])).toEqual([{ agent: 'c', id: late.id, both: true }])
})

test('a write is refused where somebody has written the state since, counts turns once, and leaves what it does not know', async ({
  bench,
}) => {
  const town = townOn(bench)
  const ledger = ledgerOf({ agents: {} })
  await enrolAll(town, fleet, specs, ledger)
  const { id } = ledger.state.agents.a!
  const owner = fleetId(fleet)
  const key = town.keys.agent(id)
  const write = {
    id,
    rounds: 2,
    fields: { role_id: undefined },
    lines: ['one', 'two'],
    event: undefined,
    stop: '',
  } as const
  await town.redis.call('HSET', key, 'x_later', '1', 'role_id', 'old')
  expect(await writeMirror(town, owner, { ...write, expect: 'cold', state: 'idle' })).toMatchObject({
    kind: 'ok',
  })
  // Nobody knew whether it was done: it is written again.
  expect(await writeMirror(town, owner, { ...write, expect: 'idle', state: 'idle' })).toMatchObject({
    kind: 'ok',
  })
  expect(
    await town.redis.call('HMGET', key, 'state', 'fleet_state', 'rounds_completed', 'x_later', 'role_id'),
  ).toEqual(['idle', 'idle', '2', '1', null])
  await town.redis.call('HSET', key, 'state', 'paused')
  expect(await writeMirror(town, owner, { ...write, expect: 'idle', state: 'working' })).toEqual({
    kind: 'differs',
  })
  expect(await town.redis.call('HGET', key, 'state')).toBe('paused')
  // `tt restart` sets the rounds to 0; the next turn counts from there.
  await town.redis.call('HSET', key, 'rounds_completed', '0')
  await writeMirror(town, owner, { ...write, rounds: 3, expect: 'paused', state: 'idle' })
  expect(await town.redis.call('HGET', key, 'rounds_completed')).toBe('1')
  expect(
    await writeMirror(town, owner, { ...write, id: crypto.randomUUID(), expect: undefined, state: 'idle' }),
  ).toEqual({
    kind: 'missing',
  })
  for (let n = 0; n < 20; n += 1)
    await writeMirror(town, owner, { ...write, lines: [`line ${n}`], expect: 'idle', state: 'idle' })
  expect(await town.redis.call('LLEN', town.keys.activity(id))).toBe(10)
})

test('a record whose fleet is gone is taken over with its counts, unless it gives a sign of life meanwhile', async ({
  bench,
}) => {
  const town = townOn(bench)
  const extra = { fleet_owner: 'elsewhere', fleet_state: 'idle' }
  const left = await addAgent(town, 'a', { state: 'idle', tasksCompleted: 4, extra })
  const alive = await addAgent(town, 'b', { state: 'idle', extra })
  const tt = await addAgent(town, 'c', { state: 'idle' })
  const ledger = ledgerOf({ agents: {} })
  const refused = (ids: string[]) => ids.map((id) => expect.objectContaining({ id }))
  const first = await enrolAll(town, fleet, specs, ledger)
  expect(first).toEqual(refused([left.id, alive.id, tt.id]))
  const seen: object[] = []
  const second = await enrolAll(town, fleet, specs, ledger, (signs) => {
    seen.push(signs)
    // What was seen of `b` is not what stands there any more.
    return { ...signs, [alive.id]: 'an older one' }
  })
  expect(Object.keys(seen[0]!).sort()).toEqual([left.id, alive.id].sort())
  expect(second).toEqual(refused([alive.id, tt.id]))
  expect(ledger.state.agents.a).toMatchObject({ id: left.id, tasks: 4 })
  expect(await town.redis.call('HGET', town.keys.agent(left.id), 'fleet_owner')).toBe(fleetId(fleet))
})

test('an agent whose name somebody else has in town is nobody there: it neither reads nor sends as that one', async ({
  bench,
}) => {
  const town = townOn(bench)
  const mine = { agents: [], projectDir: '/here', sessionPrefix: 'x-' }
  const own = await addAgent(town, 'api', { extra: { fleet_owner: fleetId(mine) } })
  await addAgent(town, 'web', { extra: { fleet_owner: 'another' } })
  await addAgent(town, 'tt', {})
  const speaks = (name: string) => whoSpeaks(town, mine, { kind: 'agent', name }, {})
  expect((await speaks('api')).id).toBe(own.id)
  const refused = await Promise.allSettled([speaks('web'), speaks('tt')])
  expect(refused).toMatchObject([
    { reason: { code: 'TOWN_NAME_TAKEN' } },
    { reason: { code: 'TOWN_NAME_TAKEN' } },
  ])
})
