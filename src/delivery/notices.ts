import type { AgentSpec } from '../core/index.ts'

/**
 * What the watchdog itself says to an agent: one short notice each, with the same words every time, so that a prompt can
 * tell the agent to expect it. docs/messages.md lists them; hand-off notices are in handoff/message.ts.
 */
export function probeText(spec: Pick<AgentSpec, 'kind'>): string {
  const general = spec.kind === 'persistent' || spec.kind === 'orchestrator'
  // The Python driver's probe, in meaning.
  const rest = general
    ? 're-check the status of your work and carry on.'
    : "pull, re-read the phase's status and review files, and carry on with the loop at its pace."
  return `watchdog probe: if your usage limit is back, resume your work: ${rest}`
}

export const nudgeText =
  'watchdog ping: nothing has moved here for a while. Carry on, or print WAITING-UNTIL: <ISO time> if you are waiting.'

export const carryOnText =
  'watchdog ping: the service was overloaded for a while. Carry on where you stopped.'

/** In place of a text that is too long to be typed. */
export const letterText = (path: string, bytes: number): string =>
  `watchdog ping: a message of ${bytes} bytes for you is in the file ${path}. Read all of it and do what it says.`

/** The same for messages of the town, whose frames are in the file. */
export const mailFileText = (path: string, bytes: number): string =>
  `watchdog ping: messages of your inbox, ${bytes} bytes, are in the file ${path}. Read all of it.`

/** Below a message whose sender waits for the agent's word. */
export const askForAck = (id: string): string => `(When you have read this, run: agents ack ${id})`
