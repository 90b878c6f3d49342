import type { Held } from '../inbox/claim.ts'
import { acknowledge } from '../inbox/settle.ts'
import type { Town } from '../town.ts'
import { parseId } from '../wire/ids.ts'
import { isMoot, readTask } from './tasks.ts'

/**
 * Claimed messages without those that assign a task which asks for nothing of this agent any more, e.g. because `tt`
 * completed it: those are acknowledged, and nobody is shown them. One whose task has no record is shown as it is.
 */
export async function stillAsked(town: Town, agent: string, held: readonly Held[]): Promise<Held[]> {
  const asked: Held[] = []
  const moot: string[] = []
  for (const one of held) {
    const { id, content } = one.message
    const task = content.type === 'task_assign' ? parseId(content.task_id) : undefined
    if (task !== undefined && (await readTask(town, task)) !== undefined && (await isMoot(town, task, agent)))
      moot.push(id)
    else asked.push(one)
  }
  await acknowledge(town, agent, moot, { unread: true })
  return asked
}
