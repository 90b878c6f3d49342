import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createRegexRunner } from '../adapters/regex/index.ts'
import { presetNotes, presets } from './presets/index.ts'
import { asJavaScript, lookAt, presetBackend, readingOf } from './testing.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../../test/fixtures/screens')
const cases = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.txt'))
  .map((path) => {
    const [backend, , file] = path.split(/[\\/]/)
    return { path, backend: backend!, want: file!.split('--')[0]! }
  })

test.each(cases)('$path', ({ path, backend, want }) => {
  const text = readFileSync(join(root, path), 'utf8')
  const command = want === 'shell' ? 'bash' : backend
  const reading = readingOf(presetBackend(backend), lookAt({ text, command }))
  expect({ state: reading.state, rule: reading.rule }).toEqual({ state: want, rule: reading.rule })
})

test('a limited screen names its reset', () => {
  const text = readFileSync(join(root, 'codex/synthetic/limited--wrapped-banner.txt'), 'utf8')
  const noon = new Date(2026, 5, 10, 12).getTime()
  const reading = readingOf(presetBackend('codex'), lookAt({ text }), noon)
  expect(reading.until).toBe(new Date(2026, 5, 10, 16, 24).getTime())
  expect(reading.limit).toEqual({
    kind: 'banner',
    text: "You've hit your usage limit. Upgrade to Pro try again at 4:24 PM",
  })
})

test.each(cases.filter(({ path, want }) => want === 'limited' && !/synthetic|opencode/.test(path)))(
  'the reset of $path is the one that it prints',
  ({ path, backend }) => {
    const text = readFileSync(join(root, path), 'utf8')
    const printed = /\b(?:resets|try again) (?:at )?\d{1,2}:(\d\d) ?[ap]m/i.exec(text)![1]!
    const reading = readingOf(presetBackend(backend), lookAt({ text }))
    expect(reading.limit!.kind).toBe('banner')
    expect(new Date(reading.until!).getMinutes()).toBe(Number(printed))
  },
)

test('a limit that ends by itself, above a composer, is no dialog: a probe must not press its Esc', () => {
  const text = readFileSync(join(root, 'claude/2.1.329/limited--usage-limit.txt'), 'utf8')
  const reading = readingOf(presetBackend('claude'), lookAt({ text }))
  expect(reading.claims.map(({ says }) => says)).not.toContain('asking')
})

test('each pattern of a preset says where it was seen', () => {
  for (const [name, table] of Object.entries(presets)) {
    const patterns = Object.keys(table).filter((key) => key.endsWith('_re'))
    expect([name, patterns.filter((key) => !presetNotes[name]![key])]).toEqual([name, []])
  }
})

test('no preset skips permissions', () => {
  for (const table of Object.values(presets))
    expect(String(table.flags)).not.toMatch(/danger|yolo|bypass|skip|full-auto/i)
})

test.each([
  ['claude', '[Pasted text #1 +4 lines]'],
  ['opencode', '[Pasted ~5 lines]'],
])('the paste marker of %s is known', (backend, text) => {
  const source = asJavaScript(String(presets[backend]!.paste_marker_re))
  expect(createRegexRunner().exec(source, text).kind).toBe('match')
})
