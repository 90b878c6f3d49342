import { takeFromBacklog } from '../town/tasks/backlog.ts'
import { failTask } from '../town/tasks/finish.ts'
import { isMoot, readTask, readTasks } from '../town/tasks/tasks.ts'
import { pauseTask, startTask } from '../town/tasks/turn.ts'
import { hashOf, type Town, textsOf } from '../town/town.ts'
import { parseId } from '../town/wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../town/wire/task-record.ts'
import type { Me, OpenTask, WorkerTown } from './types.ts'
import { unlessRefused } from './unless-refused.ts'

/** Tasks of the backlog that are looked at for a prompt, and shown in it. */
const LOOKED = 100
const SHOWN = 8

/** What a worker does with tasks: its own, with the rounds that ended without their completion, and the backlog. */
export type WorkerTasks = Pick<
  WorkerTown,
  'task' | 'openTasks' | 'begin' | 'unbegin' | 'count' | 'fail' | 'backlog' | 'pull'
>

/** @param words by which the backlog is searched; see `roleWords` */
export function createWorkerTasks(town: Town, me: Me, words: readonly string[]): WorkerTasks {
  const { keys, redis } = town

  async function openTasks(): Promise<OpenTask[]> {
    const counts = Object.entries(hashOf(await redis.call('HGETALL', keys.work(me.id))) ?? {})
    const tasks = await readTasks(
      town,
      counts.map(([id]) => id),
    )
    const open = counts.flatMap(([, rounds], at) => {
      const task = tasks[at]
      return task === undefined || !isMine(task, me) ? [] : [{ task, rounds: Number(rounds) || 0 }]
    })
    const kept = new Set(open.map(({ task }) => task.id))
    const moot = counts.map(([id]) => id).filter((id) => !kept.has(id))
    if (moot.length > 0) await redis.call('HDEL', keys.work(me.id), ...moot)
    return open.sort((a, b) => a.task.createdAt - b.task.createdAt)
  }

  return {
    task: async (id) => {
      const parsed = parseId(id)
      if (parsed === undefined || (await isMoot(town, parsed, me.id))) return undefined
      return readTask(town, parsed)
    },
    openTasks,
    begin: async (tasks) => {
      const noted = tasks.map(({ id }) => ['HSETNX', keys.work(me.id), id, 0] as const)
      if (noted.length > 0) await redis.multi(noted)
      const [only, ...others] = tasks
      if (only !== undefined && others.length === 0) await unlessRefused(startTask(town, only.id, me.id))
    },
    unbegin: async (tasks) => {
      for (const { id } of tasks) await unlessRefused(pauseTask(town, id, me.id))
    },
    count: async (tasks, most) => {
      const records = await readTasks(
        town,
        tasks.map(({ task }) => task.id),
      )
      const open = tasks.flatMap(({ rounds }, at) => {
        const task = records[at]
        return task === undefined || !isMine(task, me) ? [] : [{ task, rounds: rounds + 1 }]
      })
      const noted = open.map(({ task, rounds }) => ['HSET', keys.work(me.id), task.id, rounds] as const)
      if (noted.length > 0) await redis.multi(noted)
      return open.filter(({ rounds }) => rounds >= most)
    },
    fail: async (task, why) => {
      await unlessRefused(failTask(town, task.id, why, me.id))
      await redis.call('HDEL', keys.work(me.id), task.id)
    },
    backlog: () => backlog(town, words),
    pull: () => unlessRefused(takeFromBacklog(town, { id: me.id, name: me.name, record: undefined }, words)),
  }
}

/** Open, and given to nobody else; what `tt reclaim --to` moved still names the dead agent, and counts as new work alone. */
const isMine = (task: TaskRecord, me: Me): boolean => !isTaskOver(task.state) && task.assignedTo === me.id

async function backlog(town: Town, words: readonly string[]): ReturnType<WorkerTown['backlog']> {
  const { keys, redis } = town
  const length = Number(await redis.call('LLEN', keys.backlog)) || 0
  if (length === 0) return { length, own: [] }
  const listed = textsOf(await redis.call('LRANGE', keys.backlog, 0, LOOKED - 1))
  const tasks = await readTasks(
    town,
    listed.flatMap((text) => parseId(text) ?? []),
  )
  const own = tasks.filter((task) => task !== undefined && fits(task, words)) as TaskRecord[]
  return { length, own: own.slice(0, SHOWN) }
}

/** A tag counts as a whole, the description by what it contains. */
export function fits(task: Pick<TaskRecord, 'tags' | 'description'>, words: readonly string[]): boolean {
  const tags = task.tags.map((tag) => tag.toLowerCase())
  const text = task.description.toLowerCase()
  return words.length === 0 || words.some((word) => tags.includes(word) || text.includes(word))
}
