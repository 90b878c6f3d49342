import type { Host } from '../../adapters/host/types.ts'
import { Exit, type ExitCode, UserError } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { standingText } from './install.ts'
import { managerOf } from './manager.ts'
import type { ServicePlan } from './plan.ts'

/** Takes our file away, and nothing else: watchdog and agents run on. Safe to repeat. */
export async function uninstall(
  call: Invocation,
  deps: CliDeps,
  host: Host,
  plan: ServicePlan,
): Promise<ExitCode> {
  const stands = (await standingText(host, plan)) !== undefined
  const notes = stands ? await remove(host, plan) : []
  const result = stands ? 'removed' : 'not-installed'
  if (call.options.json === true)
    await deps.io.out(
      toJson({ version: 1, result, kind: plan.kind, name: plan.name, file: plan.file, notes }),
    )
  else if (stands) await deps.io.out([`removed: ${visible(plan.file)}`, ...notes, ''].join('\n'))
  else await deps.io.out(`not installed: ${visible(plan.file)}\n`)
  return Exit.done
}

/** Without a manager that could be asked the file alone goes. */
async function remove(host: Host, plan: ServicePlan): Promise<string[]> {
  const manager = managerOf(plan, host)
  const missing = await manager.missing()
  const refusal = missing === undefined ? await manager.deactivate(plan) : undefined
  if (!(await host.remove(plan.file)))
    throw new UserError({
      code: 'SERVICE_WRITE',
      what: `${visible(plan.file)} cannot be removed.`,
      file: plan.file,
    })
  if (missing === undefined) await manager.forget()
  if (missing !== undefined) return [`Only the file was removed: ${visible(missing)}.`]
  return refusal === undefined ? [] : [`\`${visible(refusal.did)}\` failed: ${visible(refusal.why)}`]
}
