import { Exit, UserError } from '../../core/errors.ts'
import { isKnown, requireKnown, sessionOf } from '../names.ts'
import type { Command } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

export const command: Command = async (call, deps) => {
  const fleet = await fleetOf(call, deps)
  const name = call.args[0]!
  const session = sessionOf(name, fleet)
  const tmux = await deps.attacher()
  const has = await tmux.hasSession(fleet.tmux, session)
  if (has === 'yes' && !tmux.canAttach(fleet.tmux)) throw noTerminal(name)
  if (has === 'yes') return (await tmux.attach(fleet.tmux, session)) === 0 ? Exit.done : Exit.failed
  if (has === 'no-tmux') {
    const hint = await deps.installHint()
    throw new UserError({
      code: 'TOOL_MISSING',
      what: 'tmux is not installed, or not on PATH.',
      fix: `Install it: ${hint('tmux')}`,
      exit: Exit.missingTool,
    })
  }
  if (!isKnown(name, fleet)) requireKnown([name], fleet)
  throw new UserError({
    code: 'SESSION_MISSING',
    what:
      has === 'no'
        ? `There is no session ${session}.`
        : `No tmux server runs, so there is no session ${session}.`,
    fix: `Start it: agents up ${name}`,
    exit: Exit.failed,
  })
}

const noTerminal = (name: string): UserError =>
  new UserError({
    code: 'NO_TERMINAL',
    what: 'agents attach needs a terminal, and this is none.',
    fix: `Read what it prints: agents logs ${name} -f`,
    exit: Exit.failed,
  })
