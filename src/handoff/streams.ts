import type { HandoffSpec, RouteSpec } from '../core/index.ts'

/** One branch to follow, with what its commits may ask for. */
export interface Stream {
  key: string
  repo: string
  remote: string
  branch: string | undefined
  routes: RouteSpec[]
  inboxes: { file: string; agent: string }[]
  stateSubdir: string
  /** False: nobody asked for hand-offs, only DONE is read; then having no remote is no trouble. */
  asked: boolean
}

export const streamKey = (repo: string, remote: string, branch: string | undefined): string =>
  [repo, remote, branch ?? ''].join('\0')

/** One stream per repository, remote and branch. The hand-off table's own is always there: DONE markers live on it. */
export function streamsOf(handoff: HandoffSpec): Stream[] {
  const streams = new Map<string, Stream>()
  const at = (repo: string, remote: string, branch: string | undefined): Stream => {
    const key = streamKey(repo, remote, branch)
    const there = streams.get(key)
    if (there !== undefined) return there
    const { stateSubdir, enabled: asked } = handoff
    const made: Stream = { key, repo, remote, branch, routes: [], inboxes: [], stateSubdir, asked }
    streams.set(key, made)
    return made
  }
  const base = at(handoff.repo, handoff.remote, handoff.branch)
  if (!handoff.enabled) return [base]
  base.inboxes = handoff.inboxes
  for (const route of handoff.routes) at(route.repo, route.remote, route.branch).routes.push(route)
  return [...streams.values()]
}
