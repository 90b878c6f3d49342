import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createRedis } from '../../../src/adapters/redis/index.ts'
import { OutsideError, UserError } from '../../../src/core/index.ts'
import { createTown, type Town } from '../../../src/town/town.ts'
import { createRandom, type Random } from '../random.ts'
import { type Mode, type Part, type Start, TOWN } from './cast.ts'
import { type Journal, openJournal } from './journal.ts'
import { consume } from './roles/consumer.ts'
import { deliver } from './roles/courier.ts'
import { move } from './roles/mover.ts'
import { send } from './roles/sender.ts'
import { work } from './roles/tasker.ts'

export interface Actor {
  town: Town
  part: Part
  journal: Journal
  random: Random
  mode(): Mode
  /** Until it is done: again after every failure of Redis. undefined: it is over with this mode meanwhile. */
  insist<T>(what: string, body: () => Promise<T>): Promise<T | undefined>
  pause(ms: number): Promise<void>
}

export const hashOf = (text: string): string =>
  createHash('sha1').update(Buffer.from(text).toString()).digest('hex').slice(0, 12)

const roles = { sender: send, consumer: consume, courier: deliver, tasker: work, mover: move }

/** A turn of each role is short; between two of them the runner may tell it to be still. */
async function live({ part, socket, journal: folder, seed }: Start): Promise<void> {
  const redis = createRedis({ socket, name: `agents-${part.name}`, deadlineMs: 700 })
  const journal = openJournal(folder, part.name)
  const told = { mode: 'run' as Mode }
  process.on('message', (wanted: Mode) => {
    told.mode = wanted
  })
  process.on('disconnect', () => process.exit(0))
  const actor: Actor = {
    town: createTown(TOWN, redis, Date.now),
    part,
    journal,
    random: createRandom(seed),
    mode: () => told.mode,
    pause: (ms) => sleep(ms),
    async insist(what, body) {
      for (;;) {
        try {
          return await body()
        } catch (error) {
          if (!(error instanceof OutsideError) && !(error instanceof UserError)) throw error
          journal.note({ op: 'refused', what, code: error.code, why: error.message })
          if (told.mode === 'idle') return undefined
          await sleep(20 + 30 * Math.random())
        }
      }
    },
  }
  const turn = roles[part.role](actor)
  for (;;) {
    if (told.mode === 'idle') process.send?.('idle')
    while (told.mode === 'idle') await sleep(20)
    await turn()
  }
}

await live(JSON.parse(process.argv[2] ?? '{}') as Start)
