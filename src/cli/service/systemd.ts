import type { Host } from '../../adapters/host/types.ts'
import { inTurn, type Manager } from './manager.ts'

/** The user's own instance of systemd. */
export function systemd(host: Host): Manager {
  const ask = (...args: string[]) => host.run(['systemctl', '--user', ...args])

  async function missing(): Promise<string | undefined> {
    if (host.which('systemctl') === undefined) return 'systemctl is not on PATH: this machine has no systemd'
    const done = await ask('show-environment')
    if (done.status === 0) return undefined
    const why = done.stderr.trim().split('\n')[0] ?? ''
    return `the user's systemd cannot be asked${why === '' ? '' : ` (${why})`}`
  }

  return {
    missing,
    activate: (plan, changed) => {
      const unit = `${plan.name}.service`
      return inTurn(host, [
        ['systemctl', '--user', 'daemon-reload'],
        ['systemctl', '--user', 'enable', unit],
        ['systemctl', '--user', changed ? 'restart' : 'start', unit],
      ])
    },
    deactivate: (plan) => inTurn(host, [['systemctl', '--user', 'disable', '--now', `${plan.name}.service`]]),
    forget: async () => void (await ask('daemon-reload')),
    standing: async (plan) => {
      const unit = `${plan.name}.service`
      const [enabled, active, linger] = await Promise.all([
        ask('is-enabled', unit),
        ask('is-active', unit),
        lingers(host),
      ])
      return { enabled: enabled.status === 0, active: active.status === 0, linger }
    },
  }
}

/** Whether the user's systemd runs without a login; without it nothing of the user's starts at boot. */
async function lingers(host: Host): Promise<boolean | undefined> {
  if (host.which('loginctl') === undefined) return undefined
  const done = await host.run(['loginctl', 'show-user', String(host.uid), '--property=Linger'])
  const found = /^Linger=(yes|no)$/m.exec(done.stdout)?.[1]
  return found === undefined ? undefined : found === 'yes'
}

/**
 * Words that put a command into a scope of its own: a tmux server that is started from the unit must be no part of it,
 * or systemd-oomd and a stop of the whole unit would take the agents along. Empty where that does not work.
 */
export async function scopeWords(host: Host): Promise<string[]> {
  const program = host.which('systemd-run')
  if (program === undefined) return []
  const words = [program, '--user', '--scope', '--quiet', '--collect', '--']
  const tried = await host.run([...words, 'true'])
  return tried.status === 0 ? words : []
}
