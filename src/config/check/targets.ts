import type { RouteSpec } from '../../core/index.ts'
import { type Finding, type Path, soft, warning } from '../finding.ts'
import { nearest } from '../nearest.ts'
import type { Resolved } from '../resolve.ts'
import type { Tables } from '../tables.ts'
import { writtenHandoff } from './refs.ts'

/** A ping goes only to a session of this fleet, so a target that names nobody would wait for ever. */
export function checkTargets(resolved: Resolved, tables: Tables): Finding[] {
  const loop = resolved.fleet.loop
  if (loop === undefined) return []
  const agents = resolved.agents.map((agent) => agent.spec.name)
  const names = [...agents, ...resolved.services.map((service) => service.table.name)]
  const routes = loop.handoff.enabled ? loop.handoff.routes : []
  return [
    ...routes
      .filter((route) => !names.includes(route.to))
      .map((route) => unknownTarget(route, names, tables)),
    ...checkInboxes(tables),
    ...checkOnComplete(loop.onComplete?.run, agents),
  ]
}

/** Where in `[loop.handoff]` a route is written. */
export function routeKey(route: RouteSpec, field: 'to' | 'repo'): Path {
  const explicit = /^route-(\d+)$/.exec(route.id)
  if (explicit === null) return ['loop', 'handoff', field === 'to' ? `${route.id}_pings` : 'repo']
  return ['loop', 'handoff', 'routes', Number(explicit[1]) - 1, field]
}

function unknownTarget(route: RouteSpec, names: readonly string[], tables: Tables): Finding {
  const path = routeKey(route, 'to')
  const key = String(path[2])
  const what = `The hand-off "${route.id}" pings "${route.to}", and no agent has that name.`
  if (Object.hasOwn(writtenHandoff(tables), key))
    return soft('CONFIG_TARGET_UNKNOWN', path, what, nearestFix(route.to, names))
  return warning('CONFIG_TARGET_UNKNOWN', path, what, `Add ${key} = "…" with the name of an agent.`)
}

function nearestFix(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  return near === undefined ? `Write one of: ${known.join(', ')}.` : `Write "${near}".`
}

function checkInboxes(tables: Tables): Finding[] {
  const inboxes = writtenHandoff(tables).inboxes
  if (!Array.isArray(inboxes) || inboxes.length <= 2) return []
  const path = ['loop', 'handoff', 'inboxes', 2]
  return [warning('CONFIG_INBOX_IDLE', path, 'Only the first two inboxes are watched.', 'Remove the others.')]
}

function checkOnComplete(run: string | undefined, agents: readonly string[]): Finding[] {
  if (run === undefined || agents.includes(run)) return []
  const path = ['loop', 'on_complete', 'run']
  return [soft('CONFIG_TARGET_UNKNOWN', path, `"${run}" is not an agent.`, nearestFix(run, agents))]
}
