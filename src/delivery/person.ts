import type { Tmux } from '../adapters/tmux/types.ts'
import type { Clock, PaneSight } from '../core/index.ts'

/**
 * Why a pane is a person's at the moment: a terminal that shows it had a key within the grace. Our own
 * control client shows a session of its own, and so never counts. A tmux that gives no answer may hide one.
 */
export async function personAt(
  deps: { tmux: Pick<Tmux, 'clients'>; clock: Clock },
  pane: Pick<PaneSight, 'paneId' | 'sessionId'>,
  graceMs: number,
): Promise<string | undefined> {
  if (graceMs === 0) return undefined
  const seen = await deps.tmux.clients()
  if (seen.kind !== 'ok') return 'tmux does not say who is attached'
  const here = seen.clients.filter(
    (client) => client.paneId === pane.paneId || client.sessionId === pane.sessionId,
  )
  const now = deps.clock.now().wall
  // Whole seconds; and a clock that was set back must not make a key the last one for hours.
  const typing = here.some(({ keyAt }) => keyAt !== undefined && Math.abs(now - keyAt) < graceMs)
  return typing ? 'somebody is attached and typed a moment ago' : undefined
}
