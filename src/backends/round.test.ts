import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { resolveBackends } from '../config/backends.ts'
import { presets } from './presets/index.ts'
import { roundCommand } from './round.ts'
import { screenBackend, titleSequence, workerTitles } from './worker-screen.ts'

const spec = (table: Record<string, unknown>) => resolveBackends({ b: table }, presets, []).specs.b!

test.each([
  ['claude', {}, 'claude --print'],
  ['codex', {}, 'codex exec  -'],
  ['gemini', {}, 'gemini'],
  ['opencode', {}, 'opencode run --print-logs --log-level ERROR'],
  ['claude', { flags: '--add-dir x' }, 'claude --print --add-dir x'],
  ['claude', { bin: '/opt/claude' }, '/opt/claude --print'],
])('a round of %s with %j is %s', (preset, own, command) => {
  expect(roundCommand(spec({ preset, ...own }), '', '/p')).toBe(command)
})

test('no preset’s round skips a permission, and the flags of its interactive session stay out', () => {
  for (const [name, table] of Object.entries(presets)) {
    const command = roundCommand(spec({ preset: name, bin: String(table.bin ?? 'x') }), '', '/p') ?? ''
    expect(command).not.toMatch(/yolo|dangerously|skip-permissions|allow-all|bypass|--yes|--force|trust/)
  }
  expect(roundCommand(spec({ preset: 'codex' }), '', '/p')).not.toContain('--no-daemon')
})

test('the model and the prompt’s path are one word each, whatever they hold', () => {
  const nasty = `/tmp/a b'"$(touch x)\`id\`/p.md`
  const own = spec({ bin: "printf '%s\\0'", round_cmd: '{bin} {flags} {prompt}', model_flag: '-m {model}' })
  const text = roundCommand(own, 'm;x', nasty)!
  const said = execFileSync('/bin/sh', ['-c', text], { encoding: 'utf8' }).split('\0')
  expect(said).toEqual(['-m', 'm;x', nasty, ''])
})

test('a backend that is not known to work in rounds has none', () => {
  expect(roundCommand(spec({ bin: 'x' }), '', '/p')).toBeUndefined()
  expect(roundCommand(spec({ bin: 'claude', round_cmd: ' ' }), '', '/p')).toBeUndefined()
})

test('the screen of a worker is read by its title alone, and nothing is typed there', () => {
  const backends = { b: spec({ preset: 'claude' }) }
  const screen = screenBackend({ backends }, { backend: 'b', kind: 'worker' })!
  expect(screenBackend({ backends }, { backend: 'b', kind: 'worker' })).toBe(screen)
  expect(Object.keys(screen.patterns).sort()).toEqual(['titleIdle', 'titleWorking'])
  expect(screen.patterns.composer).toBeUndefined()
  expect(screen.account).toBe('b')
  expect(titleSequence('working', 'round 1')).toContain(workerTitles.working)
  expect(screenBackend({ backends }, { backend: 'b', kind: 'persistent' })).toBe(backends.b)
})
