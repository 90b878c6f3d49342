import { setImmediate } from 'node:timers/promises'
import type { Commit } from '../adapters/git/types.ts'
import type { RouteSpec } from '../core/index.ts'
import { pingText } from './message.ts'
import type { HandoffDeps, PingDraft } from './types.ts'

/** Subjects matched in one go; between two goes the rest of the daemon has its turn. */
const SLICE = 100

/** One ping per route for all commits that match it, oldest commit first. */
export async function batchOf(
  commits: readonly Commit[],
  routes: readonly RouteSpec[],
  branch: string,
  match: HandoffDeps['match'],
): Promise<PingDraft[]> {
  const found = new Map<RouteSpec, string[]>(routes.map((route) => [route, []]))
  for (let at = 0; at < commits.length; at += SLICE) {
    if (at > 0) await setImmediate()
    for (const commit of commits.slice(at, at + SLICE))
      for (const [route, hashes] of found) if (match(route.pattern, commit.subject)) hashes.push(commit.hash)
  }
  return [...found]
    .filter(([, hashes]) => hashes.length > 0)
    .map(([route, hashes]) => ping(route, hashes, branch))
}

function ping(route: RouteSpec, hashes: string[], branch: string): PingDraft {
  const newest = hashes[hashes.length - 1]!
  return {
    id: `handoff-${route.id}-${newest}`,
    agent: route.to,
    text: pingText(route, hashes.length, newest, branch),
    kind: 'handoff',
    commits: hashes,
  }
}
