import type { EpochMs, PaneSight } from '../../core/index.ts'

/** What a pane prints is in its log this much later, at the latest; tmux tells whole seconds, rounded down. Milliseconds. */
const logLagMs = 3_000

/** Whatever the pane printed was in its log at that time, and nothing was printed since: the log is as it was found. */
export const logStands = (pane: PaneSight, since: EpochMs): boolean => pane.activityAt + logLagMs < since
