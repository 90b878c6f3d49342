import type { Host } from '../../adapters/host/types.ts'
import { launchd } from './launchd.ts'
import type { ServicePlan } from './plan.ts'
import { systemd } from './systemd.ts'

/** What the manager itself says of the service. */
export interface Standing {
  enabled: boolean
  /** It runs now. */
  active: boolean
  /** systemd: whether it comes up without a login; undefined: not known, or no such thing here. */
  linger: boolean | undefined
}

/** One step that the manager did not do. */
export type Refusal = { did: string; why: string }

/** systemd or launchd, of this user alone. */
export interface Manager {
  /** Why it cannot be used here, in a sentence. */
  missing(): Promise<string | undefined>
  /** The file is in place; makes the manager run it, also after the next boot. */
  activate(plan: ServicePlan, changed: boolean): Promise<Refusal | undefined>
  /** Before the file goes. */
  deactivate(plan: ServicePlan): Promise<Refusal | undefined>
  /** After the file went. */
  forget(): Promise<void>
  standing(plan: ServicePlan): Promise<Standing>
}

export const managerOf = (plan: ServicePlan, host: Host): Manager =>
  plan.kind === 'launchd' ? launchd(host) : systemd(host)

/** Runs one command after the other until one fails. */
export async function inTurn(
  host: Host,
  commands: readonly (readonly string[])[],
): Promise<Refusal | undefined> {
  for (const argv of commands) {
    const done = await host.run(argv, { timeoutMs: 30_000 })
    if (done.status !== 0) {
      const why = (done.stderr.trim() || done.stdout.trim()).split('\n')[0] ?? ''
      return { did: argv.join(' '), why: why === '' ? `ended with status ${done.status ?? '?'}` : why }
    }
  }
  return undefined
}
