import { planService } from '../service/plan.ts'
import { faultsOf, serviceState } from '../service/state.ts'
import { withFleet } from '../with-fleet.ts'
import { type Check, ok, type Patient, problem, warning } from './check.ts'

/** Who brings the watchdog back after a reboot. */
export async function serviceChecks({ fleet, host, deps }: Patient): Promise<Check[]> {
  if (fleet === undefined) return []
  const state = await serviceState(host, planService(fleet, host, deps))
  if (!state.installed)
    return [
      ok('service', 'not installed: after a reboot the fleet waits for agents up (agents service install)'),
    ]
  const faults = faultsOf(state)
  if (faults.length > 0)
    return [
      problem('service', `The service is installed, but ${faults.join('; ')}.`, 'agents service install'),
    ]
  if (state.linger === false)
    return [
      warning(
        'service',
        'The service runs, but only while you are logged in.',
        `loginctl enable-linger ${deps.env.USER ?? host.uid}`,
      ),
    ]
  return [ok('service', 'installed and runs')]
}

/** Whether those who are to be told can be. */
export async function notifyChecks({ call, fleet, host, deps }: Patient): Promise<Check[]> {
  if (fleet?.notify === undefined) return []
  const channels = await withFleet(call, deps, ({ control }) => control.notifyStatus())
  const [program = ''] = fleet.notify.command ?? []
  const known = program === '' || program.startsWith('.') || host.which(program) !== undefined
  const missing = known
    ? []
    : [problem('notify.command', `${program} is not on PATH.`, 'Mend [notify] command.')]
  const lines = channels.map((one) =>
    one.state === 'failing'
      ? problem(
          `notify.${one.channel}`,
          `${one.queued} notices wait; the last try: ${one.lastError?.why ?? 'failed'}.`,
          'agents notify test',
        )
      : ok(`notify.${one.channel}`, one.lastOk === undefined ? 'nothing was to be told yet' : 'delivers'),
  )
  return [...missing, ...lines.filter(({ id }) => !missing.some((one) => one.id === id))]
}
