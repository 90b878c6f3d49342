import type { EpochMs } from '../core/index.ts'
import { blockText, instant, list, type Shape, shape, text } from '../core/shape.ts'
import type { Fact } from './types.ts'

/** Facts of one record of Gemini CLI's `tmp/<project>/chats/session-*.jsonl` (0.61). It tells what was said, no states. */
export function geminiFacts(record: Shape): Fact[] {
  const put = shape(record.$set)
  if (put !== undefined) return list(put.messages).flatMap((one) => spoken(shape(one)))
  return spoken(record)
}

function spoken(message: Shape | undefined): Fact[] {
  if (message?.type !== 'user') return []
  const words = blockText(message.content)
  // Put in by the program, for the model's eyes only.
  if (words.trim() === '' || words.startsWith('<session_context>')) return []
  return [{ kind: 'said', text: words, at: instant(message.timestamp) }]
}

/** First record of a chat. */
export function geminiMeta(first: unknown): { id: string; at: EpochMs; helper: boolean } | undefined {
  const record = shape(first)
  const id = text(record?.sessionId)
  const at = instant(record?.startTime)
  if (id === undefined || at === undefined) return undefined
  return { id, at, helper: record?.kind !== undefined && record.kind !== 'main' }
}

/** The folder's short name in `projects.json`; older versions named it by a hash of its path. */
export function geminiProject(projects: unknown, dir: string): string | undefined {
  return text(shape(shape(projects)?.projects)?.[dir])
}
