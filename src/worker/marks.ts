/** Our own value of a stop flag: it is meant for a loop of `tt` that works on our agent's id. */
export const GUARD = 'guard'
/** Begins the line of activity that `tt interrupt` leaves (PROTOCOL.md, section 8). */
export const INTERRUPTED = '⏸️ Interrupted'
