import type { PresetTables } from '../backends.ts'
import type { Overrides } from '../environment.ts'
import { error, type Finding, isTable, soft, warning } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { Resolved, ResolvedAgent } from '../resolve.ts'
import { SPAWNED } from '../spawned.ts'
import type { Tables } from '../tables.ts'

/** Names that must be somebody's: backends and roles; and what a loop needs. Targets are in check-targets.ts. */
export function checkReferences(
  resolved: Resolved,
  tables: Tables,
  presets: PresetTables,
  overrides: Overrides,
): Finding[] {
  return [
    ...resolved.agents.flatMap((agent) => checkBackend(agent, tables, presets, overrides)),
    ...resolved.agents.flatMap((agent) => checkSwitch(agent, tables, presets)),
    ...unusedBackends(resolved, tables),
    ...resolved.agents.flatMap((agent) => checkLoopAgent(agent, tables)),
    ...checkPhases(resolved, tables),
  ]
}

function checkBackend(
  agent: ResolvedAgent,
  tables: Tables,
  presets: PresetTables,
  overrides: Overrides,
): Finding[] {
  const { name, backend } = agent.spec
  const path = [...agent.path, 'backend']
  const builtIn = Object.keys(presets)
  const own = Object.keys(tables.backends).filter((one) => one === backend || !one.startsWith(`${SPAWNED}-`))
  const known = [...new Set([...own, ...builtIn])]
  if (backend === '') {
    const list = builtIn.length === 0 ? '' : ` Built in: ${builtIn.join(', ')}.`
    const fix = `Add backend = "…", here or in [defaults].${list}`
    return [error('CONFIG_REQUIRED', path, `The agent "${name}" has no backend.`, fix)]
  }
  if (known.includes(backend)) return []
  const what = `"${backend}" is not a backend. Known: ${known.join(', ')}.`
  const near = nearest(backend, known)
  const table = `add a table [backend.${backend}] with a bin.`
  const fix =
    near === undefined ? `Write one of these, or ${table}` : `Write backend = "${near}", or ${table}`
  const finding = error('CONFIG_BACKEND_UNKNOWN', path, what, fix)
  if (!overrides.backend.has(name)) return [finding]
  return [{ ...finding, path: [`AGENT_BACKEND_${name}`], file: 'environment' }]
}

/** A switch leads somewhere else: to another backend, or to another model of the agent's own. */
function checkSwitch(agent: ResolvedAgent, tables: Tables, presets: PresetTables): Finding[] {
  const { onLimit, backend, model, name } = agent.spec
  if (onLimit.kind !== 'switch') return []
  const path = [...agent.path, 'on_limit']
  const { to } = onLimit
  if (to === backend || to === model) {
    const what = `"${to}" is what the agent "${name}" runs on already.`
    return [error('CONFIG_SWITCH', path, what, 'Name another backend or model, or write "wait".')]
  }
  const known = [...new Set([...Object.keys(tables.backends), ...Object.keys(presets)])]
  const near = known.includes(to) ? undefined : nearest(to, known)
  if (near === undefined) return []
  const what = `"${to}" is not a backend, so it is taken for a model of ${backend}.`
  return [warning('CONFIG_SWITCH', path, what, `If the backend is meant, write { switch = "${near}" }.`)]
}

function unusedBackends(resolved: Resolved, tables: Tables): Finding[] {
  const used = new Set(
    resolved.agents.flatMap(({ spec, table }) => [
      spec.backend,
      table.backend ?? '',
      spec.onLimit.kind === 'switch' ? spec.onLimit.to : '',
    ]),
  )
  return Object.keys(tables.backends)
    .filter((name) => !used.has(name))
    .map((name) => {
      const what = `No agent uses the backend "${name}".`
      return warning(
        'CONFIG_BACKEND_UNUSED',
        ['backend', name],
        what,
        'Remove the table, or name it in an agent.',
      )
    })
}

function checkLoopAgent(agent: ResolvedAgent, tables: Tables): Finding[] {
  const { name, kind, role, enabled } = agent.spec
  if (kind !== 'loop') return []
  const findings: Finding[] = []
  if (role === undefined) {
    const what = `The loop agent "${name}" has no role, so no role prompt.`
    findings.push(
      soft('CONFIG_ROLE_MISSING', [...agent.path, 'role'], what, 'Add for example role = "builder".'),
    )
  }
  if (enabled && (tables.loop?.phases.length ?? 0) === 0) {
    const what = `"${name}" is a loop agent, but [loop] has no phases.`
    const fix = 'Add [[loop.phases]] with id and status, or write kind = "persistent".'
    findings.push(warning('CONFIG_LOOP_NO_PHASES', [...agent.path, 'kind'], what, fix))
  }
  return findings
}

function checkPhases(resolved: Resolved, tables: Tables): Finding[] {
  const findings: Finding[] = []
  const seen = new Set<string>()
  const roles = [...new Set(resolved.agents.flatMap((agent) => agent.spec.role ?? []))]
  for (const [index, phase] of (tables.loop?.phases ?? []).entries()) {
    const path = ['loop', 'phases', index]
    if (seen.has(phase.id)) {
      const what = `Two phases are called "${phase.id}".`
      findings.push(warning('CONFIG_PHASE_TWICE', [...path, 'id'], what, 'Give each phase an id of its own.'))
    }
    seen.add(phase.id)
    for (const role of Object.keys(phase.models).filter((name) => !roles.includes(name))) {
      const near = nearest(role, roles)
      const fix = near === undefined ? 'Remove the line.' : `Write ${near}.`
      findings.push(
        warning('CONFIG_ROLE_UNKNOWN', [...path, 'models', role], `No agent has the role "${role}".`, fix),
      )
    }
  }
  return findings
}

/** The tables `[loop.handoff]` as written; empty when there is none. */
export const writtenHandoff = (tables: Tables): Record<string, unknown> =>
  isTable(tables.loopWritten.handoff) ? tables.loopWritten.handoff : {}
