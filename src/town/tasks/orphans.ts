import { listAgents } from '../agents/agents.ts'
import type { Whom } from '../agents/meant.ts'
import { refusal } from '../refusals.ts'
import type { Town } from '../town.ts'
import { isTerminal } from '../wire/agent-record.ts'
import { SUPERVISOR } from '../wire/ids.ts'
import type { TaskRecord } from '../wire/task-record.ts'
import { claimFromBacklog, dropTask } from './backlog.ts'
import { finishTask } from './finish.ts'
import { listTasks } from './tasks.ts'
import { requeueTask } from './turn.ts'

export interface Orphan {
  task: TaskRecord
  owner: { id: string; name: string | undefined }
}

/**
 * Tasks that are assigned or running and whose agent is over: terminal, or without a record. Changes nothing.
 * @param from only those of this agent
 */
export async function orphanTasks(town: Town, from?: Pick<Whom, 'id'>): Promise<Orphan[]> {
  const agents = new Map((await listAgents(town)).map((agent) => [agent.id, agent]))
  // After the agents: whoever was given a task meanwhile was there to be given it.
  const tasks = await listTasks(town, { states: ['assigned', 'running'], assignee: from?.id })
  return tasks.flatMap((task) => {
    const id = task.assignedTo
    const owner = id === undefined ? undefined : agents.get(id)
    if (id === undefined || id === SUPERVISOR) return []
    if (owner !== undefined && !isTerminal(owner.state)) return []
    return [{ task, owner: { id, name: owner?.name } }]
  })
}

export type Adoption =
  | { kind: 'backlog' }
  | { kind: 'agent'; agent: Whom }
  | { kind: 'cancel' }
  | { kind: 'delete' }

/**
 * Does that with one orphan, if it still is one: each is one script that asks for it.
 * @throws {UserError} TOWN_AGENT_ALIVE, TASK_NOT_YOURS, TASK_OVER, TASK_WAITS, TOWN_AGENT_GONE
 */
export async function adopt(town: Town, { task, owner }: Orphan, how: Adoption): Promise<void> {
  switch (how.kind) {
    case 'backlog':
      await requeueTask(town, task.id, { onlyOrphan: true })
      return
    case 'agent':
      await claimFromBacklog(town, task.id, how.agent, { from: owner.id, force: true })
      return
    case 'cancel':
      await finishTask(town, task.id, { end: 'cancelled', result: 'its agent is gone', onlyOrphan: true })
      return
    case 'delete': {
      const reply = await dropTask(town, task.id, owner.id)
      if (reply[0] !== 'done') throw refusal(reply)
    }
  }
}
