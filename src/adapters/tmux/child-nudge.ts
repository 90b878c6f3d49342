import type { ProcessId } from '../../core/index.ts'

/** How long a lost SIGCHLD may keep a death from us, milliseconds. Twenty signals a second cost nothing measurable. */
const NUDGE_MS = 50

/**
 * Makes tmux look for children that have ended. When a pane's terminal closes, tmux 3.3a calls libutempter, which
 * ignores SIGCHLD for about 2 ms; the pane's own SIGCHLD, due at that very moment, is then lost (3 of 8 kills measured)
 * and neither the exit status nor the `pane-died` hook comes until some other child ends. SIGCHLD from us repairs that,
 * and is ignored by whatever else could have the pid.
 */
export function nudge(server: ProcessId | undefined): void {
  if (server === undefined) return
  try {
    process.kill(server.pid, 'SIGCHLD')
  } catch {
    // the server has just ended: the control client will say so
  }
}

/** Nudges regularly until `stop` is called. Does not keep the process alive. */
export function startNudging(server: () => ProcessId | undefined): { stop(): void } {
  const timer = setInterval(() => nudge(server()), NUDGE_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
