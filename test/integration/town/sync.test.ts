import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import { createStateStore } from '../../../src/adapters/files/state-store.ts'
import { createTomlFiles } from '../../../src/adapters/files/toml-files.ts'
import { fakeFleet, type Played, play } from '../../../src/cli/testing/fake-deps.ts'
import { findAgent } from '../../../src/town/agents/agents.ts'
import { claimFromBacklog, listBacklog } from '../../../src/town/tasks/backlog.ts'
import { addToBacklog, assignTask } from '../../../src/town/tasks/create.ts'
import { completeTask } from '../../../src/town/tasks/finish.ts'
import { listTasks } from '../../../src/town/tasks/tasks.ts'
import { startTask } from '../../../src/town/tasks/turn.ts'
import { createTown, type Town } from '../../../src/town/town.ts'
import { encodeAgent } from '../../../src/town/wire/agent-record.ts'
import { newId } from '../../../src/town/wire/ids.ts'
import type { TaskRecord } from '../../../src/town/wire/task-record.ts'
import { type RedisBench, test } from '../../support/redis.ts'

interface Bed {
  town: Town
  sync(...args: string[]): Promise<Played>
  /** Lines that are not `same`, as `action id`. */
  did(...args: string[]): Promise<string[]>
  write(text: string): void
  read(): string
  tasks(): Promise<TaskRecord[]>
  task(tag: string): Promise<TaskRecord>
  agent(name: string): Promise<string>
}

function bedOf(bench: RedisBench): Bed {
  const town = createTown('shop', bench.raw, Date.now)
  const path = join(bench.dir, 'tasks.toml')
  const fleet = fakeFleet({ configPath: join(bench.dir, 'agents.toml'), stateDir: join(bench.dir, 'state') })
  const sync = (...args: string[]) =>
    play(['sync', ...args], {
      fleet,
      deps: {
        cwd: bench.dir,
        tomlFiles: async () => createTomlFiles(),
        stateStore: async (folder) => createStateStore(folder),
        openTown: async () => ({ fleet, town, place: {} as never, close: async () => undefined }),
      },
    })
  const tasks = () => listTasks(town)
  return {
    town,
    sync,
    async did(...args) {
      const played = await sync(...args, '--json')
      expect(played.err).toBe('')
      const { changes, failed, conflicts } = JSON.parse(played.out)
      expect(played.exit).toBe(failed + conflicts.length === 0 ? 0 : 1)
      return changes.flatMap(({ action, id }: { action: string; id: string }) =>
        action === 'same' ? [] : [`${action} ${id}`],
      )
    },
    write: (text) => writeFileSync(path, text),
    read: () => readFileSync(path, 'utf8'),
    tasks,
    task: async (tag) => (await tasks()).find(({ tags }) => tags.includes(`plan:${tag}`))!,
    async agent(name) {
      const id = newId()
      const at = Date.now()
      const record = {
        id,
        name,
        type: 'worker',
        state: 'idle',
        cli: 'x',
        createdAt: at,
        heartbeatAt: at,
        tasksCompleted: 0,
        roundsCompleted: 0,
        activeAt: at,
        spawnMode: 'fresh',
        currentTask: undefined,
        nickname: undefined,
        role: undefined,
        parent: undefined,
        extra: {},
      } as const
      await bench.raw.call('HSET', town.keys.agent(id), ...encodeAgent(record).flat())
      return id
    },
  }
}

const PLAN = `# our plan
[meta]
description = "v2"

[[tasks]]
id = "api"
description = "Write the API"   # first
tags = ["code"]
agent = "builder"

[[tasks]]
id = "docs"
description = "Write the docs"
parent = "api"
depends_on = ["api"]
priority = "high"
`

test('push makes each task once, for its agent or for the backlog, and again makes nothing', async ({
  bench,
}) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  bed.write(PLAN)
  expect(await bed.did('push', '--dry-run')).toEqual(['created api', 'created docs'])
  expect(await bed.tasks()).toEqual([])
  expect(await bed.did('push')).toEqual(['created api', 'created docs'])
  const [api, docs] = [await bed.task('api'), await bed.task('docs')]
  expect(api).toMatchObject({ state: 'assigned', assignedTo: builder, tags: ['code', 'plan:api'] })
  expect(docs).toMatchObject({ state: 'pending', parent: api.id, dependsOn: [api.id], priority: 'high' })
  expect((await listBacklog(bed.town)).map(({ id }) => id)).toEqual([docs.id])
  expect(await bench.raw.call('LLEN', bed.town.keys.inbox(builder))).toBe(1)
  for (let round = 0; round < 3; round++) expect(await bed.did('push')).toEqual([])
  expect(await bed.tasks()).toHaveLength(2)
  expect(await bench.raw.call('LLEN', bed.town.keys.inbox(builder))).toBe(1)
  expect(bed.read()).toBe(PLAN)
})

test('two pushes at once make one task for each id', async ({ bench }) => {
  const bed = bedOf(bench)
  await bed.agent('builder')
  bed.write(PLAN)
  await Promise.all([bed.sync('push'), bed.sync('push'), bed.sync('push')])
  expect(await bed.tasks()).toHaveLength(2)
})

test('push changes what the file changed, and leaves what the town changed', async ({ bench }) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  const scout = await bed.agent('scout')
  bed.write(PLAN)
  await bed.did('push')
  bed.write(
    PLAN.replace('Write the API', 'Write the whole API')
      .replace('"builder"', '"scout"')
      .replace('priority = "high"', 'agent = "scout"'),
  )
  expect(await bed.did('push')).toEqual(['changed api', 'changed docs', 'left docs'])
  expect(await bed.task('api')).toMatchObject({ description: 'Write the whole API', assignedTo: scout })
  expect(await bed.task('docs')).toMatchObject({ priority: 'normal', state: 'pending' })
  await startTask(bed.town, (await bed.task('api')).id, scout)
  await completeTask(bed.town, (await bed.task('api')).id, 'it works', scout)
  expect(await bed.did('push')).toEqual(['changed docs'])
  expect(await bed.task('docs')).toMatchObject({ state: 'assigned', assignedTo: scout })
  expect((await bed.task('api')).state).toBe('completed')
  expect(await findAgent(bed.town, 'builder')).toMatchObject({ id: builder })
})

test('pull writes what became of the tasks, and the new ones, and keeps comments', async ({ bench }) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  bed.write(PLAN)
  await bed.did('push')
  const api = await bed.task('api')
  await startTask(bed.town, api.id, builder)
  await completeTask(bed.town, api.id, 'done "well"\nand fast', builder)
  const fresh = await addToBacklog(bed.town, {
    description: 'Fix the flaky test',
    tags: ['qa'],
    dependsOn: [api.id],
  })
  const own = await assignTask(bed.town, await findAgent(bed.town, 'builder'), { description: 'Look at it' })
  const news = [`task-${fresh.id.slice(0, 8)}`, `task-${own.id.slice(0, 8)}`]
  const expected = [...news.map((id) => `added ${id}`), 'changed api'].sort()
  expect((await bed.did('pull', '--dry-run')).sort()).toEqual(expected)
  expect(bed.read()).toBe(PLAN)
  expect((await bed.did('pull')).sort()).toEqual(expected)
  const text = bed.read()
  expect(text).toContain('# our plan\n')
  expect(text).toContain('description = "Write the API"   # first\n')
  expect(text).toContain('status = "completed"\nresult = """\ndone "well"\nand fast"""\n')
  expect(text).toContain(
    `[[tasks]]\nid = "${news[0]}"\ndescription = "Fix the flaky test"\nstatus = "pending"\ntags = ["qa"]\ndepends_on = ["api"]\n`,
  )
  expect(text).toContain('description = "Look at it"\nstatus = "assigned"\ntags = []\nagent = "builder"\n')
  for (const way of ['pull', 'push', 'pull']) expect(await bed.did(way)).toEqual([])
  expect(bed.read()).toBe(text)
  expect(await bed.tasks()).toHaveLength(4)
})

test('what both changed is named and left, until somebody says who is right', async ({ bench }) => {
  const bed = bedOf(bench)
  await bed.agent('builder')
  bed.write(PLAN)
  await bed.did('push')
  const api = await bed.task('api')
  await bench.raw.call('HSET', bed.town.keys.task(api.id), 'description', 'Write an API')
  const mine = PLAN.replace('Write the API', 'Write our API')
  bed.write(mine)
  expect(await bed.did('push')).toEqual(['conflict api'])
  const told = await bed.sync('pull')
  expect(told).toMatchObject({
    exit: 1,
    out: expect.stringContaining('the file says "Write our API"\n  the town says "Write an API"'),
  })
  expect(bed.read()).toContain('"Write our API"   # first')
  expect((await bed.task('api')).description).toBe('Write an API')
  expect(await bed.did('push', '--force')).toEqual(['changed api'])
  expect((await bed.task('api')).description).toBe('Write our API')
  expect(await bed.did('pull')).toEqual([])
  await bench.raw.call('HSET', bed.town.keys.task(api.id), 'description', 'Again')
  bed.write(PLAN)
  expect(await bed.did('pull', '--force')).toEqual(['changed api'])
  expect(bed.read()).toContain('"Again"   # first')
})

test('tasks that the real tt pushed are taken up, queued, and not made twice', async ({ bench }) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  const ids = [newId(), newId()]
  for (const id of ids)
    await bench.raw.call(
      'HSET',
      bed.town.keys.task(id),
      'id',
      id,
      'description',
      'Write the API',
      'state',
      'pending',
      'created_at',
      `2026-01-01T00:00:0${ids.indexOf(id)}+00:00`,
      'updated_at',
      '2026-01-01T00:00:00+00:00',
      'tags',
      '["code","plan:api"]',
    )
  bed.write(PLAN)
  expect(await bed.did('push')).toEqual(['changed api', 'created docs'])
  expect(await bed.tasks()).toHaveLength(3)
  expect((await bed.sync('pull', '--dry-run')).out).toContain('Several tasks of the town carry plan:api')
  expect((await bed.tasks()).find(({ id }) => id === ids[0])).toMatchObject({
    state: 'assigned',
    assignedTo: builder,
  })
  expect(await bed.did('push')).toEqual([])
})

test('an older copy of the file takes nothing from anybody', async ({ bench }) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  bed.write(PLAN.replace('agent = "builder"\n', ''))
  await bed.did('push')
  const api = await bed.task('api')
  await claimFromBacklog(bed.town, api.id, await findAgent(bed.town, 'builder'))
  await bed.did('pull')
  expect(bed.read()).toContain('agent = "builder"\nstatus = "assigned"')
  bed.write(PLAN.replace('agent = "builder"\n', ''))
  expect(await bed.did('push')).toEqual([])
  expect(await bed.task('api')).toMatchObject({ state: 'assigned', assignedTo: builder })
  await startTask(bed.town, api.id, builder)
  bed.write(PLAN.replace('agent = "builder"', 'status = "pending"\nagent = ""'))
  expect(await bed.did('push')).toEqual(['left api', 'conflict api'])
  expect(await bed.did('push', '--force')).toEqual(['left api', 'left api'])
  expect(await bed.task('api')).toMatchObject({ state: 'running', assignedTo: builder })
})

test('a removed task is not made again, one of an emptied town is', async ({ bench }) => {
  const bed = bedOf(bench)
  await bed.agent('builder')
  await bench.raw.call('SET', bed.town.keys.epoch, 'one')
  bed.write(PLAN)
  await bed.did('push')
  await bench.raw.call('DEL', bed.town.keys.task((await bed.task('docs')).id))
  expect(await bed.did('push')).toEqual(['gone docs'])
  expect(await bed.did('pull')).toEqual(['changed api', 'gone docs'])
  await bench.raw.call('FLUSHALL')
  await bed.agent('builder')
  await bench.raw.call('SET', bed.town.keys.epoch, 'two')
  expect(await bed.did('push')).toEqual(['created api', 'created docs'])
})

test('an entry that was taken out of the file does not come back, and nobody loses its task', async ({
  bench,
}) => {
  const bed = bedOf(bench)
  await bed.agent('builder')
  bed.write(PLAN)
  await bed.did('push')
  const free = await addToBacklog(bed.town, { description: 'free' })
  await bed.did('pull')
  const named = `task-${free.id.slice(0, 8)}`
  const whole = bed.read()
  const without = whole.slice(0, whole.indexOf(`[[tasks]]\nid = "docs"`))
  expect(without).toContain('id = "api"')
  bed.write(without)
  const removed = ['removed docs', `removed ${named}`]
  for (const way of ['pull', 'push', 'pull', 'push', 'pull'])
    expect((await bed.did(way)).sort(), way).toEqual(removed)
  expect(bed.read()).toBe(without)
  expect((await bed.sync('push')).out).toContain(`agents task cancel ${free.id.slice(0, 8)}`)
  expect(await bed.tasks()).toHaveLength(3)
  // Over, it is of no interest any more; --all asks for such ones, too.
  await completeTask(bed.town, free.id, 'r')
  expect(await bed.did('pull')).toEqual(['removed docs'])
  expect((await bed.did('pull', '--all')).sort()).toEqual(removed)
  expect((await bed.did('pull', '--force')).sort()).toEqual(['added docs'])
  expect(await bed.did('push')).toEqual([])
  // Deleted on both sides it is forgotten, and may be made anew.
  bed.write(without)
  await bed.did('pull')
  await bench.raw.call('DEL', bed.town.keys.task((await bed.task('docs')).id))
  expect(await bed.did('pull')).toEqual([])
  bed.write(PLAN)
  expect(await bed.did('push')).toEqual(['created docs'])
  // Without a file nothing was taken out of it.
  rmSync(join(bench.dir, 'tasks.toml'))
  expect((await bed.did('pull')).sort()).toEqual(['added api', 'added docs'])
})

test('an entry that could not be brought over once is not taken for one that both sides changed', async ({
  bench,
}) => {
  const bed = bedOf(bench)
  await bed.agent('builder')
  bed.write(PLAN)
  await bed.did('push')
  bed.write(PLAN.replace('"builder"', '"nobody"'))
  expect(await bed.did('push')).toEqual(['failed api'])
  bed.write(PLAN.replace('Write the API', 'Write our API'))
  expect(await bed.did('push')).toEqual(['changed api'])
})

test('a state that the file says is brought over; an agent that is not there fails alone', async ({
  bench,
}) => {
  const bed = bedOf(bench)
  bed.write(
    '[[tasks]]\ndescription = "a"\nagent = "nobody"\n\n[[tasks]]\nid = "b"\ndescription = "b"\nstatus = "completed"\nresult = "r"\n\n[[tasks]]\nid = "c"\ndescription = "c"\n',
  )
  expect(await bed.did('push')).toEqual(['failed task-1', 'created b', 'created c'])
  expect(bed.read()).toContain('description = "a"\nagent = "nobody"\nid = "task-1"\n')
  expect(await bed.task('b')).toMatchObject({ state: 'completed', result: 'r' })
  bed.write(
    bed
      .read()
      .replace('description = "c"', 'description = "c"\nstatus = "cancelled"')
      .replace('status = "completed"', 'status = "pending"'),
  )
  expect(await bed.did('push')).toEqual(['failed task-1', 'failed b', 'changed c'])
  expect(await bed.task('c')).toMatchObject({ state: 'cancelled' })
  expect(await listBacklog(bed.town)).toEqual([])
})

test('a wrong plan and an unknown word are refused', async ({ bench }) => {
  const bed = bedOf(bench)
  bed.write('[[tasks]]\nid = "a"\n')
  expect(await bed.sync('push')).toMatchObject({
    exit: 2,
    err: expect.stringContaining('needs a description'),
  })
  expect(await bed.sync('both')).toMatchObject({ exit: 2 })
  expect(await bed.tasks()).toEqual([])
})

test('a task of nobody stays nobody’s when it comes into a plan with a default agent', async ({ bench }) => {
  const bed = bedOf(bench)
  await bed.agent('builder')
  bed.write('[meta]\ndefault_agent = "builder"\n\n[[tasks]]\nid = "a"\ndescription = "a"\n')
  await bed.did('push')
  const free = await addToBacklog(bed.town, { description: 'free' })
  await bed.did('pull')
  expect(bed.read()).toContain('description = "free"\nstatus = "pending"\ntags = []\nagent = ""\n')
  for (const way of ['push', 'pull', 'push']) expect(await bed.did(way)).toEqual([])
  expect((await listBacklog(bed.town)).map(({ id }) => id)).toEqual([free.id])
})

test('a task that was over before it was pushed keeps who had it, and both sides agree from then on', async ({
  bench,
}) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  const done = (id: string, agent: string) =>
    `[[tasks]]\nid = "${id}"\ndescription = "d"\nagent = "${agent}"\nstatus = "completed"\nresult = "r"\n`
  bed.write(`${done('a', 'builder')}\n${done('b', 'long-gone')}`)
  expect(await bed.did('push')).toEqual(['created a', 'created b'])
  const text = bed.read()
  for (const way of ['push', 'pull', 'push']) expect(await bed.did(way)).toEqual([])
  expect(bed.read()).toBe(text)
  expect(await bed.task('a')).toMatchObject({ state: 'completed', result: 'r', assignedTo: builder })
  expect(await bed.task('b')).toMatchObject({ state: 'completed', assignedTo: undefined })
  expect(await bench.raw.call('LLEN', bed.town.keys.inbox(builder))).toBe(0)
  expect(await bench.raw.call('HGET', bed.town.keys.agent(builder), 'tasks_completed')).toBe('0')
})

test('an agent may be named as everywhere; people are named, too; a copied plan tag is no tag', async ({
  bench,
}) => {
  const bed = bedOf(bench)
  const builder = await bed.agent('builder')
  await bench.raw.call('HSET', bed.town.keys.agent(builder), 'nickname', 'Dot')
  const text = `[[tasks]]
id = "a"
description = "a"
agent = "dot"
status = "assigned"
tags = ["x", "plan:b"]

[[tasks]]
id = "b"
description = "b"
agent = "Conductor"
status = "assigned"
tags = []
`
  bed.write(text)
  expect(await bed.did('push')).toEqual(['created a', 'created b'])
  for (const way of ['push', 'pull', 'push']) expect(await bed.did(way)).toEqual([])
  expect(bed.read()).toBe(text)
  expect(await bed.task('a')).toMatchObject({ assignedTo: builder, tags: ['x', 'plan:a'] })
  const own = await assignTask(bed.town, await findAgent(bed.town, 'supervisor'), { description: 'Look' })
  await bed.did('pull')
  expect(bed.read()).toContain('description = "Look"\nstatus = "assigned"\ntags = []\nagent = "supervisor"\n')
  expect(await bed.did('push')).toEqual([])
  expect(own.assignedTo).toMatch(/^0{8}/)
})

test('pull makes a file that is not there, and pushes nothing; push wants one', async ({ bench }) => {
  const bed = bedOf(bench)
  expect(await bed.sync('push')).toMatchObject({
    exit: 1,
    err: expect.stringContaining('agents plan --init'),
  })
  const free = await addToBacklog(bed.town, { description: 'free', tags: ['x'] })
  expect(await bed.did('pull', '--dry-run')).toEqual([`added task-${free.id.slice(0, 8)}`])
  expect(bed.read).toThrow('ENOENT')
  expect(await bed.did('pull')).toEqual([`added task-${free.id.slice(0, 8)}`])
  const text = bed.read()
  expect(text).toMatch(/^# The plan of this project[^[]*\[\[tasks\]\]\nid = "task-/)
  for (const way of ['pull', 'push', 'pull']) expect(await bed.did(way)).toEqual([])
  expect(bed.read()).toBe(text)
})

test('pull into a town without tasks makes a file without tasks', async ({ bench }) => {
  const bed = bedOf(bench)
  expect(await bed.did('pull')).toEqual([])
  expect(bed.read()).toMatch(/^# The plan of this project/)
  expect(await bed.did('push')).toEqual([])
})
