import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, expect } from 'vitest'
import { test } from '../support/sandbox.ts'

const program = resolve('dist/agents.js')
const corpus = resolve('scripts/corpus.mjs')

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'e-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const working = '• Working (1s • esc to interrupt)\n\n› Ask\n'
const limited = "■ You've hit your usage limit. Try again at 2026-06-10 15:00 UTC.\n\n› Ask\n"

function run(args: readonly string[], input = '') {
  return spawnSync(process.execPath, args, { cwd: folder, input, encoding: 'utf8', timeout: 30_000 })
}

function put(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

test('a screen from a pipe and a folder of them are explained without any config', () => {
  const args = [program, 'explain', '--backend', 'codex', '--screen']
  expect(run([...args, '-'], working)).toMatchObject({
    status: 0,
    stderr: '',
    stdout: expect.stringContaining('- (as codex) reads working\nrule: active-pattern\n'),
  })
  expect(run([...args, '-'], 'x'.repeat(1024 * 1024 + 1))).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('standard input is larger than 1 MiB'),
  })
  put('s/b/limited.txt', limited)
  put('s/a.txt', working)
  const { status, stdout } = run([...args, 's', '--now', '2026-06-10T12:00:00Z'])
  expect(status).toBe(0)
  expect(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line)),
  ).toMatchObject([
    { file: 'a.txt', reading: 'working' },
    { file: 'b/limited.txt', reading: 'limited', limit: { until: '2026-06-10T15:00:00.000Z' } },
  ])
})

test('the corpus report counts labels against readings, other readings of ambiguous screens as right', () => {
  put('panes/codex/active/w.txt', working)
  put('panes/codex/limited/l.txt', limited)
  put('panes/codex/idle/wrong.txt', working)
  put('panes/codex/idle/also.txt', working)
  put('panes/unheard/idle/x.txt', '> ')
  const expected = { now: '2026-06-10T12:00:00Z', resetISO: '2026-06-10T15:00:00Z' }
  const index = [
    { file: 'panes/codex/active/w.txt', agent: 'codex', label: 'active' },
    { file: 'panes/codex/limited/l.txt', agent: 'codex', label: 'limited', expect: expected },
    { file: 'panes/codex/idle/wrong.txt', agent: 'codex', label: 'idle' },
    {
      file: 'panes/codex/idle/also.txt',
      agent: 'codex',
      label: 'idle',
      ambiguous: true,
      altLabels: ['active'],
    },
    { file: 'panes/unheard/idle/x.txt', agent: 'unheard', label: 'idle' },
  ]
  put('index.json', JSON.stringify(index))
  const { status, stdout } = run([corpus, folder, '--wrong'])
  expect(status).toBe(0)
  expect(stdout).toContain('codex: 3/4\n')
  expect(stdout).toMatch(/^ +idle +2 +\. +1\/2$/m)
  expect(stdout).toContain('unheard (as generic): 1/1\n')
  expect(stdout).toContain('unambiguous: 3/4 right')
  expect(stdout).toContain('resets (1): 1 exact')
  expect(stdout).toContain('panes/codex/idle/wrong.txt: working, not idle')
})

test('the corpus report needs a folder with an index', () => {
  const refused = (...words: string[]): unknown[] => {
    const { status, stderr } = run([corpus, ...words])
    return [status, stderr.includes('usage: npm run corpus')]
  }
  expect([refused(), refused(folder), refused('--nonsense')]).toEqual([
    [2, true],
    [2, true],
    [2, true],
  ])
})

test('an agent is explained as its own tmux pane shows it, with the lines of the evidence', async ({
  box,
}) => {
  box.config(
    [
      '[backend.own]\nbin = "echo hello; echo busy 12s; exec sleep 1000"\nprompt_delivery = "exec"',
      'active_re = "busy [0-9]+s"',
      '[[agent]]\nname = "b"\nbackend = "own"',
    ].join('\n'),
  )
  await box.agents('up', 'b')
  const told = await box.until('a reading', async () => {
    const run = await box.agents('explain', 'b', '--json')
    return run.stdout.includes('"working"') ? JSON.parse(run.stdout) : undefined
  })
  expect(told).toMatchObject({ version: 1, agent: 'b', backend: 'own', rule: 'active-pattern' })
  expect(told.claims).toContainEqual({ source: 'screen', says: 'active', evidence: 'line 2: busy 12s' })
  expect((await box.agents('explain', 'b')).stdout).toContain('b reads working\nrule: active-pattern\n')
})
