import { UserError } from '../../core/index.ts'
import type { Town } from '../town.ts'
import { parseId } from '../wire/ids.ts'
import type { TownMessage } from '../wire/message.ts'
import { startTask } from './turn.ts'

/**
 * An agent was shown these messages: the task that the last of them gives it is what it is at now. One that is over, or
 * somebody else's, is nobody's business any more.
 */
export async function beginShown(
  town: Town,
  agent: string,
  messages: readonly Pick<TownMessage, 'content'>[],
): Promise<void> {
  const given = messages.flatMap(({ content }) =>
    content.type === 'task_assign' ? (parseId(content.task_id) ?? []) : [],
  )
  const last = given.at(-1)
  if (last === undefined) return
  await startTask(town, last, agent).then(undefined, (error: unknown) => {
    if (!(error instanceof UserError)) throw error
  })
}
