import { Exit, UserError } from '../../core/errors.ts'
import { isTownOn } from '../../daemon/town/open.ts'
import type { CliDeps, Command, Invocation } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'
import { change, namesOrAll } from './change.ts'
import { inSession } from './order-agents.ts'
import { resetWholeTown } from './reset-town.ts'

export const command: Command = async (call, deps) => {
  const aboutTown = call.options.force === true || call.options['agents-only'] === true
  const named = call.args.length > 0 || call.options.all === true
  if (aboutTown && named) throw bothMeant()
  if (!named && (aboutTown || (await hasTown(call, deps)))) return resetWholeTown(call, deps)
  const names = namesOrAll(call)
  return change(inSession(call, deps), deps, ({ control }) => control.reset(names))
}

const hasTown = async (call: Invocation, deps: CliDeps): Promise<boolean> =>
  isTownOn(await fleetOf(inSession(call, deps), deps))

const bothMeant = (): UserError =>
  new UserError({
    code: 'CLI_ARGUMENTS',
    what: 'agents reset with names forgives agents; with --force or --agents-only, and no names, it empties the town.',
    fix: 'Write agents reset NAME, or agents reset --force.',
    exit: Exit.usage,
  })
