import type { EpochMs, MonoMs } from '../../core/index.ts'
import type { Entry } from '../../delivery/entry.ts'
import type { Held } from '../../town/inbox/claim.ts'
import type { World } from '../world.ts'

/** What the watchdog knows of an agent with messages. Redis and the outbox know it, too: nothing is lost with it. */
export interface Tended {
  /** Claimed and not settled, in the order in which they were claimed. */
  held: Held[]
  readAt: MonoMs
  /** Something waited in its inbox. */
  waitedAt: MonoMs
  renewedAt: MonoMs
  /** By the clock on the wall: one that is set ends leases early. */
  renewedWall: EpochMs
  /** What Redis was told of each entry of the outbox. */
  noted: Map<string, string>
  /** What was waiting when it was told of it last. */
  told: string | undefined
}

export const newTended = (): Tended => ({
  held: [],
  readAt: Number.NEGATIVE_INFINITY,
  waitedAt: Number.NEGATIVE_INFINITY,
  renewedAt: Number.NEGATIVE_INFINITY,
  renewedWall: 0,
  noted: new Map(),
  told: undefined,
})

/** Begins the id of a line in the outbox that says how many messages wait (`inbox = "notify"`). */
export const noticeId = 'notice-'

/** Takes messages out that are settled. */
export function letGo(state: Tended, ids: readonly string[]): void {
  state.held = state.held.filter(({ message }) => !ids.includes(message.id))
}

export const idsOf = (held: readonly Held[]): string[] => held.map(({ message }) => message.id)

/** Entries of the outbox that show messages of the agent's inbox. */
export const mailEntries = (world: World, agent: string): Entry[] =>
  world.outbox.peek().entries.filter((entry) => entry.agent === agent && entry.mail !== undefined)

/** The one that shows this message, as it is claimed now. */
export const entryShowing = (world: World, agent: string, { message, envelope }: Held): Entry | undefined =>
  mailEntries(world, agent).find((entry) =>
    entry.mail!.some((ref) => ref.id === message.id && ref.seq === envelope.seq),
  )
