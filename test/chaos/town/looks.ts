import { listAgents } from '../../../src/town/agents/agents.ts'
import { findMessage } from '../../../src/town/inbox/mail.ts'
import { classMail, countMail, peek } from '../../../src/town/inbox/peek.ts'
import { listBacklog } from '../../../src/town/tasks/backlog.ts'
import { listTasks } from '../../../src/town/tasks/tasks.ts'
import { createTown, textsOf } from '../../../src/town/town.ts'
import { decodeMessage } from '../../../src/town/wire/message.ts'
import type { Violation } from '../checker.ts'
import { hands, mailboxes, TOWN, writers } from './cast.ts'
import type { Finals } from './checker.ts'
import type { Stage } from './stage.ts'

const everybody = Object.values({ ...mailboxes, ...writers, ...hands })
const boxes = Object.values(mailboxes)

export async function readFinals(stage: Stage): Promise<Finals> {
  const town = createTown(TOWN, stage.redis, Date.now)
  const { keys, redis } = town
  const ids = (key: (agent: string) => string) =>
    Promise.all(
      boxes.map(
        async (box): Promise<[string, Set<string>]> => [
          box,
          new Set(textsOf(await redis.call('ZRANGE', key(box), 0, -1))),
        ],
      ),
    )
  const left = await Promise.all(
    boxes.map(async (box): Promise<[string, string[]]> => {
      const lists = [
        ...textsOf(await redis.call('LRANGE', keys.inbox(box), 0, -1)),
        ...textsOf(await redis.call('LRANGE', keys.urgent(box), 0, -1)),
      ]
      const waiting = lists.flatMap((raw) => decodeMessage(raw)?.id ?? [])
      return [box, [...waiting, ...textsOf(await redis.call('ZRANGE', keys.claimed(box), 0, -1))]]
    }),
  )
  return {
    done: new Map(await ids(keys.done)),
    dead: new Map(await ids(keys.dead)),
    left: new Map(left),
    tasks: await listTasks(town),
    backlog: textsOf(await redis.call('LRANGE', keys.backlog, 0, -1)),
    agents: new Set(everybody),
  }
}

/** Nothing waits and nothing is claimed. */
export async function isDrained(stage: Stage): Promise<boolean> {
  const town = createTown(TOWN, stage.redis, Date.now)
  const counts = await countMail(town, boxes)
  return counts.every(({ inbox, urgent, claimed }) => inbox + urgent + claimed === 0)
}

/** INV-19: whoever only looks changes nothing, to the byte. */
export async function checkLooks(stage: Stage): Promise<Violation[]> {
  const town = createTown(TOWN, stage.redis, Date.now)
  const digest = () => stage.redis.call('DEBUG', 'DIGEST')
  const before = await digest()
  for (const box of boxes) {
    const seen = await peek(town, box)
    const first = seen[0]?.message.id
    if (first !== undefined) await findMessage(town, box, first.slice(0, 8)).catch(() => undefined)
  }
  await classMail(town, boxes)
  await countMail(town, boxes)
  await listAgents(town)
  await listTasks(town)
  await listBacklog(town)
  return (await digest()) === before ? [] : [{ inv: 'INV-19', why: 'looking changed what is in Redis' }]
}
