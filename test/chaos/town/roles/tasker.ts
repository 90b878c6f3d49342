import { takeFromBacklog } from '../../../../src/town/tasks/backlog.ts'
import { addToBacklog } from '../../../../src/town/tasks/create.ts'
import { finishTask } from '../../../../src/town/tasks/finish.ts'
import { requeueTask, startTask } from '../../../../src/town/tasks/turn.ts'
import { newId } from '../../../../src/town/wire/ids.ts'
import type { Actor } from '../actor.ts'

const ENDS = ['completed', 'completed', 'completed', 'failed', 'cancelled'] as const

/** Adds tasks to the backlog, takes some, works at them, ends most and puts the others back. */
export function work({ town, part, journal, random, insist, pause, mode }: Actor): () => Promise<void> {
  const whom = { id: part.agent, name: part.name, record: undefined }
  return async () => {
    if (mode() !== 'run') return pause(10)
    const id = newId()
    journal.note({ op: 'task-add', id })
    const added = await insist('task add', () => addToBacklog(town, { id, description: `do ${id}` }))
    if (added === undefined) return
    journal.note({ op: 'task-added', id })
    const since = Date.now()
    journal.note({ op: 'task-take' })
    const taken = await insist('task take', () => takeFromBacklog(town, whom))
    if (taken === undefined) return
    journal.note({ op: 'task-took', id: taken.id, since })
    await once(() => startTask(town, taken.id, part.agent))
    if (random.chance(0.25)) {
      journal.note({ op: 'task-requeue', id: taken.id })
      await once(() => requeueTask(town, taken.id, { by: part.agent }))
    } else {
      const end = random.pick(ENDS)
      journal.note({ op: 'task-end', id: taken.id, end })
      const ended = await once(() =>
        finishTask(town, taken.id, { end, result: `by ${part.name}`, by: part.agent }),
      )
      if (ended !== undefined) journal.note({ op: 'task-ended', id: taken.id, end })
    }
    await pause(random.int(0, 40))
  }

  /** One attempt: what is refused, or away, is left as it is, as by somebody who gives up. */
  async function once<T>(body: () => Promise<T>): Promise<T | undefined> {
    return body().catch((error: { code?: string }) => {
      journal.note({ op: 'refused', what: 'task', code: error.code ?? String(error) })
      return undefined
    })
  }
}
