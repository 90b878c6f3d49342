import * as v from 'valibot'
import type { LeftWords } from '../../adapters/files/left-words.ts'
import { UserError } from '../../core/index.ts'
import { giveBack } from '../../town/inbox/claim.ts'
import { findMessage } from '../../town/inbox/mail.ts'
import { acknowledge } from '../../town/inbox/settle.ts'
import { completeMissionTask } from '../../town/missions/task.ts'
import { failTask } from '../../town/tasks/finish.ts'
import { findTask } from '../../town/tasks/tasks.ts'
import type { Town } from '../../town/town.ts'
import { bearerOf, tokenKey } from '../reports/token.ts'
import type { World } from '../world.ts'
import type { TownPulse } from './door.ts'

const shape = v.object({
  version: v.literal(1),
  /** A token of the agent's session, or what its token file says. */
  proof: v.pipe(v.string(), v.maxLength(400)),
  verb: v.picklist(['ack', 'nack', 'complete', 'fail']),
  /** Of messages, or of a task; as they were typed. */
  ids: v.pipe(v.array(v.pipe(v.string(), v.maxLength(200))), v.minLength(1), v.maxLength(1_000)),
  text: v.optional(v.string()),
})

/** What an agent settles without a connection to the town. */
export type LeftWord = v.InferOutput<typeof shape>

/**
 * Carries out what agents left whose sandbox lets no command connect. A word is taken away when it was done, or refused and
 * told; a crash in between does it again, which changes nothing. Without Redis it waits.
 */
export function createLeftWordPost(
  world: World,
  words: LeftWords,
  idOf: (agent: string) => string | undefined,
): { pulse(pulse: Pick<TownPulse, 'town'>): Promise<void> } {
  async function bearer(proof: string): Promise<string | undefined> {
    const found = bearerOf(await tokenKey(world), proof)
    return world.fleet().agents.some(({ name }) => name === found?.agent) ? found?.agent : undefined
  }

  const refused = (agent: string | undefined, why: string): void =>
    world.report({
      kind: 'trouble',
      ...(agent === undefined ? {} : { agent }),
      because: `what ${agent === undefined ? 'somebody' : 'it'} left for the town was not carried out: ${why}`,
    })

  /** @throws {OutsideError} of Redis: the word stays */
  async function carry(town: Town, value: unknown): Promise<'done' | 'later'> {
    const read = v.safeParse(shape, value)
    const agent = read.success ? await bearer(read.output.proof) : undefined
    if (!read.success || agent === undefined) {
      refused(undefined, 'it names no agent of this fleet by a proof')
      return 'done'
    }
    const id = idOf(agent)
    if (id === undefined) return 'later'
    const [done] = await Promise.allSettled([settle(town, id, read.output)])
    if (done.status === 'fulfilled') return 'done'
    if (!(done.reason instanceof UserError)) throw done.reason
    refused(agent, done.reason.message)
    return 'done'
  }

  return {
    async pulse({ town }) {
      const { stateDir } = world.fleet()
      for (const { name, value } of await words.list(stateDir))
        if ((await carry(town, value)) === 'done') await words.remove(stateDir, name)
    },
  }
}

/** @throws {UserError} what the verb itself would say */
async function settle(town: Town, agent: string, { verb, ids, text }: LeftWord): Promise<void> {
  if (verb === 'complete' || verb === 'fail') {
    const task = await findTask(town, ids[0]!)
    await (verb === 'complete'
      ? completeMissionTask(town, task.id, text, agent)
      : failTask(town, task.id, text, agent))
    return
  }
  for (const ref of ids) {
    const id = await findMessage(town, agent, ref)
    await (verb === 'ack' ? acknowledge(town, agent, [id]) : giveBack(town, agent, [id], text ?? ''))
  }
}
