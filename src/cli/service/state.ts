import type { Host } from '../../adapters/host/types.ts'
import { Exit, type ExitCode } from '../../core/errors.ts'
import { visible } from '../../core/text.ts'
import { toJson } from '../text.ts'
import type { CliDeps, Invocation } from '../types.ts'
import { notesOf, standingText } from './install.ts'
import { managerOf, type Standing } from './manager.ts'
import type { ServicePlan } from './plan.ts'

export interface ServiceState extends Standing {
  installed: boolean
  /** The file is what would be written now; false after the program or the config moved. */
  current: boolean
  /** Why the manager cannot be asked. */
  missing: string | undefined
}

/** @throws {UserError} SERVICE_FOREIGN when a file stands there that is not ours */
export async function serviceState(host: Host, plan: ServicePlan): Promise<ServiceState> {
  const text = await standingText(host, plan)
  const manager = managerOf(plan, host)
  const missing = await manager.missing()
  const none: Standing = { enabled: false, active: false, linger: undefined }
  const standing = text === undefined || missing !== undefined ? none : await manager.standing(plan)
  return { installed: text !== undefined, current: text === plan.text, missing, ...standing }
}

/** What is wrong with it, one sentence each. */
export function faultsOf({ installed, current, enabled, active, missing }: ServiceState): string[] {
  if (!installed) return []
  if (missing !== undefined) return [`its manager cannot be asked: ${missing}`]
  return [
    ...(current ? [] : ['the program, the config or the PATH has moved since: agents service install']),
    ...(enabled ? [] : ['it is not enabled: agents service install']),
    ...(active ? [] : ['it does not run: agents service install']),
  ]
}

export async function showState(
  call: Invocation,
  deps: CliDeps,
  host: Host,
  plan: ServicePlan,
): Promise<ExitCode> {
  const state = await serviceState(host, plan)
  const { kind, name, file } = plan
  const faults = faultsOf(state)
  if (call.options.json === true)
    await deps.io.out(toJson({ version: 1, kind, name, file, ...state, faults }))
  else await deps.io.out(stateText(plan, state, faults, deps.env.USER ?? String(host.uid)))
  return state.installed && faults.length === 0 ? Exit.done : Exit.failed
}

function stateText(plan: ServicePlan, state: ServiceState, faults: readonly string[], user: string): string {
  if (!state.installed) return `not installed: ${visible(plan.file)}\n`
  const word = faults.length === 0 ? 'runs' : 'needs you'
  const notes = state.missing === undefined ? notesOf(plan, state.linger, user) : []
  return [`${word}: ${visible(plan.file)}`, ...faults.map((one) => `  ${visible(one)}`), ...notes, ''].join(
    '\n',
  )
}
