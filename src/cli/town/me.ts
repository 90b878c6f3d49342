import type { Whom } from '../../town/agents/meant.ts'
import { speakerOf, whoSpeaks } from '../speaker.ts'
import type { CliDeps, OpenTown } from '../types.ts'

/**
 * Who types this: an agent in its session, or people, whose mailbox is the supervisor's.
 * @throws {UserError} TOWN_FROM, TOWN_AGENT_UNKNOWN (exit 2)
 */
export async function whoTypes(
  { fleet, town }: Pick<OpenTown, 'fleet' | 'town'>,
  deps: Pick<CliDeps, 'reportDoor' | 'env'>,
): Promise<Whom> {
  const speaker = await speakerOf(await deps.reportDoor(), fleet, deps.env)
  return whoSpeaks(town, fleet, speaker, deps.env)
}
