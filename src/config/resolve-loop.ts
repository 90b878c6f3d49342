import { basename, join, resolve } from 'node:path'
import * as v from 'valibot'
import type { HandoffSpec, LoopSpec, RouteSpec } from '../core/index.ts'
import { isTable } from './finding.ts'
import { pathFrom } from './paths.ts'
import type { Places } from './resolve.ts'
import { handoffTable } from './schema/loop.ts'
import { type HandoffTable, type LoopTable, loopTable } from './schema/schema.ts'
import type { Tables } from './tables.ts'

/** Present when there is a `[loop]` table or a loop agent: those need the roles folder even without phases. */
export function resolveLoop(tables: Tables, places: Places, logDir: string): LoopSpec | undefined {
  const hasLoopAgent = tables.agents.some((agent) => agent.table.kind === 'loop')
  if (tables.loop === undefined && !hasLoopAgent) return undefined
  const loop = tables.loop ?? v.parse(loopTable, {})
  const at = (path: string) => pathFrom(places.projectDir, path, places.home)
  return {
    phases: loop.phases.map((phase) => ({
      id: phase.id,
      plan: phase.plan,
      status: basename(phase.status),
      models: phase.models,
    })),
    kickoffTemplatePath: loop.kickoff_template === undefined ? undefined : at(loop.kickoff_template),
    rolesDir: at(loop.roles_dir),
    stateFilePath: resolve(logDir, 'state', loop.state_file),
    resumePhase: loop.resume_phase,
    doneMarker: loop.done_marker,
    autoAdvance: loop.auto_advance,
    handoff: resolveHandoff(loop, tables.loopWritten, at),
    onComplete:
      loop.on_complete === undefined
        ? undefined
        : { run: loop.on_complete.run, triggerPath: resolve(logDir, loop.on_complete.trigger_file) },
    completionPath: join(logDir, 'SEQUENCE-COMPLETE'),
  }
}

function resolveHandoff(
  loop: LoopTable,
  loopWritten: Record<string, unknown>,
  at: (path: string) => string,
): HandoffSpec {
  const table = loop.handoff ?? v.parse(handoffTable, {})
  const written = isTable(loopWritten.handoff) ? loopWritten.handoff : {}
  const base = { repo: at(table.repo ?? '.'), remote: table.remote, branch: table.branch }
  const inboxes = [table.claim_pings, table.review_pings].flatMap((agent, index) => {
    const file = table.inboxes[index]
    return file === undefined ? [] : [{ file: basename(file), agent }]
  })
  return {
    enabled: loop.handoff !== undefined,
    ...base,
    stateSubdir: table.state_subdir,
    routes: routesOf(table, written, base, at),
    inboxes,
  }
}

/** The driver's pair of routes, and the explicit ones after it; those alone where no `claim_*` or `review_*` stands beside them. */
function routesOf(
  table: HandoffTable,
  written: Record<string, unknown>,
  base: Pick<RouteSpec, 'repo' | 'remote' | 'branch'>,
  at: (path: string) => string,
): RouteSpec[] {
  const routes: RouteSpec[] = []
  for (const id of ['claim', 'review'] as const) {
    const asked = [`${id}_pattern`, `${id}_pings`].some((key) => Object.hasOwn(written, key))
    const source = table[`${id}_pattern`]
    if (source === undefined || (table.routes !== undefined && !asked)) continue
    routes.push({ id, pattern: source, to: table[`${id}_pings`], message: '', ...base })
  }
  for (const [index, route] of (table.routes ?? []).entries()) {
    if (route.pattern === undefined) continue
    routes.push({
      id: `route-${index + 1}`,
      pattern: route.pattern,
      to: route.to,
      message: route.message,
      repo: route.repo === undefined ? base.repo : at(route.repo),
      remote: route.remote ?? base.remote,
      branch: route.branch ?? base.branch,
    })
  }
  return routes
}
