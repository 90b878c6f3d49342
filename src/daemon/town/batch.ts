import type { AgentSpec } from '../../core/index.ts'
import type { EntryDraft, Mode } from '../../delivery/entry.ts'
import type { Held } from '../../town/inbox/claim.ts'
import { framed, lettersOf, newMark } from '../../town/inbox/frame.ts'
import type { Town } from '../../town/town.ts'

/**
 * Messages that are typed together, in the order in which they were claimed. One that was shown before is alone: it may
 * be what its reader died of, and must not take others with it (row 119).
 */
export function batchesOf(held: readonly Held[]): Held[][] {
  const batches: Held[][] = []
  for (const one of held) {
    const last = batches.at(-1)
    const alone = one.envelope.presented > 0 || last === undefined || last[0]!.envelope.presented > 0
    if (alone || modeOf(last[0]!) !== modeOf(one)) batches.push([one])
    else last.push(one)
  }
  return batches
}

/** Urgent ones go into the running turn, where the backend takes that. */
function modeOf({ envelope }: Held): Mode {
  return envelope.mode ?? (envelope.urgent === true ? 'steer' : 'queue')
}

/** The message of the outbox that shows these; always the same one for the same claims. */
export async function entryOf(town: Town, spec: AgentSpec, batch: readonly Held[]): Promise<EntryDraft> {
  const [first] = batch
  const { message, envelope } = first!
  return {
    id: `inbox-${message.id}-${envelope.claimedAt ?? 0}-${envelope.seq ?? 0}`,
    agent: spec.name,
    kind: 'inbox',
    mode: modeOf(first!),
    // The outbox marks what was shown before.
    text: framed(await lettersOf(town, batch, () => 0), newMark()),
    mail: batch.map((one) => ({ id: one.message.id, seq: one.envelope.seq ?? 0 })),
    before: envelope.presented,
  }
}
