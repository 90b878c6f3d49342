import type { EpochMs } from '../core/index.ts'
import type { Message, Summary } from './channel.ts'
import { type Notice, sentence } from './notice.ts'

/** What a command gets on its standard input and a webhook as its body; described in docs/notify.md. */
export interface Payload {
  version: 1
  /** The same at each try: what was received before can be left out. */
  id: string
  /** From 1. */
  attempt: number
  at: EpochMs
  project: string
  host: string
  /** Sent by `agents notify test`. */
  test?: true
  /** All of it in words, one line a notice. */
  text: string
  notices: Notice[]
  summary: Summary[]
}

export function payloadOf(
  message: Message,
  about: { project: string; host: string; attempt: number; at: EpochMs; test?: true },
): Payload {
  const { id, notices, summary } = message
  const lines = [...notices.map(sentence), ...summary.map(summaryLine)]
  return { version: 1, id, ...about, text: lines.join('\n'), notices, summary }
}

function summaryLine({ kind, agent, count }: Summary): string {
  return `${count} more of ${kind}${agent === undefined ? '' : ` (${agent})`}`
}
