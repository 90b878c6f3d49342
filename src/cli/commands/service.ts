import { Exit, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { install } from '../service/install.ts'
import { planService } from '../service/plan.ts'
import { run } from '../service/run.ts'
import { showState } from '../service/state.ts'
import { uninstall } from '../service/uninstall.ts'
import type { Command } from '../types.ts'
import { fleetOf } from '../with-fleet.ts'

const ACTS = { install, uninstall, status: showState }

export const command: Command = async (call, deps) => {
  const [what = ''] = call.args
  const host = await deps.host()
  if (what === 'run') return run(call, deps, host)
  const act = Object.hasOwn(ACTS, what) ? ACTS[what as keyof typeof ACTS] : undefined
  if (act === undefined)
    throw new UserError({
      code: 'CLI_ARGUMENTS',
      what: `agents service does not know "${visible(what)}".`,
      fix: 'Write agents service install, uninstall or status.',
      exit: Exit.usage,
    })
  return act(call, deps, host, planService(await fleetOf(call, deps), host, deps))
}
