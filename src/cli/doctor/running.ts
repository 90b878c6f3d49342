import { callControl } from '../../adapters/socket/index.ts'
import type { StatusReport } from '../../core/status.ts'
import type { Gauge } from '../../daemon/gauge.ts'
import { withFleet } from '../with-fleet.ts'
import { type Check, ok, type Patient, problem, warning } from './check.ts'

/** The config's problems. A folder without a config is no fault: doctor also examines the machine alone. */
export async function configChecks({ call, deps }: Patient): Promise<Check[]> {
  const read = await deps.readConfig(call.config)
  if (read.kind === 'refused' && read.problems[0]?.code === 'CONFIG_MISSING' && call.config === undefined)
    return [warning('config', 'There is no agents.toml in this folder.', 'agents init writes one.')]
  if (read.problems.length === 0) return [ok('config', `${read.path} is fine`)]
  return read.problems.map((each) => {
    const place = `${each.file}${each.line === undefined ? '' : `:${each.line}`} ${each.key}`
    const level = each.severity === 'error' ? ('problem' as const) : ('warning' as const)
    return { id: `config.${each.code}`, level, what: `${place}: ${each.what}`, fix: each.fix }
  })
}

/** What runs against what should. Needs tmux. */
export async function runningChecks(patient: Patient): Promise<Check[]> {
  const { call, deps, fleet, host } = patient
  if (fleet === undefined || host.which('tmux') === undefined) return []
  const report = await withFleet(call, deps, ({ control }) => control.status())
  return [
    serverCheck(report),
    watchdogCheck(report),
    ...(await paceChecks(patient)),
    ...unmanagedChecks(report),
  ]
}

function serverCheck({ tmux }: StatusReport): Check {
  if (tmux.server === 'unknown')
    return problem(
      'tmux.server',
      `The tmux server at ${tmux.socket} cannot be asked: ${tmux.why ?? 'no answer'}.`,
    )
  return ok(
    'tmux.server',
    tmux.server === 'up' ? `answers at ${tmux.socket}` : 'no tmux server runs; agents up starts one',
  )
}

function watchdogCheck({ watchdog }: StatusReport): Check {
  if (watchdog.life === 'down')
    return problem('watchdog', 'The watchdog should run and does not.', 'agents up watchdog')
  return ok('watchdog', watchdog.life === 'up' ? `runs (pid ${watchdog.pid ?? '?'})` : 'stopped, as asked')
}

/** A tick that takes longer than this delays what the watchdog is there for. Milliseconds. */
const SLOW_TICK_MS = 1000

/** How the watchdog fares; nothing when none answers, or one that knows no such question. */
async function paceChecks({ deps, fleet }: Patient): Promise<Check[]> {
  const path = await deps.controlSocket(fleet!)
  const [asked] = await Promise.allSettled([
    callControl(path, { verb: 'stats', args: [] }, { timeoutMs: 1000 }),
  ])
  if (asked.status === 'rejected' || asked.value.kind !== 'answer') return []
  const { recentMs, rssBytes, cpuMs, upMs } = asked.value.value as Gauge
  const sorted = [...recentMs].sort((a, b) => a - b)
  const middle = Math.round(sorted[sorted.length >> 1] ?? 0)
  const slowest = Math.round(sorted.at(-1) ?? 0)
  const ticks = `ticks take ${middle} ms, the slowest of ${sorted.length} took ${slowest} ms`
  const share = ((100 * cpuMs) / Math.max(1, upMs)).toFixed(1)
  const what = `${ticks}; ${share} % of a core, ${Math.round(rssBytes / 2 ** 20)} MiB`
  if (middle < SLOW_TICK_MS) return [ok('watchdog.pace', what)]
  return [warning('watchdog.pace', what, 'The machine is crowded, or tmux or the disk is slow.')]
}

function unmanagedChecks(report: StatusReport): Check[] {
  return report.unmanaged.map(({ session, agent }) => {
    const name = agent.replace(/^service:/, '')
    const what = name === agent ? 'agent' : 'service'
    return warning(
      'unmanaged',
      `Session ${session} (${what} ${name}) runs and is in no config any more.`,
      `agents down ${name}`,
    )
  })
}
