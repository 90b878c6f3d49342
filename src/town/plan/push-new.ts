import { agentsMeant, pickAgent, type Whom } from '../agents/meant.ts'
import { addToBacklog, assignTask } from '../tasks/create.ts'
import { finishTask } from '../tasks/finish.ts'
import { newId } from '../wire/ids.ts'
import { isTaskOver } from '../wire/task-record.ts'
import { fileFields, type PlanFields } from './compare.ts'
import { given, type Push, tell, wantedOf } from './push-one.ts'
import { editTask, fileWords, type PlanTown, reserveTask } from './town-side.ts'

/** Makes a task that the town does not have. */
export async function pushNew(push: Push): Promise<void> {
  const { context, id, town, ids, synced } = push
  const base = context.base.get(id)
  if (base !== undefined && !context.emptied && !context.force) {
    synced.agreed.set(id, base)
    return tell(
      push,
      undefined,
      'gone',
      'it was pushed before and is not in the town any more; --force makes it again',
    )
  }
  const file = fileWords(fileFields(push.task, push.plan, undefined), undefined, push.there)
  const over = isTaskOver(file.status)
  const whom = addresseeOf(file, over, push.there)
  const where = whom === undefined ? 'for the backlog' : `for ${whom.name}`
  if (context.dryRun) {
    ids.set(id, newId())
    return tell(push, undefined, 'created', where)
  }
  const task = await reserveTask(town, id, newId(), false)
  ids.set(id, task)
  const wanted = { ...wantedOf(push, file), id: task }
  const waits = !over && whom !== undefined && (await given(() => assignTask(town, whom, wanted))) === 'waits'
  if (over || whom === undefined || waits) await addToBacklog(town, wanted)
  if (over) {
    const { task: ended } = await finishTask(town, task, {
      end: file.status as 'completed',
      result: file.result,
    })
    // It is told who had it; nobody is given it, and nobody's count grows.
    if (whom !== undefined) await editTask(town, ended, { ...ended, assignedTo: whom.id })
  }
  const { agent: _nobodyYet, ...without } = file
  synced.agreed.set(id, waits || (over && whom === undefined) ? without : file)
  if (waits)
    return tell(
      push,
      task,
      'waits',
      `in the backlog: what it depends on is not done; a later push gives it to ${whom?.name}`,
    )
  tell(push, task, 'created', over ? file.status : where)
}

/** Who gets a new task. One that is over may have been done by somebody who left. @throws {UserError} TOWN_AGENT_… */
function addresseeOf({ agent }: PlanFields, over: boolean, { agents, own }: PlanTown): Whom | undefined {
  if (agent === undefined) return undefined
  return over && agentsMeant(agents, agent, own).length !== 1 ? undefined : pickAgent(agents, agent, own)
}
