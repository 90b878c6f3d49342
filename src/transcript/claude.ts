import { askText, blockText, instant, list, type Shape, shape, text } from '../core/shape.ts'
import type { TranscriptEntry } from './types.ts'

type Base = Pick<TranscriptEntry, 'at' | 'side'>

/**
 * Entries of one record of Claude Code's `projects/<folder>/<session>.jsonl`. Records that are the program's own
 * book-keeping give none.
 * @param tools names of tools by the id of their call; filled here, so that a result can say whose it is
 */
export function claudeEntries(record: Shape, tools: Map<string, string>): TranscriptEntry[] {
  const base: Base = { at: instant(record.timestamp), ...(record.isSidechain === true ? { side: true } : {}) }
  if (record.type === 'summary') return noted(base, text(record.summary))
  if (record.type === 'system') return noted(base, text(record.content))
  if (record.type !== 'user' && record.type !== 'assistant') return []
  // Meta messages are put in by the program, for the model's eyes only.
  if (record.isMeta === true) return []
  const content = shape(record.message)?.content
  if (typeof content === 'string')
    return content === '' ? [] : [{ ...base, kind: record.type, text: content }]
  return list(content).flatMap((block) =>
    blockEntries(shape(block), record.type as 'user' | 'assistant', base, tools),
  )
}

function blockEntries(
  block: Shape | undefined,
  speaker: 'user' | 'assistant',
  base: Base,
  tools: Map<string, string>,
): TranscriptEntry[] {
  switch (block?.type) {
    case 'text':
      return said(base, speaker, text(block.text))
    case 'thinking':
      return said(base, 'thinking', text(block.thinking))
    case 'tool_use': {
      const tool = text(block.name) ?? 'tool'
      tools.set(text(block.id) ?? '', tool)
      return [{ ...base, kind: 'tool', tool, text: askText(block.input) }]
    }
    case 'tool_result':
      return [
        {
          ...base,
          kind: 'result',
          text: blockText(block.content),
          ...named(tools.get(text(block.tool_use_id) ?? '')),
          ...(block.is_error === true ? { failed: true } : {}),
        },
      ]
    case 'image':
    case 'document':
      return [{ ...base, kind: speaker, text: `[${block.type}]` }]
    default:
      return []
  }
}

function said(base: Base, kind: TranscriptEntry['kind'], words: string | undefined): TranscriptEntry[] {
  return words === undefined || words.trim() === '' ? [] : [{ ...base, kind, text: words }]
}

function noted(base: Base, words: string | undefined): TranscriptEntry[] {
  return said(base, 'note', words)
}

function named(tool: string | undefined): { tool?: string } {
  return tool === undefined ? {} : { tool }
}
