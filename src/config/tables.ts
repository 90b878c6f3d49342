import * as v from 'valibot'
import { isTable, type Path } from './finding.ts'
import {
  type AgentTable,
  agentTable,
  type LoopTable,
  loopTable,
  NOT_DEFAULTABLE,
  type NotifyTable,
  notifyTable,
  type PolicyTable,
  type ProjectTable,
  policyTable,
  projectTable,
  type ServiceTable,
  serviceTable,
  type TownTable,
  townTable,
  type WatchdogTable,
  watchdogTable,
} from './schema/schema.ts'

/** A table with its place in the file and the keys that its author wrote. */
export interface Placed<T> {
  path: Path
  table: T
  written: Record<string, unknown>
}

/** The file's tables with defaults filled in. Tables that are unusable are left out: they have findings already. */
export interface Tables {
  project: ProjectTable
  /** `[defaults]` as written: the layer under every agent. */
  defaults: Record<string, unknown>
  watchdog: WatchdogTable
  notify: NotifyTable | undefined
  town: TownTable | undefined
  agents: Placed<AgentTable>[]
  services: Placed<ServiceTable>[]
  policies: Placed<PolicyTable>[]
  /** As written; presets come in between, see backends.ts. */
  backends: Record<string, Record<string, unknown>>
  loop: LoopTable | undefined
  /** `loop` as written. */
  loopWritten: Record<string, unknown>
}

/** Merges and types what `validate` left. Reads `raw` only; never fails. */
export function toTables(raw: Record<string, unknown>): Tables {
  const defaults = table(raw.defaults)
  const layer: Record<string, unknown> = { ...defaults }
  for (const key of NOT_DEFAULTABLE) delete layer[key]
  const loop = isTable(raw.loop) ? v.safeParse(loopTable, completed(raw.loop)) : undefined
  return {
    project: parsed(projectTable, defaults) ?? v.parse(projectTable, {}),
    defaults,
    watchdog: parsed(watchdogTable, table(raw.watchdog)) ?? v.parse(watchdogTable, {}),
    notify: raw.notify === undefined ? undefined : parsed(notifyTable, raw.notify),
    town: raw.town === undefined ? undefined : parsed(townTable, raw.town),
    agents: placed(raw.agent, 'agent', (own) => parsed(agentTable, { ...layer, ...own })),
    services: placed(raw.service, 'service', (own) => parsed(serviceTable, own)),
    policies: placed(raw.policy, 'policy', (own) => parsed(policyTable, own)),
    backends: namedTables(raw.backend),
    loop: loop?.success ? loop.output : undefined,
    loopWritten: table(raw.loop),
  }
}

/**
 * One phase or route without what it needs must not hide what else is wrong in `[loop]`. What is put in its place is
 * never used: such a config is refused.
 */
function completed(loop: Record<string, unknown>): Record<string, unknown> {
  const out = { ...loop }
  if (Array.isArray(loop.phases))
    out.phases = loop.phases.map((phase, index) => ({ id: `#${index}`, status: '#', ...table(phase) }))
  if (isTable(loop.handoff) && Array.isArray(loop.handoff.routes))
    out.handoff = {
      ...loop.handoff,
      routes: loop.handoff.routes.map((route) => ({ pattern: '#', to: '#', ...table(route) })),
    }
  return out
}

const table = (value: unknown): Record<string, unknown> => (isTable(value) ? value : {})

function parsed<T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> | undefined {
  const result = v.safeParse(schema, value)
  return result.success ? result.output : undefined
}

function placed<T>(
  value: unknown,
  name: string,
  read: (own: Record<string, unknown>) => T | undefined,
): Placed<T>[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((own: unknown, index) => {
    const result = isTable(own) ? read(own) : undefined
    return result === undefined
      ? []
      : [{ path: [name, index], table: result, written: own as Record<string, unknown> }]
  })
}

function namedTables(value: unknown): Record<string, Record<string, unknown>> {
  const out = Object.create(null) as Record<string, Record<string, unknown>>
  for (const [name, inner] of Object.entries(table(value))) if (isTable(inner)) out[name] = inner
  return out
}
