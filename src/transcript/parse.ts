import type { LogRecord } from '../adapters/files/jsonl.ts'
import { type Shape, shape } from '../core/shape.ts'
import { claudeEntries } from './claude.ts'
import { codexEntries } from './codex.ts'
import type { TranscriptEntry, TranscriptFormat } from './types.ts'

export interface TranscriptParser {
  /** The entries of the next records, in the log's order. */
  push(records: readonly LogRecord[]): TranscriptEntry[]
  /** Lines that were no JSON object so far. */
  skipped(): number
  /** Undefined until a record shows it. */
  format(): TranscriptFormat | undefined
}

/** Reads both formats; which one it is shows in the first record that tells. Broken lines are counted, never fatal. */
export function createTranscriptParser(): TranscriptParser {
  const tools = new Map<string, string>()
  let format: TranscriptFormat | undefined
  let skipped = 0
  const read = (record: LogRecord): TranscriptEntry[] => {
    const value = record.kind === 'value' ? shape(record.value) : undefined
    if (value === undefined) {
      skipped += 1
      return []
    }
    format ??= formatOf(value)
    if (format === undefined) return []
    return format === 'claude' ? claudeEntries(value, tools) : codexEntries(value, tools)
  }
  return { push: (records) => records.flatMap(read), skipped: () => skipped, format: () => format }
}

function formatOf(record: Shape): TranscriptFormat | undefined {
  const type = record.type
  if (record.payload !== undefined || type === 'message' || type === 'function_call') return 'codex'
  if (record.message !== undefined || type === 'summary' || record.sessionId !== undefined) return 'claude'
  return undefined
}

/** The folder that a Codex log was made in, from its first record. */
export function codexFolder(first: unknown): string | undefined {
  const record = shape(first)
  const cwd = shape(record?.payload)?.cwd ?? record?.cwd
  return typeof cwd === 'string' ? cwd : undefined
}
