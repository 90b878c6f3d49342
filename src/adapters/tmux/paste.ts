import { randomBytes } from 'node:crypto'
import type { Answer } from './answer.ts'
import { type Command, type CommandList, either } from './quote.ts'
import type { Done } from './types.ts'

/** Up to here a text travels inside the control line; the server parses that line in one go, so longer ones do not. */
export const INLINE_BYTES = 64 * 1024

/** One per call: two pastes at once never mix, and a buffer of the user's is never touched. */
export function newBufferName(): string {
  return `agents-${process.pid}-${randomBytes(6).toString('hex')}`
}

/**
 * Leaves copy mode, which would swallow the text (F1), and pastes the buffer bracketed. `-r`: line ends stay line
 * ends; as carriage returns each line would submit itself in a program without bracketed paste. `-d`: buffer removed.
 * The look at `pane_dead` is in the same step as the paste, because tmux 3.3a crashes, with every session in it, when
 * something is pasted into a pane whose process has ended.
 */
export function pasteList(paneId: string, buffer: string, inline: string | undefined): CommandList {
  const load = inline === undefined ? [] : [['set-buffer', '-b', buffer, '--', inline]]
  const paste = ['paste-buffer', '-p', '-d', '-r', '-b', buffer, '-t', paneId]
  return [
    ['copy-mode', '-q', '-t', paneId],
    ...load,
    either(paneId, '#{pane_dead}', [['delete-buffer', '-b', buffer], say(DEAD)], [paste, say(DID)]),
  ]
}

/** Leaves copy mode and presses one key; `literal`: types one character, whatever it may name. */
export function keyList(paneId: string, keyName: string, literal = false): CommandList {
  const press = ['send-keys', ...(literal ? ['-l'] : []), '-t', paneId, keyName]
  return [
    ['copy-mode', '-q', '-t', paneId],
    either(paneId, '#{pane_dead}', [say(DEAD), say(DEAD)], [press, say(DID)]),
  ]
}

const DEAD = 'the process of the pane has ended'
const DID = 'done'

function say(text: string): Command {
  return ['display-message', '-p', text]
}

/** The outcome of `pasteList` or `keyList`. */
export function typedOf(answer: Answer): Done {
  const done = doneOf(answer)
  if (done.kind !== 'done' || answer.kind !== 'replies') return done
  const said = answer.replies[0]!.text.toString()
  if (said.startsWith(DEAD)) return { kind: 'gone' }
  return said.startsWith(DID)
    ? done
    : { kind: 'failed', why: 'tmux could not type into the pane', retryable: true }
}

/** The outcome of one list that acts on a pane or session. */
export function doneOf(answer: Answer): Done {
  if (answer.kind !== 'replies') {
    const unsure = answer.kind === 'unknown' || answer.kind === 'lost'
    return { kind: 'failed', why: answer.why, retryable: true, ...(unsure ? { unsure } : {}) }
  }
  const reply = answer.replies[0]!
  if (reply.kind === 'ok') return { kind: 'done' }
  if (/can't find (pane|session|window)|target pane has exited|no such (pane|session)/.test(reply.message)) {
    return { kind: 'gone' }
  }
  return { kind: 'failed', why: reply.message, retryable: true }
}

export function refused(why: string): Done {
  return { kind: 'failed', why, retryable: false }
}
