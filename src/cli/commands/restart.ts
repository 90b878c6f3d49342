import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { countOption, durationOption } from '../durations.ts'
import { printOutcomes } from '../render/outcomes.ts'
import type { Command } from '../types.ts'
import { withFleet } from '../with-fleet.ts'
import { prepareChange } from './change.ts'
import { inSession, withMeant } from './order-agents.ts'

export const command: Command = async (call, deps) => {
  const graceMs = durationOption('grace', call.options.grace)
  const fresh = call.options.fresh === true
  countOption('--rounds', call.options.rounds)
  const opts = { ...(graceMs === undefined ? {} : { graceMs }), ...(fresh ? { fresh } : {}) }
  return withFleet(inSession(call, deps), deps, (open) =>
    withMeant(open, deps, call.args, async ({ own, others: [other] }) => {
      if (other !== undefined) throw notOurs(other.name)
      await prepareChange(open, deps)
      return printOutcomes(await open.control.restart(own, opts), call, deps)
    }),
  )
}

/** Its loop is another program's, and only that can start it. */
const notOurs = (name: string): UserError =>
  new UserError({
    code: 'TOWN_AGENT_FOREIGN',
    what: `${visible(name)} is no agent of this config; nothing was done.`,
    fix: 'Where it is a worker of tinytown: `tt restart NAME`. A worker of this fleet is added by `agents spawn NAME`.',
    exit: Exit.usage,
  })
