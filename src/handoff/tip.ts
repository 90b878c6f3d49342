import type { Git } from '../adapters/git/types.ts'
import type { HandoffSpec } from '../core/index.ts'
import { NOTHING_THERE, type TipLook } from './types.ts'

/** One look at the branch that carries the DONE markers, for a command that runs without a watchdog. */
export async function lookAtTip(
  git: Pick<Git, 'trackedBranch' | 'fetch'>,
  handoff: HandoffSpec,
): Promise<TipLook> {
  const branch = await git.trackedBranch(handoff.repo, handoff.remote, handoff.branch)
  const tip = branch.kind === 'ok' ? await git.fetch(handoff.repo, handoff.remote, branch.value) : branch
  if (tip.kind === 'ok') return { kind: 'tip', hash: tip.value }
  const nothing = tip.kind === 'broken' && NOTHING_THERE.includes(tip.code)
  return { kind: nothing ? 'nothing' : 'unknown', why: tip.why }
}
