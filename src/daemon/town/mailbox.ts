import * as v from 'valibot'
import { OutsideError } from '../../core/index.ts'
import { visible } from '../../core/text.ts'
import { namesOf } from '../../town/inbox/frame.ts'
import { type Town, textsOf } from '../../town/town.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import { classOf, decodeMessage, type TownMessage, textOf } from '../../town/wire/message.ts'
import type { World } from '../world.ts'
import type { TownPulse } from './door.ts'

/** Messages that people were told of, so that a watchdog that is started anew tells of none twice. */
const recordName = 'town-mailbox.json'
const record = v.object({ told: v.array(v.string()) })
const mostTold = 1000
/** Messages of each list that are looked at when something changed. */
const looked = 100
/** Of the text of a message in the event. Characters. */
const longest = 500

/** Tells of new messages for people: an event each, of which `[notify]` makes a notice. */
export function createMailboxWatch(world: World): { pulse(pulse: TownPulse): Promise<void> } {
  let told: Set<string> | undefined
  let last = ''

  async function pulse({ town, people }: TownPulse): Promise<void> {
    if (people === last) return
    if (people !== '') await tell(town)
    last = people
  }

  async function tell(town: Town): Promise<void> {
    told ??= await readTold()
    const fresh = (await waiting(town)).filter(({ id }) => !told!.has(id))
    if (fresh.length === 0) return
    const names = await namesOf(
      town,
      fresh.map(({ from }) => from),
    )
    for (const { id, from, content } of fresh) {
      told.add(id)
      if (classOf(content) === 'confirmation') continue
      const because = visible(textOf(content)).slice(0, longest)
      world.report({ kind: 'message', agent: names.get(from) ?? from, id, sort: content.type, because })
    }
    told = new Set([...told].slice(-mostTold))
    await world.store.save(recordName, { told: [...told] })
  }

  async function readTold(): Promise<Set<string>> {
    const loaded = await world.store.load(recordName, (value) => {
      const read = v.safeParse(record, value)
      return read.success ? read.output : undefined
    })
    return new Set(loaded.kind === 'ok' ? loaded.value.told : [])
  }

  return { pulse }
}

/** Oldest first. */
async function waiting({ keys, redis }: Town): Promise<TownMessage[]> {
  const [inbox, urgent] = await redis.pipeline([
    ['LRANGE', keys.inbox(SUPERVISOR), -looked, -1],
    ['LRANGE', keys.urgent(SUPERVISOR), 0, looked - 1],
  ])
  const texts = [inbox, urgent].flatMap((one) => (one instanceof OutsideError ? [] : textsOf(one)))
  return texts.flatMap((raw) => decodeMessage(raw) ?? []).sort((a, b) => a.createdAt - b.createdAt)
}
