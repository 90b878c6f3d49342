import { expect, test } from 'vitest'
import { renderEntry } from './render.ts'
import type { TranscriptEntry } from './types.ts'

const same = (text: string) => text
const plain = { cyan: same, green: same, yellow: same, red: same, dim: same, bold: same }
const mark = (name: string) => (text: string) => `<${name}>${text}</${name}>`
const marked = {
  cyan: mark('cyan'),
  green: mark('green'),
  yellow: mark('yellow'),
  red: mark('red'),
  dim: mark('dim'),
  bold: mark('bold'),
}

const show = (entry: Partial<TranscriptEntry>, full = false) =>
  renderEntry(
    { at: 0, kind: 'assistant', text: '', ...entry },
    { style: plain, full, time: (at) => `T${at}` },
  )

test.each<[Partial<TranscriptEntry>, string]>([
  [{ kind: 'user', text: 'do it' }, 'T0 user\n  do it\n'],
  [{ kind: 'assistant', text: 'yes\n\nnow' }, 'T0 assistant\n  yes\n\n  now\n'],
  [{ kind: 'assistant', text: 'x', at: undefined }, '--:--:-- assistant\n  x\n'],
  [{ kind: 'tool', tool: 'Bash', text: 'npm test' }, 'T0 > Bash npm test\n'],
  [{ kind: 'tool', tool: 'Bash', text: 'a\nb', side: true }, 'T0 | > Bash a\n  b\n'],
  [{ kind: 'result', tool: 'Bash', text: 'ok' }, 'T0 < Bash\n  ok\n'],
  [{ kind: 'result', text: 'bad', failed: true }, 'T0 < result failed\n  bad\n'],
  [{ kind: 'result', tool: 'Bash', text: '' }, 'T0 < Bash\n'],
  [{ kind: 'note', text: 'compacted' }, 'T0 note\n  compacted\n'],
])('%j', (entry, text) => {
  expect(show(entry)).toBe(text)
})

test('long tool output is cut, what was said is not, and --full shows all', () => {
  const text = Array.from({ length: 30 }, (_, n) => `line ${n}`).join('\n')
  expect(show({ kind: 'result', text })).toContain('  line 7\n  ... 22 more lines (--full)\n')
  expect(show({ kind: 'result', text })).not.toContain('line 8\n')
  expect(show({ kind: 'result', text }, true)).toContain('line 29')
  expect(show({ kind: 'assistant', text })).toContain('line 29')
  expect(show({ kind: 'result', text: 'x'.repeat(9999) }).length).toBeLessThan(500)
})

test('nothing in it can steer the terminal', () => {
  const evil = 'a\x1b]0;t\x07\x9b2J\u202e\rb'
  for (const kind of ['user', 'assistant', 'thinking', 'tool', 'result', 'note'] as const) {
    expect(show({ kind, text: evil, tool: evil })).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/)
  }
})

test('speakers and failures have their colours', () => {
  const painted = (entry: Partial<TranscriptEntry>) =>
    renderEntry({ at: 0, kind: 'user', text: 'x', ...entry }, { style: marked, full: false, time: String })
  expect(painted({ kind: 'user' })).toContain('<bold><cyan>user</cyan></bold>')
  expect(painted({ kind: 'assistant' })).toContain('<bold><green>assistant</green></bold>')
  expect(painted({ kind: 'result', failed: true })).toContain('<red>< result failed</red>')
})
