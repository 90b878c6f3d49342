import { addToBacklog } from '../../../src/town/tasks/create.ts'
import { createTown } from '../../../src/town/town.ts'
import { mailboxes, TOWN } from './cast.ts'
import type { Stage } from './stage.ts'

export interface Sabotage {
  inv: string
  /** @param id of a message that was sent to `taken` and is done there, as everybody knows */
  run(stage: Stage, id: string): Promise<void>
}

/** Controls: each breaks one invariant behind everybody's back, when all is still, and the checker must say so. */
export const townSabotages: Record<string, Sabotage> = {
  'message-lost': {
    inv: 'INV-13',
    run: async (stage, id) => {
      const { keys, redis } = createTown(TOWN, stage.redis, Date.now)
      await redis.call('ZREM', keys.done(mailboxes.taken), id)
    },
  },
  'message-doubled': {
    inv: 'INV-13',
    run: async (stage, id) => {
      const { keys, redis } = createTown(TOWN, stage.redis, Date.now)
      await redis.call('ZADD', keys.dead(mailboxes.dropped), 1, id)
    },
  },
  'task-lost': {
    inv: 'INV-20',
    run: async (stage) => {
      const { keys, redis } = createTown(TOWN, stage.redis, Date.now)
      if (Number(await redis.call('LLEN', keys.backlog)) === 0)
        await addToBacklog(createTown(TOWN, redis, Date.now), { description: 'x' })
      await redis.call('RPOPLPUSH', keys.backlog, keys.backlog)
      const [id = ''] = (await redis.call('LRANGE', keys.backlog, 0, 0)) as string[]
      await redis.call('RPUSH', keys.backlog, id)
    },
  },
}
