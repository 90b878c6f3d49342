import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { LogRecord } from '../adapters/files/jsonl.ts'
import { codexFolder, createTranscriptParser } from './parse.ts'

function records(name: string): LogRecord[] {
  const lines = readFileSync(new URL(`./fixtures/${name}.jsonl`, import.meta.url), 'utf8')
    .trim()
    .split('\n')
  return lines.map((line) => {
    try {
      return { kind: 'value', value: JSON.parse(line) }
    } catch {
      return { kind: 'broken' }
    }
  })
}

function read(name: string) {
  const parser = createTranscriptParser()
  const entries = parser.push(records(name)).map(({ at: _, ...entry }) => entry)
  return { entries, format: parser.format(), skipped: parser.skipped() }
}

test('reads a conversation of Claude Code', () => {
  expect(read('claude/session')).toEqual({
    format: 'claude',
    skipped: 2,
    entries: [
      { kind: 'note', text: 'Mend the parser' },
      { kind: 'user', text: 'mend the parser' },
      { kind: 'thinking', text: 'It may be the quotes.' },
      { kind: 'assistant', text: 'I look at it.' },
      { kind: 'tool', tool: 'Bash', text: 'npm test' },
      { kind: 'result', tool: 'Bash', failed: true, text: '1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n\x1b]0;owned\x07' },
      { kind: 'tool', tool: 'Read', side: true, text: '/home/dev/project/a.ts' },
      { kind: 'result', tool: 'Read', side: true, text: 'export {}\n[image]' },
      { kind: 'note', text: 'Conversation compacted' },
      { kind: 'assistant', text: 'Done.' },
    ],
  })
})

test('reads a conversation of Codex, without the repetition for its screen', () => {
  expect(read('codex/rollout')).toEqual({
    format: 'codex',
    skipped: 0,
    entries: [
      { kind: 'user', text: 'mend the parser' },
      { kind: 'thinking', text: 'It may be the quotes.' },
      { kind: 'tool', tool: 'shell', text: 'bash -lc npm test && echo "ok"' },
      { kind: 'result', tool: 'shell', failed: true, text: 'Process exited with code 1\nOutput:\nfailed' },
      { kind: 'tool', tool: 'apply_patch', text: '*** Begin Patch' },
      { kind: 'result', tool: 'apply_patch', text: 'Success' },
      { kind: 'tool', tool: 'web_search', text: 'parser' },
      { kind: 'note', text: 'shortened' },
      { kind: 'assistant', text: 'Done.' },
    ],
  })
})

test('reads what early versions of Codex wrote', () => {
  expect(read('codex/early')).toEqual({
    format: 'codex',
    skipped: 0,
    entries: [
      { kind: 'user', text: 'hello' },
      { kind: 'tool', tool: 'shell', text: 'ls' },
      { kind: 'result', tool: 'shell', text: '{"output":"a.ts\\n","metadata":{"exit_code":0}}' },
      { kind: 'assistant', text: 'One file.' },
    ],
  })
})

test('times are instants', () => {
  const [, first] = createTranscriptParser().push(records('claude/session'))
  expect(first?.at).toBe(Date.UTC(2026, 5, 10, 10))
})

test('knows a tool of an earlier reading when its result comes later', () => {
  const parser = createTranscriptParser()
  const all = records('claude/session')
  parser.push(all.slice(0, 5))
  expect(parser.push(all.slice(5, 6))).toMatchObject([{ kind: 'result', tool: 'Bash' }])
})

test('the folder of a Codex log stands in its first record', () => {
  const [first] = records('codex/rollout')
  expect(codexFolder(first?.kind === 'value' && first.value)).toBe('/home/dev/project')
  for (const other of [undefined, null, 1, [], {}, { payload: { cwd: 1 } }])
    expect(codexFolder(other)).toBeUndefined()
})

test('no JSON whatever makes it throw', () => {
  const types = fc.constantFrom(
    'user',
    'assistant',
    'response_item',
    'summary',
    'message',
    'function_call',
    'x',
  )
  const item = fc.record(
    { type: types, payload: fc.jsonValue(), message: fc.jsonValue() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(fc.array(fc.oneof(item, fc.jsonValue())), (values) => {
      const parser = createTranscriptParser()
      for (const entry of parser.push(values.map((value) => ({ kind: 'value', value })))) {
        expect(typeof entry.text).toBe('string')
      }
    }),
  )
})
