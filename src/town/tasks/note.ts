import { hashOf, type Town, textsOf } from '../town.ts'
import { newId } from '../wire/ids.ts'
import { type Content, decodeMessage, encodeMessage, type TownMessage } from '../wire/message.ts'
import type { Priority } from '../wire/task-record.ts'

/** Where a message is put: behind the others, before them (high and urgent priority), or into the urgent list. */
export type MessagePlace = 'tail' | 'head' | 'urgent'

export const placeFor = (priority: Priority): MessagePlace =>
  priority === 'high' || priority === 'urgent' ? 'head' : 'tail'

/** One message about a task, ready for a script. */
export interface Note {
  id: string
  to: string
  raw: string
  place: MessagePlace
}

export function noteTo(
  town: Town,
  { from, to, priority = 'normal' }: { from: string; to: string; priority?: Priority },
  content: Content,
): Note {
  const message: TownMessage = {
    id: newId(),
    from,
    to,
    content,
    priority,
    createdAt: town.now(),
    correlation: undefined,
  }
  return { id: message.id, to, raw: encodeMessage(message), place: placeFor(priority) }
}

/** For `pushAll` of a script (lua/parts.ts). */
export const noteArgs = (notes: readonly Note[]): (string | number)[] => [
  notes.length,
  ...notes.flatMap(({ to, id, raw, place }) => [to, id, raw, place]),
]

/** Messages that are looked through for one that is moot. */
const LOOK = 1000

/** A `task_assign` that became moot, for `unqueue` of a script, wherever it is by then. */
export interface Moot {
  id: string
  raw: string
}

/** The messages by which an agent was given a task, whoever wrote them, as far as it has not acknowledged them. */
export async function assignmentsOf(town: Town, agent: string, task: string): Promise<Moot[]> {
  const { keys, redis } = town
  const [inbox, urgent, claimed] = await redis.pipeline([
    ['LRANGE', keys.inbox(agent), 0, LOOK - 1],
    ['LRANGE', keys.urgent(agent), 0, LOOK - 1],
    ['HGETALL', keys.raw(agent)],
  ])
  const raws = [...textsOf(inbox), ...textsOf(urgent), ...Object.values(hashOf(claimed) ?? {})]
  return raws.flatMap((raw) => {
    const id = assigns(raw, task)
    return id === undefined ? [] : [{ id, raw }]
  })
}

/** Id of the message when it assigns that task. */
function assigns(raw: string, task: string): string | undefined {
  if (!raw.includes(task)) return undefined
  const message = decodeMessage(raw)
  return message?.content.type === 'task_assign' && message.content.task_id === task ? message.id : undefined
}

export const mootArgs = (moot: readonly Moot[]): (string | number)[] => [
  moot.length,
  ...moot.flatMap(({ id, raw }) => [id, raw]),
]
