import type { EpochMs } from '../../core/index.ts'
import { ackScript } from '../lua/ack.ts'
import { reviveScript } from '../lua/revive.ts'
import { refusal } from '../refusals.ts'
import { repeated } from '../repeat.ts'
import { type Town, textsOf } from '../town.ts'

/** What acknowledging a message came to. Final: a second time tells when the first one was. */
export type Acked =
  | { kind: 'acknowledged'; at: EpochMs; before: boolean }
  /** Nobody has presented it yet. */
  | { kind: 'unread' }
  | { kind: 'unknown' }

/**
 * These messages are done with: never presented again.
 * @param opts.unread also what was not presented: somebody has read it in the list
 */
export async function acknowledge(
  town: Town,
  agent: string,
  ids: readonly string[],
  opts: { unread?: boolean } = {},
): Promise<Map<string, Acked>> {
  if (ids.length === 0) return new Map()
  const args = [agent, opts.unread === true ? 1 : 0, ...ids]
  const reply = textsOf(await repeated(() => town.redis.script(ackScript, [town.keys.root], args)))
  return new Map(ids.map((id, at) => [id, ackedOf(reply[at + 1] ?? 'unknown')]))
}

function ackedOf(word: string): Acked {
  const [kind, at] = word.split(':')
  if (kind === 'done' || kind === 'was')
    return { kind: 'acknowledged', at: Number(at), before: kind === 'was' }
  return { kind: kind === 'unread' ? 'unread' : 'unknown' }
}

/**
 * A dead letter goes back to the end of its inbox, as if it had never been presented.
 * @throws {UserError} TOWN_DEAD_UNKNOWN (exit 2)
 */
export async function revive(town: Town, agent: string, id: string): Promise<void> {
  const reply = textsOf(await repeated(() => town.redis.script(reviveScript, [town.keys.root], [agent, id])))
  if (reply[0] !== 'revived') throw refusal(['dead-unknown', id])
}
