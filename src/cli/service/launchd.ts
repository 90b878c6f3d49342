import type { Host } from '../../adapters/host/types.ts'
import { inTurn, type Manager } from './manager.ts'

/** The launch agents of the user who is logged in. */
export function launchd(host: Host): Manager {
  const domain = `gui/${host.uid}`
  const loaded = async (name: string) => host.run(['launchctl', 'print', `${domain}/${name}`])

  return {
    missing: async () =>
      host.which('launchctl') === undefined ? 'launchctl is not on PATH: this is no macOS' : undefined,
    activate: async (plan, changed) => {
      const stands = (await loaded(plan.name)).status === 0
      if (stands && !changed) return undefined
      const target = `${domain}/${plan.name}`
      return inTurn(host, [
        ...(stands ? [['launchctl', 'bootout', target]] : []),
        ['launchctl', 'enable', target],
        ['launchctl', 'bootstrap', domain, plan.file],
      ])
    },
    deactivate: async (plan) => {
      if ((await loaded(plan.name)).status !== 0) return undefined
      return inTurn(host, [['launchctl', 'bootout', `${domain}/${plan.name}`]])
    },
    forget: () => Promise.resolve(),
    standing: async (plan) => {
      const found = await loaded(plan.name)
      const active = found.status === 0 && /^\s*state = running$/m.test(found.stdout)
      return { enabled: found.status === 0, active, linger: undefined }
    },
  }
}
