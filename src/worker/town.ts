import { claim, giveBack, heldBy, note, renew } from '../town/inbox/claim.ts'
import { acknowledge } from '../town/inbox/settle.ts'
import { workerLook } from '../town/lua/worker-look.ts'
import { workerRound } from '../town/lua/worker-round.ts'
import { type Town, textsOf } from '../town/town.ts'
import { type Marks, orderOf } from './order.ts'
import { createWorkerTasks } from './town-tasks.ts'
import { activity, answer, names, tellState } from './town-tells.ts'
import type { Letter, Look, Me, WorkerTown } from './types.ts'

/** Who has claimed: kept beside the message. */
const BY = 'worker'

export interface WorkerTownOptions {
  town: Town
  me: Me
  leaseMs: number
  /** By which the backlog is searched; see `roleWords`. */
  words: readonly string[]
  /** A watchdog runs: it tells the town the state of its agents. */
  watched(): Promise<boolean>
  /** Its record is gone, and no watchdog makes it anew: does so. */
  reenrol(): Promise<void>
  /** Where no watchdog tells the town: an operator said `pause`. */
  paused(): Promise<boolean>
}

/** The town as one worker sees it. */
export function createWorkerTown(options: WorkerTownOptions): WorkerTown {
  const { town, me, leaseMs, words } = options
  const { keys, redis } = town

  return {
    look: async () => {
      const { marks, ...seen } = await look(town, me)
      const order = orderOf(marks)
      if (await options.watched()) return { ...seen, order }
      if (marks.state === '') {
        await options.reenrol()
        await tellState(town, me, 'idle')
      }
      const paused = order === 'none' && (await options.paused())
      return { ...seen, order: paused ? 'pause' : order }
    },
    claim: async (count) => {
      const { held } = await claim(town, me.id, { count, leaseMs, by: BY })
      return held.map(({ message, envelope }) => ({
        message,
        urgent: envelope.urgent === true,
        presented: envelope.presented,
      }))
    },
    present: (letters) => note(town, me.id, { state: 'seen', seenBy: BY }, letters.map(progressOf)),
    renew: async (ids) => void (await renew(town, me.id, ids, leaseMs)),
    acknowledge: async (ids) => void (await acknowledge(town, me.id, ids, { unread: true })),
    giveBack: async (ids, why, blameless) => void (await giveBack(town, me.id, ids, why, { blameless })),
    recover: async () => {
      const held = await heldBy(town, me.id, BY)
      await giveBack(
        town,
        me.id,
        held.map(({ message }) => message.id),
        'the worker was killed',
      )
      return held.length
    },
    answer: (letter, currentTask) => answer(town, me, letter, currentTask),
    names: (ids) => names(town, ids),
    ...createWorkerTasks(town, me, words),
    roundOver: async (line, mark) => void (await redis.script(workerRound, [keys.root], [me.id, line, mark])),
    activity: (line) => activity(town, me, line),
    tell: async (state) => {
      if (!(await options.watched())) await tellState(town, me, state)
    },
  }
}

const progressOf = ({ message, presented }: Letter) => ({ id: message.id, presented: presented + 1 })

async function look(town: Town, me: Me): Promise<Omit<Look, 'order'> & { marks: Marks }> {
  const reply = textsOf(await town.redis.script(workerLook, [town.keys.root], [me.id]))
  const [, state = '', stop = '', line = '', waiting, backlogged, open] = reply
  return {
    marks: { state, stop, line },
    waiting: Number(waiting) || 0,
    backlog: Number(backlogged) || 0,
    open: Number(open) || 0,
  }
}
