import { type AgentSpec, OutsideError, type PaneSight } from '../../core/index.ts'
import { mark } from '../../delivery/courier.ts'
import { type Entry, isSettled } from '../../delivery/entry.ts'
import { claimsOf } from '../../town/inbox/claim.ts'
import type { Town } from '../../town/town.ts'
import type { World } from '../world.ts'
import { noticeId } from './tended.ts'

/**
 * A message may have waited long for its turn to be typed: behind a person who types, a dialog, a stop. Meanwhile its task
 * may have been cancelled or given to another, somebody acknowledged it or gave it back, or the agent's `inbox` was changed.
 * Such a one is not typed; what of its batch is still claimed goes back and is shown anew. Without Redis it is typed as it is.
 */
export async function dropUnmeant(world: World, spec: AgentSpec, pane: PaneSight): Promise<void> {
  const here = `${pane.paneId}:${pane.panePid}`
  const waits = (await world.outbox.read()).entries.filter(
    (entry) =>
      entry.agent === spec.name &&
      entry.kind === 'inbox' &&
      // Not the pings of a file that is watched as an inbox, which are of the same kind.
      (entry.mail !== undefined || entry.id.startsWith(noticeId)) &&
      !isSettled(entry) &&
      // What was pasted here stands here, and is submitted.
      (entry.state === 'queued' || (entry.pane !== undefined && entry.pane !== here)),
  )
  for (const entry of waits) {
    const why = await whyNot(world, spec, entry)
    if (why !== undefined) await mark(world, entry, { kind: 'fail', why })
  }
}

async function whyNot(world: World, spec: AgentSpec, entry: Entry): Promise<string | undefined> {
  if (spec.inbox !== (entry.mail === undefined ? 'notify' : 'deliver')) return `inbox = "${spec.inbox}" now`
  const town = world.town?.town()
  const id = world.town?.idOf(spec.name)
  if (town === undefined || id === undefined) return undefined
  return (entry.mail === undefined ? nothingWaits(town, id) : isElsewhere(town, id, entry.mail)).then(
    (why) => why,
    (error: unknown) => {
      if (error instanceof OutsideError) return undefined
      throw error
    },
  )
}

async function nothingWaits({ keys, redis }: Town, id: string): Promise<string | undefined> {
  const lengths = await redis.multi([
    ['LLEN', keys.inbox(id)],
    ['LLEN', keys.urgent(id)],
  ])
  return lengths.every((length) => length === 0) ? 'nothing waits any more' : undefined
}

async function isElsewhere(
  town: Town,
  id: string,
  mail: NonNullable<Entry['mail']>,
): Promise<string | undefined> {
  const claims = await claimsOf(
    town,
    id,
    mail.map((ref) => ref.id),
  )
  const all = mail.every((ref) => claims.get(ref.id) === ref.seq)
  return all ? undefined : 'a message of it was settled or taken back meanwhile'
}
