import { readTasks } from '../tasks/tasks.ts'
import type { Town } from '../town.ts'
import type { AgentRecord } from '../wire/agent-record.ts'
import { SUPERVISOR } from '../wire/ids.ts'
import { isTaskOver, type TaskRecord } from '../wire/task-record.ts'
import { listAgents } from './agents.ts'

/** An agent with what waits for it and what it is at. */
export interface Inhabitant {
  record: AgentRecord
  inbox: number
  urgent: number
  /** Taken out of its inbox and not acknowledged. */
  claimed: number
  /** Its record points to it, and it is open. */
  task: TaskRecord | undefined
}

/** Everybody in town, in the order of `listAgents`. Changes nothing. */
export async function inhabitants(
  town: Town,
): Promise<{ agents: Inhabitant[]; supervisor: { inbox: number; urgent: number } }> {
  const records = await listAgents(town)
  const ids = [...records.map(({ id }) => id), SUPERVISOR]
  const { keys } = town
  const lengths = await town.redis.pipeline(
    ids.flatMap((id) => [
      ['LLEN', keys.inbox(id)] as const,
      ['LLEN', keys.urgent(id)] as const,
      ['ZCARD', keys.claimed(id)] as const,
    ]),
  )
  // A reply that is an error is a key of a foreign type: nothing of ours waits there.
  const length = (at: number): number => (typeof lengths[at] === 'number' ? lengths[at] : 0)
  const tasks = await readTasks(
    town,
    records.map(({ currentTask }) => currentTask ?? ''),
  )
  const agents = records.map((record, at) => {
    const task = tasks[at]
    return {
      record,
      inbox: length(3 * at),
      urgent: length(3 * at + 1),
      claimed: length(3 * at + 2),
      task: task === undefined || isTaskOver(task.state) ? undefined : task,
    }
  })
  const last = 3 * records.length
  return { agents, supervisor: { inbox: length(last), urgent: length(last + 1) } }
}
