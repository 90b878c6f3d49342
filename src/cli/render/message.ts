import type { MessageReport } from '../../core/message.ts'
import { visible } from '../../core/text.ts'
import { shortSpan } from '../durations.ts'
import type { Style } from '../text.ts'
import { type Cell, cell, columnsOf } from './columns.ts'

const HEADER = ['ID', 'AGENT', 'KIND', 'STATE', 'AGE', 'TYPED', 'WHY', 'TEXT']
/** Of a message's text in the table. Characters. */
const shownText = 60

/** How far a message came, in one line. */
export function progressText(message: MessageReport): string {
  const why = message.why === undefined ? '' : `: ${visible(message.why)}`
  const by = message.seenBy === undefined || message.state !== 'seen' ? '' : ` (${proofs[message.seenBy]})`
  return `${message.state}${by}${why}`
}

const proofs: Record<NonNullable<MessageReport['seenBy']>, string> = {
  conversation: 'it stands in the conversation',
  'queue-marker': 'the program says that it keeps it',
  turn: 'a turn began',
}

/** `agents outbox` for people. */
export function outboxText(
  messages: readonly MessageReport[],
  view: { style: Style; columns: number | undefined; now: number },
): string {
  if (messages.length === 0) return ' no messages\n'
  const rows = [
    HEADER.map((name) => cell(name, view.style.bold)),
    ...messages.map((message) => rowOf(message, view.style, view.now)),
  ]
  return `${columnsOf(rows, view.columns).join('\n')}\n`
}

function rowOf(message: MessageReport, style: Style, now: number): Cell[] {
  const text = visible(message.text)
  return [
    cell(visible(message.id)),
    cell(visible(message.agent)),
    cell(message.mode === 'queue' ? message.kind : `${message.kind} ${message.mode}`),
    cell(message.state, paintOf(message.state, style)),
    cell(shortSpan(now - message.queuedAt)),
    cell(message.presented === 0 ? '' : `${message.presented}x`),
    cell(visible(message.why ?? '')),
    cell(text.length > shownText ? `${text.slice(0, shownText - 1)}…` : text, style.dim),
  ]
}

function paintOf(state: MessageReport['state'], style: Style): (text: string) => string {
  if (state === 'failed') return style.red
  if (state === 'queued' || state === 'staged') return style.yellow
  return style.green
}
