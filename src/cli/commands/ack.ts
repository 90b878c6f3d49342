import { Exit } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { seekMessage } from '../../town/inbox/mail.ts'
import { acknowledge } from '../../town/inbox/settle.ts'
import { refusal } from '../../town/refusals.ts'
import { speakerOf, whoSpeaks } from '../speaker.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Command, OpenFleet } from '../types.ts'
import { withFleet } from '../with-fleet.ts'

/** In an agent's session its environment tells the config, whatever folder it works in. */
export const command: Command = (call, deps) =>
  withFleet({ ...call, config: call.config ?? deps.env.AGENTS_CONFIG }, deps, async (open) => {
    const id = call.args[0]!
    const message = (await inTown(id, deps, open)) ?? (await open.control.acknowledge(id))
    await deps.io.out(
      call.options.json === true
        ? toJson({ version: 1, message })
        : `${visible(message.id)} is acknowledged\n`,
    )
    return Exit.done
  })

/** A message of the agent's inbox in the town; undefined: none of that id, or the outbox knows it. */
async function inTown(ref: string, deps: CliDeps, { fleet, control }: OpenFleet) {
  if (!(await deps.townOn(fleet)) || ((await control.message(ref)) ?? undefined) !== undefined)
    return undefined
  const { town, close } = await deps.openTown(fleet)
  try {
    const speaker = await speakerOf(await deps.reportDoor(), fleet, deps.env)
    const me = await whoSpeaks(town, fleet, speaker, deps.env)
    const id = await seekMessage(town, me.id, ref)
    if (id === undefined) return undefined
    const acked = (await acknowledge(town, me.id, [id])).get(id)
    if (acked?.kind === 'unread') throw refusal(['message-unread', id])
    if (acked?.kind !== 'acknowledged') return undefined
    return { id, agent: me.name, state: 'acknowledged' as const, acknowledgedAt: acked.at }
  } finally {
    await close()
  }
}
