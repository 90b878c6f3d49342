import type { EpochMs } from '../core/index.ts'
import { blockText, instant, list, type Shape, shape, text } from '../core/shape.ts'
import type { Fact } from './types.ts'

/** Facts of one record of opencode's `prompt-history.jsonl` (1.18): texts without times, of all sessions of a home. */
export function opencodeFacts(record: Shape): Fact[] {
  const input = text(record.input) ?? ''
  const pasted = blockText(list(record.parts).filter((part) => shape(part)?.type === 'text'))
  const words = [input, pasted].filter((one) => one.trim() !== '').join('\n')
  return words === '' ? [] : [{ kind: 'said', text: words, at: undefined }]
}

/** A row of its log that tells of a new session of a person's in a folder (1.18). */
export function opencodeCreated(row: string): { id: string; cwd: string; at: EpochMs } | undefined {
  const found = /^timestamp=(\S+) .*\bmessage=created id=(ses_\w+)\s/.exec(row)
  if (found === null || !/\sparentID=undefined\b/.test(row)) return undefined
  const cwd = /\sdirectory=(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(row)
  const at = instant(found[1])
  if (cwd === null || at === undefined) return undefined
  return { id: found[2]!, cwd: cwd[1]?.replace(/\\(.)/g, '$1') ?? cwd[2]!, at }
}
