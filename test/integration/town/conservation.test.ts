import fc from 'fast-check'
import { expect } from 'vitest'
import { UserError } from '../../../src/core/index.ts'
import { listAgents } from '../../../src/town/agents/agents.ts'
import type { Whom } from '../../../src/town/agents/meant.ts'
import { departedAgents, reclaimFrom } from '../../../src/town/agents/reclaim.ts'
import { claim, giveBack } from '../../../src/town/inbox/claim.ts'
import { assignAll, claimFromBacklog, takeFromBacklog } from '../../../src/town/tasks/backlog.ts'
import { addToBacklog, assignTask } from '../../../src/town/tasks/create.ts'
import { type End, finishTask } from '../../../src/town/tasks/finish.ts'
import { adopt, orphanTasks } from '../../../src/town/tasks/orphans.ts'
import { listTasks } from '../../../src/town/tasks/tasks.ts'
import { pauseTask, requeueTask, startTask } from '../../../src/town/tasks/turn.ts'
import { hashOf, type Town, textsOf } from '../../../src/town/town.ts'
import { isTerminal } from '../../../src/town/wire/agent-record.ts'
import { SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { decodeMessage } from '../../../src/town/wire/message.ts'
import { test } from '../../support/redis.ts'
import { addAgent, setState, townOn } from '../../support/town.ts'

const OPS = [
  ...[
    'add',
    'assign',
    'claim',
    'take',
    'start',
    'pause',
    'complete',
    'complete',
    'fail',
    'cancel',
    'requeue',
  ],
  ...['kill', 'revive', 'reclaim', 'reclaim-to-backlog', 'orphans', 'orphans-to-backlog', 'mail', 'all'],
] as const
const step = fc.record({ op: fc.constantFrom(...OPS), task: fc.nat(), agent: fc.nat(3), other: fc.nat(3) })
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** What the clients know of the world: tasks that were made, and how they ended. */
interface World {
  agents: Whom[]
  made: string[]
  /** Completed for good: the result that was answered first. */
  results: Map<string, string>
}

async function run(
  town: Town,
  world: World,
  client: number,
  { op, task, agent: a, other: o }: Step,
): Promise<void> {
  const [agent, other] = [world.agents[a]!, world.agents[o]!]
  const id = world.made[task % Math.max(1, world.made.length)]
  const end = async (how: End) => {
    if (id === undefined) return
    const result = `${client}-${task}`
    const done = await finishTask(town, id, { end: how, result, by: agent.id })
    if (done.kind === 'done' && how === 'completed') {
      expect(world.results.has(id)).toBe(false)
      world.results.set(id, result)
    }
  }
  const keep = async (work: Promise<{ id: string } | undefined>) => {
    const made = await work
    if (made !== undefined && !world.made.includes(made.id)) world.made.push(made.id)
  }
  switch (op) {
    case 'add':
      return keep(addToBacklog(town, { description: 'x', by: other.id }))
    case 'assign':
      return keep(assignTask(town, agent, { description: 'x', by: other.id }))
    case 'take':
      return keep(takeFromBacklog(town, agent))
    case 'all':
      return void (await assignAll(town, agent))
    case 'claim':
      return id === undefined ? undefined : void (await claimFromBacklog(town, id, agent))
    case 'start':
      return id === undefined ? undefined : startTask(town, id, agent.id)
    case 'pause':
      return id === undefined ? undefined : pauseTask(town, id, agent.id)
    case 'complete':
      return end('completed')
    case 'fail':
      return end('failed')
    case 'cancel':
      return end('cancelled')
    case 'requeue':
      return id === undefined ? undefined : void (await requeueTask(town, id))
    case 'kill':
      return setState(town, agent, 'stopped')
    case 'revive':
      return setState(town, agent, 'idle')
    case 'mail': {
      const { held } = await claim(town, agent.id, { count: 2, leaseMs: 60_000, by: 'take' })
      if (o % 2 === 0)
        await giveBack(
          town,
          agent.id,
          held.map(({ message }) => message.id),
        )
      return
    }
    case 'reclaim':
    case 'reclaim-to-backlog':
      for (const { id: from } of await departedAgents(town))
        if (from !== other.id)
          await reclaimFrom(
            town,
            from,
            op === 'reclaim' ? { kind: 'agent', agent: other } : { kind: 'backlog', others: undefined },
          )
      return
    case 'orphans':
    case 'orphans-to-backlog':
      for (const orphan of await orphanTasks(town))
        if (orphan.owner.id !== other.id)
          await adopt(town, orphan, op === 'orphans' ? { kind: 'agent', agent: other } : { kind: 'backlog' })
  }
}

/** Refusals are answers; anything else is a bug. */
const refused = (error: unknown): void => {
  if (!(error instanceof UserError)) throw error
}

/** `task_assign` messages that nobody has acknowledged: whose mailbox, which task. */
async function assignments(town: Town, agents: readonly Whom[]): Promise<{ agent: string; task: string }[]> {
  const found: { agent: string; task: string }[] = []
  for (const { id } of [...agents, { id: SUPERVISOR }]) {
    const { keys, redis } = town
    const raws = [
      ...textsOf(await redis.call('LRANGE', keys.inbox(id), 0, -1)),
      ...textsOf(await redis.call('LRANGE', keys.urgent(id), 0, -1)),
      ...Object.values(hashOf(await redis.call('HGETALL', keys.raw(id))) ?? {}),
    ]
    for (const raw of raws) {
      const content = decodeMessage(raw)?.content
      if (content?.type === 'task_assign') found.push({ agent: id, task: content.task_id })
    }
  }
  return found
}

async function check(town: Town, world: World): Promise<void> {
  const tasks = await listTasks(town)
  // Conservation: what was made is there, once, in one state (INV-20).
  expect(tasks.map(({ id }) => id).sort()).toEqual([...world.made].sort())
  const backlog = textsOf(await town.redis.call('LRANGE', town.keys.backlog, 0, -1))
  const nobodys = tasks.filter(({ state }) => state === 'pending')
  expect([...backlog].sort()).toEqual(nobodys.map(({ id }) => id).sort())
  expect(nobodys.every(({ assignedTo }) => assignedTo === undefined)).toBe(true)
  // Whoever has an open task was told of it, once, and nobody else was.
  const open = tasks.filter(({ state }) => state === 'assigned' || state === 'running')
  const told = await assignments(town, world.agents)
  const key = ({ agent, task }: { agent: string; task: string }) => `${agent} ${task}`
  expect(told.map(key).sort()).toEqual(
    open.map(({ id, assignedTo }) => key({ agent: assignedTo!, task: id })).sort(),
  )
  // The first result stands (INV-15), and was counted once.
  for (const [id, result] of world.results)
    expect(tasks.find((task) => task.id === id)).toMatchObject({ state: 'completed', result })
  const counted = (await listAgents(town)).reduce((sum, { tasksCompleted }) => sum + tasksCompleted, 0)
  expect(counted).toBe(
    tasks.filter(({ state, assignedTo }) => state === 'completed' && assignedTo !== undefined).length,
  )
  for (const agent of await listAgents(town)) {
    const current = tasks.find(({ id }) => id === agent.currentTask)
    if (agent.currentTask !== undefined) expect(current).toMatchObject({ assignedTo: agent.id })
  }
}

test('INV-20, INV-21: whatever four clients do at once, no task is lost, doubled or told of wrongly', {
  timeout: 30_000,
}, async ({ bench }) => {
  let round = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(step, { minLength: 5, maxLength: 30 }), { minLength: 4, maxLength: 4 }),
      async (plans) => {
        const name = `t${round++}`
        const town = townOn(bench, name)
        const agents: Whom[] = []
        for (const who of ['a', 'b', 'c', 'd']) agents.push(await addAgent(town, who))
        const world: World = { agents, made: [], results: new Map() }
        for (let i = 0; i < 6; i++) world.made.push((await addToBacklog(town, { description: 'x' })).id)
        const clients = await Promise.all(plans.map((_, at) => (at === 0 ? town : townOn(bench, name))))
        await Promise.all(
          plans.map(async (plan, client) => {
            for (const each of plan) await run(clients[client]!, world, client, each).catch(refused)
          }),
        )
        await check(town, world)
        // Everything that is over is taken care of in the end: every open task has somebody who is there.
        await setState(town, agents[0]!, 'idle')
        for (const orphan of await orphanTasks(town))
          await adopt(town, orphan, { kind: 'agent', agent: agents[0]! })
        const there = new Set(
          (await listAgents(town)).filter(({ state }) => !isTerminal(state)).map(({ id }) => id),
        )
        for (const task of await listTasks(town, { states: ['assigned', 'running'] }))
          expect(there.has(task.assignedTo!)).toBe(true)
        await check(town, world)
        await Promise.all(clients.map((one) => one.redis.close()))
      },
    ),
    { numRuns: 40, interruptAfterTimeLimit: 6_000 },
  )
})
