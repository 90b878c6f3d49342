import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { findAgent } from '../../town/agents/agents.ts'
import type { Whom } from '../../town/agents/meant.ts'
import { SUPERVISOR } from '../../town/wire/ids.ts'
import type { CliDeps, Invocation, OpenTown } from '../types.ts'

/** What `agents inbox` works with. */
export interface Desk extends OpenTown {
  call: Invocation
  deps: CliDeps
  /** Whose mailbox "mine" is. */
  me: Whom
  /** People ask, be it for an agent (`--of`). */
  byPeople: boolean
}

/** A person may settle what is in the mailbox of an agent; an agent only its own. */
export async function onBehalf(desk: Desk): Promise<Desk> {
  const { call, me, town } = desk
  if (typeof call.options.of !== 'string') return desk
  const whom = await findAgent(town, call.options.of)
  if (whom.id !== me.id && me.id !== SUPERVISOR)
    throw new UserError({
      code: 'TOWN_FROM',
      what: `This is ${visible(me.name)}, who cannot settle what is in the inbox of ${visible(whom.name)}.`,
      fix: 'Leave --of out.',
      exit: Exit.usage,
    })
  return { ...desk, me: whom }
}

/** Words that `agents inbox` does not take. */
export const misused = (args: readonly string[]): UserError =>
  new UserError({
    code: 'CLI_ARGUMENTS',
    what: `agents inbox ${args.map((arg) => visible(arg)).join(' ')} is not understood.`,
    fix: 'Write agents inbox [AGENT], inbox take [N], inbox ack ID…, inbox nack ID…, or inbox dead [AGENT].',
    exit: Exit.usage,
  })
