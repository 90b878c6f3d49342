import type { PaneSight, ProcessId } from '../../core/index.ts'
import { runKey } from '../names.ts'
import { dropIdentity } from '../reports/token.ts'
import type { World } from '../world.ts'

export interface StopOrder {
  /** Tag of the session: agent name, `service:<name>`. */
  tagged: string
  /** Its panes; empty when only left-over processes are to be ended. */
  panes: readonly PaneSight[]
  graceMs: number
  /** No polite part: the kill of a stalled or fatal agent. */
  now?: boolean
}

export interface Stopped {
  /** Processes that left when asked, and those that had to be killed. */
  asked: number
  killed: number
  left: { pid: number; command: string }[]
}

/**
 * Asks, waits, ends the whole process tree (also what left the session) and removes the session. The session goes
 * last, so that its pane's last words can still be read and a kill half-way is seen by the next look.
 */
export async function stopSession(world: World, order: StopOrder): Promise<Stopped> {
  const roots = await rootsOf(world, order.panes)
  const ended = await world.procs.end({
    roots,
    runs: [runKey(world.fleet(), order.tagged)],
    graceMs: order.graceMs,
    now: order.now ?? false,
  })
  for (const sessionId of new Set(order.panes.map((pane) => pane.sessionId))) {
    await world.tmux.killSession(sessionId)
  }
  if (world.fleet().agents.some(({ name }) => name === order.tagged)) await dropIdentity(world, order.tagged)
  return {
    asked: ended.asked.length,
    killed: ended.killed.length,
    left: ended.left.map((proc) => ({ pid: proc.pid, command: proc.command })),
  }
}

async function rootsOf(world: World, panes: readonly PaneSight[]): Promise<ProcessId[]> {
  const roots: ProcessId[] = []
  for (const pane of panes) {
    if (pane.dead) continue
    const id = await world.procs.identify(pane.panePid)
    if (id !== undefined) roots.push(id)
  }
  return roots
}

/** What was done, for the operator. */
export function stoppedText(stopped: Stopped): string {
  const parts = [stopped.killed === 0 ? 'left when asked' : `${stopped.killed} process(es) had to be killed`]
  if (stopped.left.length > 0) {
    parts.push(`still there: ${stopped.left.map((proc) => `${proc.pid} ${proc.command}`).join(', ')}`)
  }
  return parts.join('; ')
}
