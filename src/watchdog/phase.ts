import { closedUntil } from './accounts.ts'
import { type Tick, wakeAt } from './tick.ts'

/** Moves the phase on its DONE marker, one at a time; sets what it means for the loop agents of this tick. */
export function decidePhase(t: Tick): void {
  const { phase } = t.seen
  if (phase === undefined) return
  t.loopsMoving = phase.moving
  t.loopsComplete = phase.complete
  if (phase.moving || !phase.done || !phase.autoAdvance) return
  const last = phase.index + 1 >= phase.count
  if (last && phase.complete) return
  const retry = t.fleet.phaseRetry
  if (retry !== undefined && retry.at > t.now.mono) {
    wakeAt(t, retry.at)
    return
  }
  if (!loopsMayMove(t)) return
  t.loopsMoving = true
  const marker = `the DONE marker of phase ${phase.index + 1} of ${phase.count} stands`
  if (last) t.actions.push({ kind: 'complete', because: `${marker}, and it is the last` })
  else t.actions.push({ kind: 'advance', from: phase.index, to: phase.index + 1, because: marker })
}

/** Not while a loop agent is being started, nor while one is inside a usage limit: a move kills and prompts (INV-6). */
function loopsMayMove(t: Tick): boolean {
  let loops = 0
  for (const a of t.seen.agents) {
    if (a.spec.kind !== 'loop' || !a.spec.enabled) continue
    loops++
    const m = t.agents[a.spec.name]
    if (a.busy && (m?.pending?.kind === 'start' || m?.pending?.kind === 'restart')) return false
    const end = m === undefined ? undefined : closedUntil(t, a, m)
    if (end === undefined) continue
    wakeAt(t, end)
    return false
  }
  return loops > 0
}
