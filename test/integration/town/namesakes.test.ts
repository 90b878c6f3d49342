import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { fakeFleet } from '../../../src/cli/testing/fake-deps.ts'
import { noTown } from '../../../src/core/index.ts'
import { fleetId } from '../../../src/daemon/names.ts'
import { readPlanTown, townFields } from '../../../src/town/plan/town-side.ts'
import { addToBacklog, assignTask } from '../../../src/town/tasks/create.ts'
import type { Town } from '../../../src/town/town.ts'
import { inTown } from '../../support/in-town.ts'
import { type RedisBench, test } from '../../support/redis.ts'
import { addAgent, inboxOf } from '../../support/town.ts'

const fleet = fakeFleet({ town: { ...noTown, mode: 'on' } })
const ours = { extra: { fleet_owner: fleetId(fleet) } }
const theirs = { extra: { fleet_owner: 'another' } }

/** A town in which other fleets live, too. */
function shared(bench: RedisBench) {
  const own = { id: fleetId(fleet), names: new Set(fleet.agents.map(({ name }) => name)) }
  return inTown(
    bench,
    { fleet, deps: { sleep: () => sleep(1), now: later(), townOn: async () => true } },
    own,
  )
}

/** A clock on which a second is over at each look: who waits for an agent to come in waits no longer than that. */
function later(): () => number {
  let now = Date.now()
  return () => (now += 1_000)
}

const index = (town: Town, name: string, id: string) => town.redis.call('HSET', town.keys.names, name, id)

test('a name of this fleet is never its namesake of another one', async ({ bench }) => {
  const { town, json } = shared(bench)
  const stranger = await addAgent(town, 'builder', { ...theirs, id: 'bbbb0000-0000-4000-8000-000000000001' })
  await index(town, 'builder', stranger.id)
  const task = await addToBacklog(town, { description: 'x' })
  const verbs = [
    ['assign', 'builder', 'do it'],
    ['backlog', 'claim', task.id, 'builder'],
    ['backlog', 'assign-all', 'builder'],
    ['reclaim', '--to', 'builder'],
    ['task', 'list', '--agent', 'builder'],
    ['task', 'current', 'builder'],
    ['inbox', 'builder'],
    ['inbox', 'take', '--of', 'builder'],
    ['inbox', 'dead', 'builder'],
    ['history', '--agent', 'builder'],
  ]
  for (const argv of verbs)
    expect(await json(...argv), argv.join(' ')).toMatchObject({
      exit: 2,
      error: { code: 'TOWN_AGENT_AMBIGUOUS', what: expect.stringContaining('builder (bbbb0000)') },
    })
  expect(await inboxOf(town, stranger.id)).toEqual([])
  expect(await json('assign', 'bbbb', 'do it')).toMatchObject({ exit: 0, task: { assignedTo: stranger.id } })
})

test("of several that a name, a nickname or a label fits, this fleet's own is meant", async ({ bench }) => {
  const { town, json } = shared(bench)
  const other = await addAgent(town, 'builder', { ...theirs, nickname: 'Robin', createdAt: 1 })
  const mine = await addAgent(town, 'builder', { ...ours, nickname: 'Robin' })
  const capital = await addAgent(town, 'Scout', theirs)
  await index(town, 'Scout', capital.id)
  const scout = await addAgent(town, 'scout', ours)
  for (const ref of ['builder', 'robin', 'BUILDER'])
    expect(await json('assign', ref, 'do it'), ref).toMatchObject({ exit: 0, task: { assignedTo: mine.id } })
  expect(await json('assign', 'scout', 'do it')).toMatchObject({ task: { assignedTo: scout.id } })
  const { exit, error } = await json('assign', 'Scout', 'do it')
  expect([exit, error.code]).toEqual([2, 'TOWN_AGENT_AMBIGUOUS'])
  for (const { id } of [capital, scout]) expect(error.what).toContain(id.slice(0, 8))
  expect(await inboxOf(town, other.id)).toEqual([])
  expect(await inboxOf(town, capital.id)).toEqual([])
})

test("a plan says another fleet's agent by its id, where its name is one of ours", async ({ bench }) => {
  const { town } = shared(bench)
  const stranger = await addAgent(town, 'builder', theirs)
  const friend = await addAgent(town, 'painter', theirs)
  const said = async (whom: typeof friend) =>
    townFields(await assignTask(town, whom, { description: 'd' }), await readPlanTown(town)).agent
  expect([await said(stranger), await said(friend)]).toEqual([stranger.id, 'painter'])
})

test('a message to an agent whose name somebody else has in town goes to its pane, and not to that one', async ({
  bench,
}) => {
  const { town, run } = shared(bench)
  const stranger = await addAgent(town, 'builder', { ...theirs, id: 'bbbb0000-0000-4000-8000-000000000001' })
  await index(town, 'builder', stranger.id)
  const sent = await run('send', 'builder', 'to ours')
  expect(sent.exit, sent.err).toBe(0)
  expect(sent.err).toContain(
    'somebody else lives in the town under the name builder (bbbb0000): sent to its pane',
  )
  expect(sent.calls).toEqual([expect.stringMatching(/^send\("builder", .*"to ours"/)])
  expect(await inboxOf(town, stranger.id)).toEqual([])
  // By its id the other one is meant, who is at no prompt of this fleet.
  expect(await run('send', 'bbbb0000', 'to theirs')).toMatchObject({ exit: 0, calls: [] })
  expect(await inboxOf(town, stranger.id)).toHaveLength(1)
  expect((await run('send', 'bbbb0000', 'x', '--mode', 'interrupt')).err).toContain(
    'not at a prompt of this fleet',
  )
})
