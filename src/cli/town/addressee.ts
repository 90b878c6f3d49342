import { visible } from '../../core/text.ts'
import { fleetId } from '../../daemon/names.ts'
import { agentNamed, findAgent, seekAgent } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import type { Thread } from '../../town/inbox/mail.ts'
import { shortId } from '../../town/wire/ids.ts'
import { isOf } from '../speaker.ts'
import type { CliDeps, Invocation, OpenTown } from '../types.ts'
import { usage } from './send-words.ts'

/** Somebody of the fleet who was just started is enrolled within a pulse or two. Milliseconds. */
const enrolledWithinMs = 3_000
const lookEveryMs = 100

/**
 * Who is meant, and where the text begins. An answer goes to the sender of what it answers; who names somebody before
 * the text is taken at his word.
 */
export async function addressee(
  { town, fleet }: OpenTown,
  deps: CliDeps,
  call: Invocation,
  thread: Thread | undefined,
  watched: boolean,
): Promise<{ whom: Whom; words: number } | undefined> {
  const first = call.args[0]
  if (thread !== undefined) {
    const more = call.args.length > 1 || (call.args.length === 1 && call.options.file !== undefined)
    const named = more && first !== undefined ? await seekAgent(town, first) : undefined
    return named === undefined
      ? { whom: await findAgent(town, thread.from), words: 0 }
      : { whom: named, words: 1 }
  }
  if (first === undefined)
    throw usage('CLI_ARGUMENTS', 'agents send needs the name of an agent.', 'Write agents send NAME TEXT.')
  const ours = fleet.agents.some((spec) => spec.name === first)
  if (!ours) return { whom: await findAgent(town, first), words: 1 }
  const until = deps.now() + (watched ? enrolledWithinMs : 0)
  for (;;) {
    const found = await agentNamed(town, first)
    if (isOf(fleetId(fleet), found)) return { whom: found, words: 1 }
    if (deps.now() >= until) {
      await deps.io.err(`${whyNoRecord(first, found)}: sent to its pane\n`)
      return undefined
    }
    await deps.sleep(lookEveryMs, new AbortController().signal)
  }
}

const whyNoRecord = (name: string, other: Whom | undefined): string =>
  other?.name === name
    ? `somebody else lives in the town under the name ${visible(name)} (${shortId(other.id)})`
    : `the town has no ${visible(name)} yet, as no watchdog tells of it`
