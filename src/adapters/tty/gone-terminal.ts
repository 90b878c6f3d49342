import { closeSync } from 'node:fs'
import { isatty } from 'node:tty'

/** Standard input, output and error, as far as they were terminals when we began. */
const terminals = [0, 1, 2].filter((fd) => isatty(fd))

/**
 * Lets go of terminals that are there no more: `agents down` from within an agent's session ends that very session, and a
 * window may be closed. Node wants to put their settings back when it ends, and aborts with a dump where it cannot.
 */
export function leaveGoneTerminal(): void {
  for (const fd of terminals) {
    if (isatty(fd)) continue
    try {
      closeSync(fd)
    } catch {
      // Closed already: there is nothing to put back.
    }
  }
}
