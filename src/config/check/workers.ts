import { error, type Finding, warning } from '../finding.ts'
import type { Resolved, ResolvedAgent } from '../resolve.ts'

const WORKER_KEYS = ['max_rounds', 'idle_timeout', 'round_timeout'] as const

/** A worker needs a town to get its work from, and a command that does one round of it. */
export function checkWorkers(resolved: Resolved): Finding[] {
  return resolved.agents.flatMap((agent) =>
    agent.spec.kind === 'worker' ? checkWorker(agent, resolved) : strayKeys(agent),
  )
}

function checkWorker({ spec, path }: ResolvedAgent, { fleet }: Resolved): Finding[] {
  const found: Finding[] = []
  const backend = fleet.backends[spec.backend]
  if (backend !== undefined && backend.roundCmd === undefined) {
    const what = `The backend "${backend.name}" of the worker "${spec.name}" has no command for a round.`
    const fix = `Add round_cmd = "…" to [backend.${backend.name}]: it gets the prompt on its standard input.`
    found.push(error('CONFIG_ROUND_CMD', [...path, 'backend'], what, fix))
  }
  if (fleet.town.mode === 'off') {
    const what = `The worker "${spec.name}" gets its work from the town, which is off.`
    found.push(error('CONFIG_WORKER_TOWN', [...path, 'kind'], what, 'Take enabled = false out of [town].'))
  }
  if (spec.onLimit.kind === 'switch') {
    const what = `The worker "${spec.name}" cannot go on elsewhere: it waits for the end of a limit.`
    found.push(
      error('CONFIG_WORKER_SWITCH', [...path, 'on_limit'], what, 'Write on_limit = "wait", or "ask".'),
    )
  }
  return found
}

function strayKeys({ spec, path, written }: ResolvedAgent): Finding[] {
  return WORKER_KEYS.filter((key) => Object.hasOwn(written, key)).map((key) =>
    warning(
      'CONFIG_WORKER_KEY',
      [...path, key],
      `"${spec.name}" is no worker, so ${key} changes nothing.`,
      'Remove the line, or write kind = "worker".',
    ),
  )
}
