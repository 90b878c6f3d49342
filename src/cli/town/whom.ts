import { UserError } from '../../core/errors.ts'
import { agentNamed, findAgent, seekAgent } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import type { Town } from '../../town/town.ts'
import type { CliDeps, OpenTown } from '../types.ts'

/** Somebody of the fleet who was just started is enrolled within a pulse or two. Milliseconds. */
const enrolledWithinMs = 2_000
const lookEveryMs = 100

/**
 * Who is to have a task: as `findAgent`, and an agent of the fleet also when it was started a moment ago.
 * @throws {UserError} TOWN_AGENT_UNKNOWN, TOWN_AGENT_AMBIGUOUS (exit 2), TOWN_AGENT_AWAY (exit 1)
 */
export async function whomToGive({ town, fleet }: OpenTown, deps: CliDeps, ref: string): Promise<Whom> {
  if (!fleet.agents.some(({ name }) => name === ref)) return findAgent(town, ref)
  const until = deps.now() + enrolledWithinMs
  for (;;) {
    const found = await seekAgent(town, ref)
    if (found !== undefined) return found
    if (deps.now() >= until) throw await whyNot(town, ref)
    await deps.sleep(lookEveryMs, new AbortController().signal)
  }
}

/** @throws {UserError} TOWN_AGENT_AMBIGUOUS: somebody else has its name */
async function whyNot(town: Town, name: string): Promise<UserError> {
  if ((await agentNamed(town, name)) !== undefined) await findAgent(town, name)
  return notEnrolled(name)
}

const notEnrolled = (name: string): UserError =>
  new UserError({
    code: 'TOWN_AGENT_AWAY',
    what: `${name} is an agent of this fleet and not in the town yet; nothing was done.`,
    fix: `Type \`agents up\`: the watchdog brings it in. Or \`agents backlog add\`: the task waits there.`,
  })
