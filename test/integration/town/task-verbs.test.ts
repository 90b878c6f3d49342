import { expect } from 'vitest'
import { SUPERVISOR } from '../../../src/town/wire/ids.ts'
import { inTown } from '../../support/in-town.ts'
import { test } from '../../support/redis.ts'
import { addAgent, contents, inboxOf, setState } from '../../support/town.ts'

test('tasks are given, found by short ids, ended once and waited for, with codes that tell the truth', async ({
  bench,
}) => {
  const { town, run, json } = inTown(bench)
  {
    const api = await addAgent(town, 'api', { nickname: 'Dorothy', role: 'backend' })
    const first = await json('backlog', 'add', '--tags', 'p1, db', 'Make', 'the', 'table')
    expect(first).toMatchObject({
      exit: 0,
      version: 1,
      task: { state: 'pending', description: 'Make the table', tags: ['p1', 'db'], assignedBy: SUPERVISOR },
    })
    const short = String(first.task.id).slice(0, 6)
    expect(await json('assign', 'api', 'x', '--depends-on', short)).toMatchObject({
      exit: 1,
      error: { code: 'TASK_WAITS' },
    })
    expect(await json('assign', 'api', '--priority', 'soon', 'x')).toMatchObject({
      exit: 2,
      error: { code: 'CLI_PRIORITY' },
    })
    expect(await json('assign', 'nobody', 'x')).toMatchObject({
      exit: 2,
      error: { code: 'TOWN_AGENT_UNKNOWN' },
    })
    expect(await json('backlog', 'claim', short)).toMatchObject({
      exit: 2,
      error: { code: 'CLI_ARGUMENTS' },
    })
    expect((await run('backlog', 'claim', short, 'Dorothy [backend]')).exit).toBe(0)
    expect(await json('backlog', 'claim', short, 'api')).toMatchObject({
      exit: 1,
      error: { code: 'TASK_NOT_IN_BACKLOG' },
    })
    expect(await json('task', 'current', 'dorothy')).toMatchObject({
      exit: 0,
      task: { description: 'Make the table' },
    })
    expect(await json('task', 'list', '--state', 'assigned', '--agent', 'api', '--tag', 'db')).toMatchObject({
      tasks: [{ assignee: 'Dorothy [backend]' }],
    })
    expect(await json('task', 'list', '--state', 'done')).toMatchObject({
      exit: 2,
      error: { code: 'CLI_STATE' },
    })
    expect((await run('task', 'wait', short, '--timeout', '300ms')).exit).toBe(124)
    const waits = run('task', 'wait', short, '--timeout', '20s')
    expect(await json('task', 'complete', short, 'it', 'stands')).toMatchObject({
      exit: 0,
      changed: true,
      task: { result: 'it stands' },
    })
    expect((await waits).exit).toBe(0)
    expect(await json('task', 'complete', short)).toMatchObject({
      exit: 0,
      changed: false,
      task: { result: 'it stands' },
    })
    expect(await json('task', 'complete', short, '--result', 'other')).toMatchObject({
      exit: 1,
      error: { code: 'TASK_OVER' },
    })
    expect((await run('task', 'show', 'ffff')).exit).toBe(2)
    const second = await json('assign', 'api', '--depends-on', short, 'Fill it')
    expect((await run('task', 'fail', second.task.id, '--result', 'no rights')).exit).toBe(0)
    expect((await run('task', 'wait', second.task.id)).exit).toBe(1)
    expect(await json('task', 'requeue', second.task.id)).toMatchObject({
      exit: 0,
      changed: true,
      task: { state: 'pending' },
    })
    expect(await json('backlog', 'list')).toMatchObject({ backlog: [{ id: second.task.id, waitsFor: [] }] })
    expect(await json('backlog', 'assign-all', 'api')).toMatchObject({
      exit: 0,
      given: [{ id: second.task.id }],
      left: [],
    })
    expect((await run('backlog', 'remove', second.task.id)).exit).toBe(1)
    // An agent's own word needs its session: nobody can say to be one of the fleet, and a worker of tinytown is believed.
    const mine = await json('task', 'current')
    expect(mine).toMatchObject({ exit: 2, error: { code: 'TASK_WHOSE' } })
    const list = await json('list')
    expect(list).toMatchObject({
      exit: 0,
      town: 'shop',
      agents: [{ id: api.id, label: 'Dorothy [backend]', inbox: 1, tasksCompleted: 1 }],
    })
    const history = await json('history', '-a', 'api')
    expect(history.events.map(({ type }: { type: string }) => type)).toEqual([
      'task_assigned',
      'task_completed',
      'task_assigned',
      'task_failed',
      'task_assigned',
    ])
    expect((await json('events', '--town', '--count', '2')).events).toEqual(history.events.slice(-2))
  }
})

test('INV-19: reclaim without a destination and every list change nothing; W4: a broken record hides no other', async ({
  bench,
}) => {
  const { town, run, json } = inTown(bench)
  {
    const [dead, heir] = [await addAgent(town, 'dead'), await addAgent(town, 'heir')]
    await run('assign', 'dead', 'left behind')
    await setState(town, dead, 'stopped')
    await town.redis.call('SET', `${town.keys.root}agent:legacy`, '{}')
    const before = await contents(town)
    expect(await json('reclaim')).toMatchObject({
      exit: 0,
      agents: [{ name: 'dead', state: 'stopped', messages: [{ type: 'task_assign' }] }],
    })
    expect(await json('reclaim', '--orphan-tasks')).toMatchObject({
      exit: 0,
      orphans: [{ task: { description: 'left behind' }, owner: { name: 'dead' } }],
    })
    for (const words of [
      ['list'],
      ['task', 'list'],
      ['backlog', 'list'],
      ['history'],
      ['recover'],
      ['task', 'current', 'dead'],
    ])
      expect((await run(...words)).exit, words.join(' ')).toBe(0)
    expect(await contents(town)).toEqual(before)
    expect(await json('reclaim', '--from', 'heir', '--to', 'dead')).toMatchObject({
      exit: 1,
      error: { code: 'TOWN_AGENT_ALIVE' },
    })
    expect(await json('reclaim', '--cancel')).toMatchObject({ exit: 2, error: { code: 'CLI_ARGUMENTS' } })
    expect(await json('reclaim', '--to', 'heir')).toMatchObject({
      exit: 0,
      destination: heir.id,
      agents: [{ messages: [{ result: 'moved' }] }],
    })
    expect((await inboxOf(town, heir.id)).map(({ content }) => content.type)).toEqual(['task_assign'])
    await setState(town, heir, 'error')
    expect((await run('reclaim', '--orphan-tasks', '--to-backlog')).exit).toBe(0)
    expect((await json('backlog', 'list')).backlog).toHaveLength(1)
  }
})
