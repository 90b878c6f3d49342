import { join } from 'node:path'
import type { StateStore } from '../adapters/files/types.ts'
import type { Git } from '../adapters/git/types.ts'
import type { HandoffSpec, PhaseSpec } from '../core/index.ts'
import { placesOf, type TipLook } from '../handoff/index.ts'
import { isDone } from './done.ts'

export interface DoneView {
  done: boolean
  /** One sentence for a person: where it was looked for and what stands there. */
  why: string
  source: 'pushed' | 'working-tree' | 'none'
}

export interface DoneDeps {
  git: Pick<Git, 'show'>
  store: Pick<StateStore, 'loadText'>
}

/**
 * Whether the phase's DONE is pushed: read at the fetched tip of the followed branch, never from the working tree,
 * which nobody pulls. Only where nothing can be pushed at all (no repository, remote or branch) the working tree
 * counts, and `why` says so.
 */
export async function readDone(
  deps: DoneDeps,
  handoff: HandoffSpec,
  marker: string,
  look: TipLook,
  phase: PhaseSpec,
): Promise<DoneView> {
  if (phase.status === '')
    return { done: false, why: `phase ${phase.id} names no status file`, source: 'none' }
  if (look.kind === 'unknown') return { done: false, why: `not known: ${look.why}`, source: 'none' }
  const places = placesOf(handoff.stateSubdir, phase.status)
  const local = await localDone(deps, handoff.repo, places, marker)
  if (look.kind === 'nothing')
    return {
      done: local.done,
      why: `${local.why} (in the working tree, because ${look.why})`,
      source: 'working-tree',
    }
  const pushed = await pushedDone(deps, handoff.repo, places, marker, look.hash)
  if (!pushed.done && local.done)
    return {
      ...pushed,
      why: `DONE stands in ${local.path} of the working tree but is not pushed: ${pushed.why}`,
    }
  return pushed
}

async function pushedDone(
  deps: DoneDeps,
  repo: string,
  places: readonly string[],
  marker: string,
  tip: string,
): Promise<DoneView> {
  for (const path of places) {
    const shown = await deps.git.show(repo, tip, path)
    if (shown.kind !== 'ok') return { done: false, why: `not known: ${shown.why}`, source: 'none' }
    if (shown.value === undefined) continue
    const { done, why } = isDone(shown.value, marker)
    return { done, why: `${path} at ${tip.slice(0, 7)}: ${why}`, source: 'pushed' }
  }
  return { done: false, why: `${places[0]} is not on the branch at ${tip.slice(0, 7)}`, source: 'pushed' }
}

async function localDone(deps: DoneDeps, repo: string, places: readonly string[], marker: string) {
  for (const path of places) {
    const read = await deps.store.loadText(join(repo, path))
    if (read.kind === 'absent') continue
    if (read.kind === 'refused') return { done: false, why: `${path}: ${read.why}`, path }
    const { done, why } = isDone(read.text, marker)
    return { done, why: `${path}: ${why}`, path }
  }
  return { done: false, why: `there is no ${places[0]}`, path: places[0]! }
}
