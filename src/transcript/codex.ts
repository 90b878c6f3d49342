import { askText, blockText, instant, list, type Shape, shape, text } from '../core/shape.ts'
import type { TranscriptEntry } from './types.ts'

/**
 * Entries of one record of Codex's `sessions/YYYY/MM/DD/rollout-*.jsonl`. Only `response_item` counts: `event_msg`
 * repeats the same words for the screen. Early versions wrote the item itself on the line.
 * @param tools names of tools by the id of their call; filled here
 */
export function codexEntries(record: Shape, tools: Map<string, string>): TranscriptEntry[] {
  const at = instant(record.timestamp)
  if (record.type === 'compacted')
    return one(at, 'note', text(shape(record.payload)?.message) ?? 'history compacted')
  if (record.type !== 'response_item' && record.payload !== undefined) return []
  return itemEntries(shape(record.payload) ?? record, at, tools)
}

function itemEntries(item: Shape, at: number | undefined, tools: Map<string, string>): TranscriptEntry[] {
  switch (item.type) {
    case 'message':
      return messageEntries(item, at)
    case 'reasoning':
      return one(at, 'thinking', blockText(item.summary))
    case 'function_call':
    case 'custom_tool_call':
      return callEntries(item, at, tools, text(item.name) ?? 'tool', item.arguments ?? item.input)
    case 'local_shell_call':
      return callEntries(item, at, tools, 'shell', shape(item.action))
    case 'web_search_call':
      return callEntries(item, at, tools, 'web_search', shape(item.action))
    case 'function_call_output':
    case 'custom_tool_call_output':
      return resultEntries(item, at, tools)
    default:
      return []
  }
}

function messageEntries(item: Shape, at: number | undefined): TranscriptEntry[] {
  if (item.role !== 'user' && item.role !== 'assistant') return []
  return one(at, item.role, blockText(item.content))
}

function callEntries(
  item: Shape,
  at: number | undefined,
  tools: Map<string, string>,
  tool: string,
  asked: unknown,
): TranscriptEntry[] {
  tools.set(text(item.call_id) ?? '', tool)
  return [{ at, kind: 'tool', tool, text: typeof asked === 'string' ? argumentText(asked) : askText(asked) }]
}

/** Arguments are JSON in a string; the one that tells most is `command` or `cmd`, looked for without decoding all. */
function argumentText(json: string): string {
  const found =
    /"(?:command|cmd|path|query)"\s*:\s*(?:"((?:[^"\\]|\\.)*)"|\[((?:[^\]"\\]|"(?:[^"\\]|\\.)*")*)\])/.exec(
      json,
    )
  if (found === null) return json
  const words = found[1] ?? [...found[2]!.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((word) => word[1]!).join(' ')
  return words.replace(/\\(n|t|"|\\)/g, (_all, char: string) => ({ n: '\n', t: '\t' })[char] ?? char)
}

function resultEntries(item: Shape, at: number | undefined, tools: Map<string, string>): TranscriptEntry[] {
  const output = shape(item.output)
  const words = output === undefined ? outputText(item.output) : outputText(output.content ?? output.output)
  const tool = tools.get(text(item.call_id) ?? '')
  return [
    {
      at,
      kind: 'result',
      text: words,
      ...(tool === undefined ? {} : { tool }),
      ...(output?.success === false ||
      /^(?:Process exited with code|Exit code:?) [1-9]/m.test(words.slice(0, 400))
        ? { failed: true }
        : {}),
    },
  ]
}

/** Early versions wrapped the output once more: `{"output":"…","metadata":{"exit_code":1}}` in a string. */
function outputText(output: unknown): string {
  return typeof output === 'string' ? output : blockText(list(output))
}

function one(at: number | undefined, kind: TranscriptEntry['kind'], words: string): TranscriptEntry[] {
  return words.trim() === '' ? [] : [{ at, kind, text: words }]
}
